import { spawn } from "node:child_process";
import { saved as stored } from "../support/saved.ts";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { McpHost } from "../e2e/support/mcp-host.ts";
import type { Finished, RunOptions } from "../support/throw-away-home.ts";
import { ThrowAwayHome, expectSuccess, killQuietly } from "../support/throw-away-home.ts";
import { drawCanary, needlesFor, searchFiles } from "./support/canaries.ts";
import type { MemorySearch } from "./support/process-memory.ts";
import { searchMemory } from "./support/process-memory.ts";
import { ProcessWatch } from "./support/process-watch.ts";

const KINDS = [
  "text",
  "tag",
  "project",
  "query",
  "title",
  "session",
  "speaker",
  "message",
  "file",
  "forgotten",
  "waiting",
  "label",
  "passphrase",
  "mistyped",
] as const;
const canary = Object.fromEntries(KINDS.map((kind) => [kind, drawCanary()])) as Record<
  (typeof KINDS)[number],
  string
>;
const home = new ThrowAwayHome({ CLAUDE_PROJECT_DIR: "" });
const inputs = mkdtempSync(join(tmpdir(), "ks-inputs-"));
const project = join(inputs, canary.project);
const stderr: string[] = [];
const onDisk: { when: string; hits: readonly string[]; files: number; bytes: number }[] = [];
const memory: Record<string, readonly MemorySearch[]> = {};
let watched: ReturnType<ProcessWatch["stop"]>;
let tokens: Readonly<Record<string, string>>;

function needles() {
  // A label is a name the user gives to a slot, in clear in the keyring so that a sealed vault can list its slots.
  const { label, ...secret } = canary;
  expect(label).toHaveLength(18);
  return needlesFor({ ...secret, ...tokens });
}

/** The forms that strings take in a process. */
function inMemory() {
  return needles().filter(({ name }) => name.includes("utf"));
}

/** @param named - the ids, files and projects of the line, which its errors may name as they were typed (decision 044) */
async function run(
  args: readonly string[],
  options: RunOptions = {},
  named: readonly string[] = [],
): Promise<Finished> {
  expect(args).toEqual(expect.arrayContaining([...named]));
  const ran = await home.run(args, { cwd: project, ...options });
  stderr.push(named.reduce((left, typed) => left.replaceAll(JSON.stringify(typed), "…"), ran.stderr));
  return ran;
}

function lookAtDisk(when: string): void {
  const { hits, ...searched } = searchFiles(home.folder, needles());
  const own = hits.filter((hit) => !/config\/clients\/[a-z]+\.json: token/.test(hit));
  onDisk.push({ when, hits: own, ...searched });
}

/** @param least - of processes: a successor is started a moment after a passphrase came */
async function lookAtMemory(when: string, least = 2): Promise<void> {
  memory[when] = (await settledProcesses(least)).map((pid) => searchMemory(pid, inMemory()));
}

/** The daemon's processes once none starts or ends any more. */
async function settledProcesses(least: number): Promise<readonly number[]> {
  for (;;) {
    const before = home.processIds();
    await home.status();
    await new Promise((resolve) => setTimeout(resolve, 300));
    if (before.length >= least && before.join() === home.processIds().join()) return before;
  }
}

function tokenOf(client: string): string {
  const file = JSON.parse(readFileSync(join(home.places.clients, `${client}.json`), "utf8")) as {
    token: string;
  };
  return file.token;
}

