/**
 * The whole main job as a transcript: each step runs the real binaries against one home and checks what they print and how
 * they exit. The steps build on each other. Other tests run all of them under a tracer or without a network.
 */
import { join } from "node:path";
import { expect } from "vitest";
import { PASSPHRASE, PROJECT_ROOT, ThrowAwayHome, expectSuccess } from "../../support/throw-away-home.ts";
import { McpHost } from "./mcp-host.ts";

export const CONVERSATION = join(PROJECT_ROOT, "test/fixtures/claude-code/lantern.jsonl");
export const NOTES = join(PROJECT_ROOT, "test/fixtures/harbour-notes.md");
const NEXT_PASSPHRASE = "another horse, another staple";
const QUESTION = "what colour is low water drawn in";
const ID = /^[0-9a-z]{26}$/;

export interface Job {
  readonly home: ThrowAwayHome;
  /** What earlier steps learnt: ids and keys by name. */
  readonly learnt: Map<string, string>;
}

export function startJob(): Job {
  return { home: new ThrowAwayHome(), learnt: new Map() };
}

type Json = Readonly<Record<string, unknown>>;

/** What a command that must succeed prints as JSON. */
async function json<T = Json>(job: Job, args: readonly string[], input?: string): Promise<T> {
  const ran = await job.home.run([...args, "--json"], input === undefined ? {} : { input });
  return JSON.parse(expectSuccess(ran)) as T;
}

interface Seen {
  readonly id: string;
  readonly text: string;
  readonly [field: string]: unknown;
}
interface Found {
  readonly hits: readonly Seen[];
  readonly more: boolean;
}

function learnt(job: Job, name: string): string {
  const value = job.learnt.get(name);
  if (value === undefined) throw new Error(`no earlier step learnt ${name}`);
  return value;
}

