/** What hosts really send, piped into the built `keepsake-mcp`, whose input ends right behind it. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ThrowAwayHome, expectSuccess } from "../support/throw-away-home.ts";
import { McpHost } from "./support/mcp-host.ts";

const home = new ThrowAwayHome();
beforeAll(async () => {
  await home.init();
  expectSuccess(await home.run(["client", "add", "mcp"]));
  const at = new Date(Date.now() - 86_400_000).toISOString();
  const old = { kind: "note", project: null, text: "An otter of long ago.", at: "2020-01-01T00:00:00Z" };
  const file = join(home.folder, "otters.jsonl");
  writeFileSync(
    file,
    [{ kind: "note", project: null, text: "An otter, seen yesterday.", at }, old]
      .map((note) => `${JSON.stringify(note)}\n`)
      .join(""),
  );
  expectSuccess(await home.run(["import", "--format", "keepsake", file]));
});
afterAll(() => home.remove());

const HELLO = [
  {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "p", version: "0" } },
  },
  { jsonrpc: "2.0", method: "notifications/initialized" },
];
const call = (id: number, name: string, given?: unknown) => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name, ...(given !== undefined && { arguments: given }) },
});

interface Answer {
  readonly id: number;
  readonly result?: {
    readonly isError?: boolean;
    readonly content?: readonly { readonly text: string }[];
    readonly structuredContent?: Readonly<Record<string, unknown>>;
  };
}

/** All that the server wrote until it ended, by id; and how it ended. */
async function piped(messages: readonly object[]) {
  const [command = "", ...args] = home.commandLine("keepsake-mcp", []);
  const child = spawn(command, args, { cwd: home.folder, env: home.env });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.end(messages.map((message) => `${JSON.stringify(message)}\n`).join(""));
  const code = await new Promise((resolve) => child.once("close", resolve));
  const answers = stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Answer);
  return { code, stderr, answers, by: (id: number) => answers.find((answer) => answer.id === id)?.result };
}

describe("calls in a pipe whose end is there already", () => {
  it("are all answered, with the slips of the host understood", async () => {
    const { code, stderr, answers, by } = await piped([
      ...HELLO,
      call(2, "memory_save", { text: "Tags as a JSON string: otter.", tags: '["a","b"]' }),
      call(3, "memory_save", { text: "Pinned as a string: otter.", pinned: "true" }),
      call(4, "memory_search", { query: "otter", task_progress: "- [x] look" }),
      call(5, "memory_search", { query: "otter", after: "yesterday" }),
      call(6, "memory_status", null),
      call(7, "memory_recent"),
      call(8, "memory_search", { query: "otter", limit: "1000", kind: "Note", tags: "", session: null }),
    ]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(answers.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    for (const id of [2, 3, 4, 5, 6, 7, 8]) expect([id, by(id)?.isError ?? false]).toEqual([id, false]);
    expect(by(4)?.structuredContent?.["remarks"]).toEqual([
      'left out, as there is no such argument: "task_progress"',
    ]);
    expect(by(4)?.content?.[0]?.text).toMatch(/"task_progress"\.$/);
    expect(by(4)?.content?.[0]?.text).not.toContain("[x] look");
    expect(by(5)?.content?.[0]?.text).toContain("seen yesterday");
    expect(by(5)?.content?.[0]?.text).not.toContain("long ago");
    expect(by(8)?.structuredContent?.["remarks"]).toEqual(["limit is 100, the most there may be"]);
  });

  it("are stored as they were meant", async () => {
    const listed = JSON.parse(expectSuccess(await home.run(["recent", "--json"]))) as {
      memories: readonly { text: string; tags: readonly string[]; pinned: boolean }[];
    };
    const named = (part: string) => listed.memories.find(({ text }) => text.includes(part));
    expect(named("JSON string")?.tags).toEqual(["a", "b"]);
    expect(named("Pinned")?.pinned).toBe(true);
  });
});

describe.each(["modern", "legacy"] as const)("the official client in the %s era", (era) => {
  it("gets what it meant, and forgets no more than it said", async () => {
    const host = await McpHost.start(home, { era });
    try {
      const saved = await host.call("memory_save", {
        content: "A heron, tagged.",
        Tags: `- Bird-${era}\n- water`,
        expires_at: "in 3 days",
        trust: "user",
      });
      expect([saved.isError, saved.structured["remarks"]]).toEqual([
        false,
        ['left out, as there is no such argument: "trust"'],
      ]);
      for (const after of ["yesterday", "last week", "2026-05", "7d"]) {
        const found = await host.call("memory_search", { query: "heron", after, tags: [`BIRD-${era}`] });
        expect([after, found.isError, found.text.includes("A heron, tagged.")]).toEqual([after, false, true]);
      }
      const wide = await host.call("memory_forget", { tags: `bird-${era}`, older_than: "1d" });
      expect([wide.isError, wide.text]).toEqual([true, expect.stringContaining('no argument "older_than"')]);
      const flat = await host.call("memory_forget", { tags: `bird-${era}`, kind: "NOTE" });
      expect(flat.structured["count"]).toBe(1);
      expect((await host.call("memory_search", { q: "otter" })).text).toContain("otter");
    } finally {
      await host.close();
    }
  });
});
