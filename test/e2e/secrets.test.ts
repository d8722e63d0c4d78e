/** Secrets through the built programs: out of all that is stored, sealed and answered, whatever way they come; and scrubbed where they were kept. */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { plantedSecrets, standsIn } from "../redaction/support/made-secrets.ts";
import { toldLookAlikes } from "../redaction/support/told-look-alikes.ts";
import { hooksEnded } from "../support/host-player.ts";
import { answered, jsonLines, typed } from "../support/transcripts.ts";
import { expectSuccess, killQuietly, ThrowAwayHome } from "../support/throw-away-home.ts";
import type { RunOptions } from "../support/throw-away-home.ts";
import { McpHost } from "./support/mcp-host.ts";

const PROJECT = "/srv/none/skiff";
const PLANTED = plantedSecrets(200, 130_002);
/** A line each: what has several is taken apart where Markdown is imported. */
const HARMLESS = toldLookAlikes(260, 130_003)
  .filter((text) => text.trim() === text && !/[\n<>]/.test(text))
  .slice(0, 200);
const KEPT = "ghp_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R";

const home = new ThrowAwayHome({ CLAUDE_PROJECT_DIR: "" });
/** Without the daemon's socket: what captures seals alone. */
const ALONE: RunOptions = { env: { KEEPSAKE_SOCKET: join(home.folder, "nobody", "s") } };

const run = async (args: readonly string[], options: RunOptions = {}) =>
  expectSuccess(await home.run(args, options));
const json = async <T>(args: readonly string[], options: RunOptions = {}) =>
  JSON.parse(await run([...args, "--json"], options)) as T;