export const MAIN_JOB: readonly (readonly [title: string, step: (job: Job) => Promise<void>])[] = [
  [
    "init creates the vault, prints a recovery key once and leaves it open",
    async (job) => {
      const before = await job.home.run(["unlock", "--passphrase-fd", "3"], { passphrase: PASSPHRASE });
      expect([before.code, before.stdout]).toEqual([4, ""]);
      expect(before.stderr).toContain("keepsake init");
      const weak = await job.home.run(["init", "--passphrase-fd", "3"], { passphrase: "short" });
      expect([weak.code, weak.stdout]).toEqual([2, ""]);
      const init = await job.home.run(["init", "--passphrase-fd", "3"], { passphrase: PASSPHRASE });
      expect(expectSuccess(init)).toMatch(/^KS\w{3}(?:-\w{5}){11}\n$/);
      job.learnt.set("recovery key", init.stdout.trim());
      const again = await job.home.run(["init", "--passphrase-fd", "3"], { passphrase: PASSPHRASE });
      expect([again.code, again.stdout]).toEqual([1, ""]);
      expect(again.stderr).toMatch(/^keepsake: error: there is a vault already/);
    },
  ],
  [
    "status says what the daemon is doing, for people and for programs",
    async (job) => {
      expect(expectSuccess(await job.home.run(["status"]))).toMatch(/open/);
      expect(await json(job, ["status"])).toMatchObject({
        state: "open",
        pid: expect.any(Number) as unknown,
        waiting: 0,
        open: { memories: 0, generation: 1, purgePending: false },
      });
    },
  ],
  [
    "save takes text as words, from standard input and with every option",
    async (job) => {
      const { home } = job;
      const plain = expectSuccess(
        await home.run(["save", "The", "crane", "is", "painted", "green", "--tag", "crane"]),
      );
      expect(plain.trim()).toMatch(ID);
      job.learnt.set("crane", plain.trim());
      const piped = await json<{ id: string; reused: boolean }>(
        job,
        ["save", "-", "--no-project"],
        "Ferry leaves\nat dawn\n",
      );
      expect(piped).toEqual({ id: expect.stringMatching(ID) as unknown, reused: false });
      const full = await json<Seen>(job, [
        "save",
        "Slipway 4 is closed",
        "--project",
        "/srv/harbour",
        "-t",
        "slipway",
        "-t",
        "works",
        "--pin",
        "--at",
        "2026-05-03T14:00Z",
        "--expires",
        "2099-01-31",
      ]);
      const { memories } = await json<{ memories: readonly Seen[] }>(job, ["get", full.id]);
      expect(memories).toEqual([
        {
          id: full.id,
          kind: "note",
          text: "Slipway 4 is closed",
          project: "/srv/harbour",
          source: "cli",
          tags: ["slipway", "works"],
          at: "2026-05-03T14:00:00.000Z",
          savedAt: expect.any(String) as unknown,
          expiresAt: expect.stringMatching(/^2099-01-31T/) as unknown,
          pinned: true,
          trust: "user",
        },
      ]);
    },
  ],
  [
    "import reads a conversation and Markdown, each turn once, and a dry run stores nothing",
    async (job) => {
      expect(await json(job, ["import", CONVERSATION, "--dry-run"])).toMatchObject({
        stored: 28,
        dryRun: true,
      });
      expect(await json(job, ["status"])).toMatchObject({ open: { memories: 3 } });
      expect(await json(job, ["import", CONVERSATION])).toMatchObject({ stored: 28, duplicates: 0 });
      expect(await json(job, ["import", CONVERSATION])).toMatchObject({ stored: 0, duplicates: 28 });
      const notes = await json<{ stored: number }>(job, ["import", NOTES]);
      expect(notes.stored).toBeGreaterThan(0);
      expect(await json(job, ["status"])).toMatchObject({ open: { memories: 31 + notes.stored } });
    },
  ],
  [
    "search finds it, as lines, as one value and as one value a line; what is not there exits 5",
    async (job) => {
      const { home } = job;
      const lines = expectSuccess(await home.run(["search", ...QUESTION.split(" "), "--limit", "3"]))
        .trim()
        .split("\n");
      expect(lines).toHaveLength(3);
      expect(lines[0]).toMatch(/^[0-9a-z]{26}\t.*low water in amber/);
      const found = await json<Found>(job, ["search", QUESTION, "--limit", "3"]);
      expect(Object.keys(found).toSorted()).toEqual(["hits", "more"]);
      expect(found.hits.map(({ id }) => id)).toEqual(lines.map((line) => line.split("\t")[0]));
      expect(found.hits[0]).toMatchObject({
        kind: "turn",
        project: "/home/mira/code/lantern",
        trust: "imported",
        score: expect.any(Number) as unknown,
        snippet: expect.stringContaining("amber") as unknown,
      });
      const each = expectSuccess(await home.run(["search", QUESTION, "--limit", "3", "--jsonl"]));
      expect(
        each
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as Json),
      ).toEqual(found.hits);
      const nothing = await home.run(["search", "xylophone"]);
      expect([nothing.code, nothing.stdout]).toEqual([5, ""]);
      const filtered = await json<Found>(job, ["search", "crane", "--tag", "crane", "--kind", "note"]);
      expect(filtered.hits.map(({ id }) => id)).toEqual([learnt(job, "crane")]);
      const elsewhere = await home.run(["search", "crane", "--tag", "slipway"]);
      expect([elsewhere.code, elsewhere.stdout]).toEqual([5, ""]);
    },
  ],
  [
    "recent lists the newest, in the same shapes",
    async (job) => {
      const { memories, more } = await json<{ memories: readonly Seen[]; more: boolean }>(job, [
        "recent",
        "--limit",
        "2",
      ]);
      expect([memories.length, more]).toEqual([2, true]);
      const each = expectSuccess(await job.home.run(["recent", "--limit", "2", "--jsonl"]))
        .trim()
        .split("\n");
      expect(each.map((line) => JSON.parse(line) as Json)).toEqual(memories);
    },
  ],
  [
    "update writes a new version: search shows it, get the chain, --as-of what was known before",
    async (job) => {
      const old = learnt(job, "crane");
      const before = new Date().toISOString();
      await new Promise((resolve) => setTimeout(resolve, 20));
      const updated = await json<{ id: string }>(job, ["update", old, "The crane is painted orange"]);
      expect(updated).toMatchObject({ id: expect.stringMatching(ID) as unknown, supersedes: old });
      job.learnt.set("crane", updated.id);
      const texts = async (...more: readonly string[]) =>
        (await json<Found>(job, ["search", "crane painted", "--tag", "crane", ...more])).hits.map(
          ({ text }) => text,
        );
      expect(await texts()).toEqual(["The crane is painted orange"]);
      expect((await texts("--include-superseded")).toSorted()).toEqual([
        "The crane is painted green",
        "The crane is painted orange",
      ]);
      expect(await texts("--as-of", before)).toEqual(["The crane is painted green"]);
      for (const id of [old, updated.id]) {
        const { memories } = await json<{ memories: readonly { versions: readonly Seen[] }[] }>(job, [
          "get",
          id,
        ]);
        expect(memories[0]?.versions.map(({ text }) => text)).toEqual([
          "The crane is painted green",
          "The crane is painted orange",
        ]);
      }
    },
  ],
  [
    "an MCP host with a client of its own finds and saves the same memories",
    async (job) => {
      expect(await json(job, ["client", "add", "host", "--scope", "read,write"])).toMatchObject({
        created: true,
      });
      const host = await McpHost.start(job.home, { client: "host" });
      try {
        const found = await host.call("memory_search", { query: QUESTION, project: "*" });
        expect(found.text).toContain("low water in amber");
        const saved = await host.call("memory_save", { text: "The pilot boat is called Petrel" });
        expect(saved.isError).toBe(false);
        expect((await host.call("memory_forget", { ids: [learnt(job, "crane")] })).text).toContain(
          "SCOPE_DENIED",
        );
      } finally {
        await host.close();
      }
      const { hits } = await json<Found>(job, ["search", "pilot boat Petrel", "--kind", "note"]);
      expect(hits[0]).toMatchObject({
        text: "The pilot boat is called Petrel",
        source: "host",
        trust: "assistant",
      });
    },
  ],
  [
    "forget takes one, or many by options after a count, and they are gone from every answer",
    async (job) => {
      const { home } = job;
      const crane = learnt(job, "crane");
      const unasked = await home.run(["forget", crane]);
      expect([unasked.code, unasked.stdout]).toEqual([2, ""]);
      expect(await json(job, ["forget", crane, "--yes"])).toEqual({
        status: "forgotten",
        count: 1,
        reused: false,
      });
      expect((await home.run(["get", crane])).code).toBe(5);
      expect((await home.run(["search", "crane", "--tag", "crane", "--include-superseded"])).code).toBe(5);
      const many = ["forget", "--kind", "turn", "--role", "assistant"];
      const { count } = await json<{ count: number }>(job, [...many, "--dry-run"]);
      expect(count).toBeGreaterThan(1);
      expect((await home.run(many)).code).toBe(2);
      expect(await json(job, [...many, "--yes"])).toMatchObject({ status: "forgotten", count });
      expect((await home.run([...many, "--yes"])).code).toBe(5);
    },
  ],
  [
    "purge erases the forgotten, rotate changes the data key, verify reads every record",
    async (job) => {
      expect(await json(job, ["status"])).toMatchObject({ open: { purgePending: true, generation: 1 } });
      expect(await json(job, ["purge", "--yes"])).toMatchObject({ status: "purged", generation: 2 });
      expect(await json(job, ["rotate"])).toMatchObject({ generation: 3 });
      expect(await json(job, ["status"])).toMatchObject({ open: { purgePending: false, generation: 3 } });
      expect(await json(job, ["verify"])).toMatchObject({
        ok: true,
        damage: { damagedCount: 0, missingCount: 0 },
      });
    },
  ],
  [
    "keys are added, changed and removed, and the last one stays",
    async (job) => {
      const { home } = job;
      const list = async () =>
        (await json<{ slots: readonly { id: string; kind: string; label: string }[] }>(job, ["key", "list"]))
          .slots;
      expect((await list()).map(({ kind }) => kind).toSorted()).toEqual(["passphrase", "recovery"]);
      const added = await json<{ slot: { id: string }; recoveryKey: string }>(job, [
        "key",
        "add",
        "recovery",
        "--label",
        "safe",
      ]);
      expect(added.recoveryKey).toMatch(/^KS/);
      expect(await list()).toHaveLength(3);
      expect(await json(job, ["key", "remove", added.slot.id, "--yes"])).toEqual({ removed: added.slot.id });
      const change = ["key", "change", "--passphrase-fd", "3"];
      const wrong = await home.run(change, { passphrase: `not the passphrase\n${NEXT_PASSPHRASE}` });
      expect([wrong.code, wrong.stdout]).toEqual([6, ""]);
      expectSuccess(await home.run(change, { passphrase: `${PASSPHRASE}\n${NEXT_PASSPHRASE}` }));
      const slots = await list();
      const recovery = slots.find(({ kind }) => kind === "recovery")?.id ?? "";
      const passphrase = slots.find(({ kind }) => kind === "passphrase")?.id ?? "";
      expectSuccess(await home.run(["key", "remove", recovery, "--yes"]));
      const last = await home.run(["key", "remove", passphrase, "--yes"]);
      expect([last.code, last.stdout]).toEqual([1, ""]);
      expect(last.stderr).toMatch(/last passphrase/);
      const renewed = await json<{ recoveryKey: string }>(job, ["key", "add", "recovery"]);
      job.learnt.set("recovery key", renewed.recoveryKey);
    },
  ],
  [
    "lock closes it: commands exit 4 with nothing on standard output, a note is kept for later, and unlock opens it again",
    async (job) => {
      const { home } = job;
      expect(await json(job, ["lock"])).toEqual({ state: "sealed" });
      for (const args of [["search", "harbour"], ["recent"], ["verify"], ["import", CONVERSATION]]) {
        const refused = await home.run(args);
        expect([args[0], refused.code, refused.stdout]).toEqual([args[0], 4, ""]);
        expect(refused.stderr).toMatch(/^keepsake: error: .+\nkeepsake: hint: .*keepsake unlock.*\n$/);
      }
      expect(await json(job, ["save", "The keel is scraped"])).toEqual({ waiting: true });
      const unlock = ["unlock", "--passphrase-fd", "3"];
      const old = await home.run(unlock, { passphrase: PASSPHRASE });
      expect([old.code, old.stdout]).toEqual([6, ""]);
      expect(old.stderr).not.toContain("horse");
      expectSuccess(await home.run(unlock, { passphrase: NEXT_PASSPHRASE }));
      expect(expectSuccess(await home.run(unlock, { passphrase: NEXT_PASSPHRASE }))).toMatch(/^open already/);
      const [kept] = (await json<Found>(job, ["search", "keel scraped"])).hits;
      expect(kept).toMatchObject({ text: "The keel is scraped", trust: "user" });
      expectSuccess(await home.run(["forget", kept?.id ?? "", "--yes"]));
      expect((await json<Found>(job, ["search", "pilot boat"])).hits[0]?.text).toBe(
        "The pilot boat is called Petrel",
      );
    },
  ],
  [
    "turns that come while it is locked wait, sealed, and are found once it is open",
    async (job) => {
      const { home } = job;
      expectSuccess(await home.run(["lock"]));
      const host = await home.connect("host");
      const turn = { messageId: "1", role: "user", at: "2026-05-04T09:00:00Z" } as const;
      const captured = await host.call("memory.capture", {
        session: "night watch",
        turns: [{ ...turn, text: "The fog horn sounds twice a minute" }],
      });
      host.close();
      expect(captured).toMatchObject({ stored: 0, waiting: 1 });
      expect(await json(job, ["status"])).toMatchObject({ state: "sealed", waiting: 1 });
      expectSuccess(await home.run(["unlock", "--passphrase-fd", "3"], { passphrase: NEXT_PASSPHRASE }));
      expect((await json<Found>(job, ["search", "fog horn"])).hits[0]).toMatchObject({
        kind: "turn",
        text: "The fog horn sounds twice a minute",
        trust: "captured",
      });
    },
  ],
  [
    "the recovery key opens it when the passphrase is lost",
    async (job) => {
      const { home } = job;
      expectSuccess(await home.run(["lock"]));
      const typed = learnt(job, "recovery key").toLowerCase().replaceAll("-", " ");
      const wrong = typed.replace(/.$/, (last) => (last === "q" ? "p" : "q"));
      expect(
        (await home.run(["unlock", "--recovery", "--passphrase-fd", "3"], { passphrase: wrong })).code,
      ).toBe(6);
      const opened = await home.run(["unlock", "--recovery", "--passphrase-fd", "3"], { passphrase: typed });
      expect(expectSuccess(opened)).toMatch(/^open: /);
      expect(await json(job, ["status"])).toMatchObject({ state: "open" });
    },
  ],
  [
    "clients are listed and revoked, and a revoked one is refused",
    async (job) => {
      const { clients } = await json<{ clients: readonly { id: string; scopes: readonly string[] }[] }>(job, [
        "client",
        "list",
      ]);
      expect(clients.map(({ id, scopes }) => [id, scopes])).toEqual([
        ["cli", ["read", "write", "capture", "forget", "control", "admin"]],
        ["host", ["read", "write"]],
      ]);
      const connected = await job.home.connect("host");
      expect(await json(job, ["client", "revoke", "host", "--yes"])).toEqual({
        status: "revoked",
        id: "host",
      });
      await expect(connected.call("memory.recent", {})).rejects.toMatchObject({ code: "DAEMON_UNREACHABLE" });
      expect((await job.home.run(["client", "revoke", "host", "--yes"])).code).toBe(5);
      expect((await job.home.run(["client", "list", "--jsonl"])).stdout.trim().split("\n")).toHaveLength(1);
    },
  ],
  [
    "completion prints a script for each shell and completes commands, projects and tags",
    async (job) => {
      for (const shell of ["bash", "zsh", "fish"]) {
        expect(expectSuccess(await job.home.run(["completion", shell]))).toContain("keepsake complete --");
      }
      const complete = async (...words: readonly string[]) =>
        expectSuccess(await job.home.run(["complete", "--", ...words]))
          .split("\n")
          .map((line) => line.split("\t")[0]);
      expect(await complete("sea")).toContain("search");
      expect(await complete("search", "--project", "/srv")).toContain("/srv/harbour");
      expect(await complete("search", "--tag", "slip")).toContain("slipway");
    },
  ],
  [
    "settings are read and written, and a wrong one changes nothing",
    async (job) => {
      expect(await json(job, ["config", "set", "lock.idle", "4h"])).toBeDefined();
      expect(expectSuccess(await job.home.run(["config", "get", "lock.idle"]))).toBe("4h\n");
      expect((await job.home.run(["config", "set", "lock.idle", "soon"])).code).toBe(2);
      expect(expectSuccess(await job.home.run(["config", "get", "lock.idle"]))).toBe("4h\n");
      expect(Object.keys(await json(job, ["config", "list"]))).not.toHaveLength(0);
    },
  ],
];