/** The whole scenario, run once; the tests below look at what it left. */
beforeAll(async () => {
  mkdirSync(join(project, ".git"), { recursive: true });
  writeFileSync(join(project, ".git", "HEAD"), "ref: refs/heads/main\n");
  const notes = join(inputs, `${canary.file}.md`);
  writeFileSync(notes, `# ${canary.title}\n\nA note with ${canary.text} in it.\n`);
  const conversation = join(inputs, `${canary.file}.jsonl`);
  const line = {
    type: "user",
    sessionId: canary.session,
    uuid: canary.message,
    timestamp: "2026-10-12T08:02:53.896Z",
    cwd: project,
    message: { role: "user", content: `said ${canary.text}` },
  };
  writeFileSync(
    conversation,
    `${JSON.stringify({ type: "summary", summary: canary.title, leafUuid: "x" })}\n${JSON.stringify(line)}\n`,
  );

  const watch = new ProcessWatch(home.folder, needlesFor(canary));
  const passphrase = `${canary.passphrase} and more`;
  const unlock = () => run(["unlock", "--passphrase-fd", "3"], { passphrase });
  expectSuccess(
    await run(["init", "--no-recovery", "--passphrase-fd", "3"], {
      passphrase,
      env: { CLAUDE_PROJECT_DIR: project },
    }),
  );
  expectSuccess(await run(["client", "add", "mcp"]));
  tokens = { "token of cli": tokenOf("cli"), "token of mcp": tokenOf("mcp") };

  const save = ["save", "-", "--tag", canary.tag, "--json"];
  const saved = JSON.parse(expectSuccess(await run(save, { input: `a note with ${canary.text}` }))) as {
    id: string;
  };
  expectSuccess(await run(["update", saved.id, "-"], { input: `another version with ${canary.text}` }));
  expectSuccess(await run(["search", canary.text, "--tag", canary.tag, "--project", canary.project]));
  expect((await run(["search", canary.query])).code).toBe(5);
  expect(JSON.parse(expectSuccess(await run(["import", notes, conversation, "--json"])))).toMatchObject({
    stored: 2,
  });
  expectSuccess(await run(["recent"]));
  expectSuccess(await run(["complete", "--", "search", "--tag", canary.tag.slice(0, 4)]));

  const host = await McpHost.start(home, { cwd: project, env: { CLAUDE_PROJECT_DIR: project } });
  expect((await host.call("memory_search", { query: canary.text })).text).toContain(canary.text);
  await host.call("memory_search", { query: canary.query, tags: [canary.tag] });
  const byHost = await host.call("memory_save", { text: `by the host: ${canary.text}`, tags: [canary.tag] });
  expect(byHost.isError).toBe(false);
  const searched = await host.call("memory_search", { query: canary.query, nonsense: canary.text });
  expect(searched.isError).toBe(false);
  expect((await host.call("memory_get", { ids: [canary.text] })).isError).toBe(true);

  const client = await home.connect();
  const turn = (text: string, messageId: string) => ({
    messageId,
    role: "user" as const,
    speaker: canary.speaker,
    text,
    at: "2026-11-20T10:00:00Z",
    tags: [canary.tag],
  });
  await client.call("memory.capture", {
    project,
    session: canary.session,
    turns: [turn(`captured ${canary.text}`, canary.message)],
  });
  const doomed = stored(
    await client.call("memory.save", {
      text: `to be ${canary.forgotten}`,
      project,
      tags: [canary.tag],
    }),
  );

  // Things that go wrong must not tell either: neither what was typed for a value or a text, nor what was read.
  const missing = join(inputs, `${canary.file}.missing`);
  const wrong: readonly (readonly [
    args: readonly string[],
    options?: RunOptions,
    named?: readonly string[],
  ])[] = [
    [["save", "-", "--tag", `${canary.tag} ${canary.tag}`], { input: canary.text }],
    [["save", "-"], { input: canary.text.repeat(8_000) }],
    [["save", `--${canary.text} and more`]],
    [["get", canary.message], {}, [canary.message]],
    [["import", missing], {}, [missing]],
    [["search", canary.query, "--after", canary.query]],
    [["search", canary.query, "--limit", canary.query]],
    [
      ["search", canary.query, "--project", canary.project, "--session", canary.session],
      {},
      [canary.project],
    ],
    [["unlock", "--passphrase-fd", "3"], { passphrase: canary.mistyped }],
  ];
  for (const [args, options, named] of wrong) {
    const failed = await run(args, options, named);
    if (args[0] !== "unlock" && args[0] !== "import") expect(failed.code).not.toBe(0);
  }
  await client.call("memory.save", { text: canary.text, tags: [`${canary.tag},`] }).catch(() => undefined);
  await client.call("memory.save", { text: `${canary.text}\uD800` }).catch(() => undefined);

  lookAtDisk("while open");
  await lookAtMemory("while open");
  expectSuccess(await run(["lock"]));
  await lookAtMemory("after a lock");
  console.log("the MCP server's own memory after the lock:", searchMemory(host.pid, inMemory()).counts);
  lookAtDisk("after a lock");

  const sealed = await home.connect();
  await sealed.call("memory.capture", {
    project,
    session: canary.session,
    turns: [turn(canary.waiting, `${canary.message}-2`)],
  });
  expect((await home.status()).waiting).toBe(1);
  expect((await run(["search", canary.query])).code).toBe(4);
  expect((await host.call("memory_search", { query: canary.query })).text).toContain("VAULT_SEALED");
  sealed.close();
  lookAtDisk("with a turn in the inbox");
  expect((await run(["unlock", "--passphrase-fd", "3"], { passphrase: canary.mistyped })).code).toBe(6);
  await lookAtMemory("after a wrong passphrase", 3);
  expectSuccess(await run(["lock"]));
  await lookAtMemory("after a lock of the sealed vault");

  expectSuccess(await unlock());
  expect(expectSuccess(await run(["search", canary.waiting]))).toContain(canary.waiting);
  expectSuccess(await run(["forget", doomed.id, "--yes"]));
  expect(JSON.parse(expectSuccess(await run(["purge", "--yes", "--json"])))).toMatchObject({
    status: "purged",
    generation: 2,
  });
  lookAtDisk("after a purge");
  expectSuccess(await run(["rotate"]));
  const changed = `${passphrase}\n${passphrase} now`;
  expectSuccess(await run(["key", "change", "--passphrase-fd", "3"], { passphrase: changed }));
  expectSuccess(await run(["verify"]));
  expectSuccess(await run(["lock"]));
  await lookAtMemory("after everything");
  lookAtDisk("after everything");
  stderr.push(host.stderr);
  await host.close();
  killQuietly(home.frontId(), "SIGTERM");
  watched = watch.stop();
}, 400_000);