/** Secrets of which something stands in a byte of a file of the home, its inputs left out. */
function onDisk(secrets: readonly { readonly secret: string }[]): readonly string[] {
  const found: string[] = [];
  for (const entry of readdirSync(home.env["KEEPSAKE_HOME"]!, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = `${path}\n${readFileSync(path, "latin1")}`;
    found.push(
      ...secrets.filter(({ secret }) => standsIn(secret, bytes)).map(({ secret }) => `${path}: ${secret}`),
    );
  }
  return found;
}

/** All that there is, the newest first; asked for a hundred at a time. */
async function everyText(): Promise<readonly string[]> {
  const client = await home.connect();
  const texts = new Map<string, string>();
  let before: string | undefined;
  for (let more = true; more;) {
    const page = await client.call("memory.recent", { limit: 100, ...(before !== undefined && { before }) });
    const known = texts.size;
    for (const { id, text } of page.memories) texts.set(id, text);
    // Again from the last one's moment on: others may have it too.
    before = new Date(Date.parse(page.memories.at(-1)?.at ?? "") + 1).toISOString();
    more = page.more && texts.size > known;
  }
  client.close();
  return [...texts.values()];
}

/** A session of Claude Code that says these, and has a hook read it to its end. */
async function talk(session: string, texts: readonly string[], options: RunOptions = {}): Promise<void> {
  const path = join(home.folder, `${session}.jsonl`);
  const lines = texts.map((text, at) => {
    const fields = { uuid: `${session}-${at}`, session, cwd: PROJECT, at };
    return at % 2 === 0 ? typed(text, fields) : answered(`${session}-a${at}`, text, fields);
  });
  writeFileSync(path, jsonLines(...lines));
  const input = JSON.stringify({
    session_id: session,
    transcript_path: path,
    cwd: PROJECT,
    hook_event_name: "Stop",
  });
  expect(await home.run(["hook", "claude-code", "Stop"], { input, ...options })).toEqual({
    code: 0,
    stdout: "",
    stderr: "",
  });
  // It goes on behind the back of the host.
  await hooksEnded(home);
}

const part = <T>(list: readonly T[], from: number, to: number) => list.slice(from, to);
const textsOf = (from: number, to: number) => [
  ...part(PLANTED, from, to).map(({ text }) => text),
  ...part(HARMLESS, from, to),
];

beforeAll(async () => {
  await home.init();
  const owner = await home.connect();
  await owner.call("client.add", { id: "claude-code", scopes: ["read", "capture"] });
  await owner.call("client.add", { id: "mcp", scopes: ["read", "write"] });
  owner.close();
}, 180_000);
afterAll(() => home.remove(), 180_000);

describe("two hundred secrets and as many look-alikes", () => {
  it("go in by every way, and no secret comes out or lies on the disk", async () => {
    expect(new Set(PLANTED.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(80);
    expect(HARMLESS.length).toBeGreaterThanOrEqual(190);

    await talk("open", textsOf(0, 50));
    const markdown = join(home.folder, "notes.md");
    writeFileSync(
      markdown,
      textsOf(50, 70)
        .map((text, at) => `# Note ${at}\n\n${text}\n`)
        .join("\n"),
    );
    await run(["import", markdown, "--project", PROJECT]);
    const transcript = join(home.folder, "talk.jsonl");
    const said = textsOf(70, 110).map((text, at) =>
      typed(text, { uuid: `i${at}`, session: "imported", cwd: PROJECT, at }),
    );
    writeFileSync(transcript, jsonLines(...said));
    const imported = await json<{ redacted?: number }>(["import", transcript, "--project", PROJECT]);
    expect(imported.redacted).toBeGreaterThanOrEqual(40);
    for (const text of textsOf(110, 116)) await run(["save", "-", "--project", PROJECT], { input: text });
    const host = await McpHost.start(home, { cwd: home.folder });
    for (const text of textsOf(116, 140)) {
      const answer = await host.call("memory_save", { text, project: PROJECT });
      expect([answer.isError, standsIn(text, answer.text)]).toEqual([false, false]);
    }
    await host.close();
    expect(onDisk(PLANTED)).toEqual([]);

    expectSuccess(await home.run(["lock"]));
    await talk("sealed", textsOf(140, 170));
    expect(onDisk(PLANTED)).toEqual([]);
    await talk("alone", textsOf(170, 200), ALONE);
    expect(readdirSync(join(home.places.vault, "drop")).length).toBeGreaterThanOrEqual(1);
    expect(onDisk(PLANTED)).toEqual([]);
    await home.unlock();

    const texts = await everyText();
    const whole = texts.join("\n\u0001\n");
    expect(PLANTED.filter(({ secret }) => standsIn(secret, whole))).toEqual([]);
    expect(HARMLESS.filter((text) => !whole.includes(text))).toEqual([]);
    expect(texts.filter((text) => text.includes("[redacted: ")).length).toBeGreaterThanOrEqual(190);
    const found = await run(["search", "redacted token", "--all-projects", "--limit", "50", "--json"]);
    expect(found).toContain("[redacted: ");
    for (const { secret } of PLANTED.slice(0, 200).filter((_, at) => at % 20 === 0)) {
      const { stdout } = await home.run(["search", secret.slice(0, 60), "--all-projects", "--json"]);
      expect(standsIn(secret, stdout.replaceAll(/"query":"[^"]*"/g, ""))).toBe(false);
    }
    expect(onDisk(PLANTED)).toEqual([]);
    const { secrets } = await json<{ secrets: { redacted: number; kept: number } }>(["status"]);
    expect(secrets.redacted).toBeGreaterThanOrEqual(30);
  }, 400_000);
});

describe("--keep-secrets", () => {
  it("is counted in the answer and the status, of save, update and import", async () => {
    const saved = await json<{ id: string; keptSecrets?: number }>(["save", "-", "--keep-secrets"], {
      input: `the key ${KEPT} stays`,
    });
    expect(saved.keptSecrets).toBe(1);
    expect(await run(["get", saved.id])).toContain(KEPT);
    const updated = await json<{ id: string; keptSecrets?: number }>(
      ["update", saved.id, "-", "--keep-secrets"],
      {
        input: `the key ${KEPT} stays, and DB_PASSWORD='tR9!kwQz2'`,
      },
    );
    expect(updated.keptSecrets).toBe(2);
    const notes = join(home.folder, "kept.md");
    writeFileSync(notes, `# Kept\n\nonce more ${KEPT}\n`);
    expect(await json(["import", notes, "--keep-secrets"])).toMatchObject({ keptSecrets: 1 });
    const { secrets } = await json<{ secrets: { kept: number } }>(["status"]);
    expect(secrets.kept).toBe(4);
    expect(await run(["status"])).toContain("since the last lock");
    expect(onDisk([{ secret: KEPT }])).toEqual([]);
  });

  it("is nobody else's: refused over the socket, and in no tool of a model", async () => {
    const client = await home.connect("mcp");
    const asked = client.call("memory.save", { text: KEPT, keepSecrets: true });
    await expect(asked).rejects.toMatchObject({ code: "SCOPE_DENIED" });
    client.close();
    const host = await McpHost.start(home);
    const { tools } = await host.client.listTools();
    expect(tools.length).toBeGreaterThan(3);
    expect(JSON.stringify(tools)).not.toMatch(/keep_?secrets/i);
    await host.close();
  });
});

describe("scrub", () => {
  interface Found {
    readonly status: string;
    readonly memories: number;
    readonly secrets: number;
    readonly places: readonly { readonly id: string; readonly secrets: readonly string[] }[];
  }

  it("lists by kind and place, never the secret, and changes nothing by that", async () => {
    const shown = await run(["scrub", "--dry-run"]);
    expect(shown).toContain("GitHub token");
    expect(standsIn(KEPT, shown)).toBe(false);
    const found = await json<Found>(["scrub", "--dry-run"]);
    expect(found).toMatchObject({ status: "found", memories: 3, secrets: 4 });
    expect(JSON.stringify(found)).not.toContain("tR9!");
    expect(await run(["get", found.places[0]!.id])).toMatch(/ghp_/);
  });

  it("asks nobody off a terminal: without --yes it is refused and changes nothing", async () => {
    const refused = await home.run(["scrub"]);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain("--yes");
    expect(standsIn(KEPT, refused.stdout + refused.stderr)).toBe(false);
    expect(await json<Found>(["scrub", "--dry-run"])).toMatchObject({ secrets: 4 });
  });

  it("is refused while locked", async () => {
    await run(["lock"]);
    const refused = await home.run(["scrub", "--yes", "--no-input"]);
    expect([refused.code === 0, refused.stderr.includes("locked")]).toEqual([false, true]);
    await home.unlock();
  });

  it("masks in place: ids stay, the old generation is gone, and no version says the secret", async () => {
    const before = await json<Found>(["scrub", "--dry-run"]);
    const generations = new Set(readdirSync(home.places.vault).filter((name) => name.startsWith("store.")));
    expect(await json<Found>(["scrub", "--yes"])).toMatchObject({ status: "scrubbed", secrets: 4 });
    for (const { id } of before.places) {
      const got = await home.run(["get", id, "--history", "--json"]);
      expect(got.stdout).not.toMatch(/ghp_|tR9!/);
    }
    const after = readdirSync(home.places.vault).filter((name) => name.startsWith("store."));
    expect(after.filter((name) => generations.has(name))).toEqual([]);
    expect(await json<Found>(["scrub", "--dry-run"])).toMatchObject({ secrets: 0 });
    const found = await run(["search", "redacted GitHub", "--all-projects", "--json"]);
    expect(found).toContain("[redacted: GitHub token]");
    expect(await run(["verify"])).toContain("all of it is sound");
  });

  it("forgets with --forget, and what is forgotten does not come back", async () => {
    const { id } = await json<{ id: string }>(["save", "-", "--keep-secrets"], { input: `to go: ${KEPT}` });
    expect(await json<Found>(["scrub", "--forget", "--yes"])).toMatchObject({
      status: "scrubbed",
      forgotten: 1,
    });
    expect((await home.run(["get", id])).code).not.toBe(0);
    await run(["lock"]);
    killQuietly(home.frontId(), "SIGTERM");
    while (home.processIds().length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(onDisk([{ secret: KEPT }])).toEqual([]);
    await home.unlock();
    expect((await home.run(["get", id])).code).not.toBe(0);
  });
});