afterAll(async () => {
  await home.remove();
  rmSync(inputs, { recursive: true, force: true });
});

describe("canaries of every kind", () => {
  it("stand in no byte and no name of any file, at no moment of the whole scenario", () => {
    expect(onDisk.map(({ when }) => when)).toHaveLength(5);
    for (const { when, hits, files, bytes } of onDisk) {
      console.log(`${when}: ${files} files, ${bytes} bytes`);
      expect(files).toBeGreaterThan(15);
      expect([when, hits]).toEqual([when, []]);
    }
  });

  it("are found by the same search where they do stand, in every form", () => {
    const folder = mkdtempSync(join(tmpdir(), "ks-control-"));
    try {
      for (const [index, { bytes }] of needles().entries()) {
        writeFileSync(
          join(folder, `control-${index}`),
          Buffer.concat([Buffer.alloc(1_000, 7), bytes, Buffer.alloc(9)]),
        );
      }
      const { hits } = searchFiles(folder, needles());
      expect(new Set(hits.map((hit) => hit.replace(/^.*?: /, "")))).toEqual(
        new Set(needles().map(({ name }) => name)),
      );
      const padded = Buffer.from(`xx${canary.text}yy`).toString("base64");
      writeFileSync(join(folder, "padded"), padded);
      expect(searchFiles(folder, needles()).hits.filter((hit) => hit.includes("padded"))).not.toEqual([]);
      expect(searchFiles(inputs, needles()).hits.length).toBeGreaterThan(5);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("stand in nothing that was written to standard error, and no stack trace does", () => {
    const written = stderr.join("\n");
    for (const [kind, word] of Object.entries(canary))
      expect([kind, written.includes(word)]).toEqual([kind, false]);
    expect(written).not.toMatch(/\n\s+at .*:\d+|node:internal/);
    expect(written).toContain("keepsake: error: ");
  });

  it("stand in no command line, environment, name or folder of a process that keepsake started", () => {
    expect(watched.commands.some((command) => /keepsaked\.js/.test(command))).toBe(true);
    expect(watched.commands.some((command) => /daemon\/daemon-main\.js/.test(command))).toBe(true);
    expect(watched.commands.some((command) => /keepsake-mcp\.js/.test(command))).toBe(true);
    expect(watched.commands.some((command) => /strength\.js/.test(command))).toBe(true);
    expect(watched.hits.filter((hit) => !/^(environ|cwd) of node: (project|text)/.test(hit))).toEqual([]);
    // The one exception is what the test itself gave to commands: the host's folder in its own environment.
    expect(watched.hits.filter((hit) => !hit.startsWith("environ of node: project"))).toEqual([]);
  });

  it("are seen by the same watch in a process that does show them", async () => {
    const watch = new ProcessWatch(home.folder, needlesFor(canary));
    const env = { HOME: home.folder, PATH: process.env["PATH"] ?? "", SHOWN: canary.tag };
    const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 400)", canary.text], { env });
    await new Promise((resolve) => child.once("exit", resolve));
    const { hits } = watch.stop();
    expect(hits).toContain("cmdline of node: text in utf-8");
    expect(hits).toContain("environ of node: tag in utf-8");
  });
});

describe("memory dumps", () => {
  it("of every daemon process hold no canary, no passphrase and no token after a lock", () => {
    for (const when of ["after a lock", "after a lock of the sealed vault", "after everything"]) {
      const processes = memory[when] ?? [];
      console.log(
        `${when}: ${processes.length} processes, ${processes.map(({ bytes }) => bytes >> 20).join(" + ")} MiB`,
      );
      expect(processes.length).toBeGreaterThanOrEqual(2);
      for (const { bytes, counts } of processes) {
        expect(bytes).toBeGreaterThan(20 << 20);
        const kept = Object.entries(counts).filter(([name]) => !name.startsWith("token"));
        expect([when, kept]).toEqual([when, []]);
      }
    }
  });

  it("of a sealed engine hold nothing of the vault and not its passphrase, whatever was sent to it since", () => {
    // A turn to capture, a refused query and a mistyped passphrase came over the socket, whose buffers may keep copies;
    // the next lock ends the process they are in.
    const sent = /^(tag|project|query|session|speaker|message|waiting|token|mistyped)/;
    for (const { counts } of memory["after a wrong passphrase"] ?? []) {
      expect(Object.keys(counts).filter((name) => !sent.test(name))).toEqual([]);
    }
    // Front, engine, and the successor that was started when the passphrase came.
    expect(memory["after a wrong passphrase"]).toHaveLength(3);
  });

  it("of the open engine hold canaries, which shows that the search works, and not the passphrase", () => {
    const counts = (memory["while open"] ?? []).map((search) => search.counts);
    const holding = counts.filter((each) => Object.keys(each).some((name) => name.startsWith("text")));
    console.log("while open:", JSON.stringify(counts));
    expect(holding).toHaveLength(1);
    for (const each of counts) {
      expect(Object.keys(each).filter((name) => /^(passphrase|mistyped)/.test(name))).toEqual([]);
    }
  });
});
