/** A host's file that is read on: what holds for its later lines, whose file it is, and whether it says what the hook was told. */
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Secret } from "../../src/base/secret.ts";
import { FileFollower } from "../../src/hooks/follow-file.ts";
import { payloadOf } from "../../src/hooks/payload.ts";
import { ReadMarks } from "../../src/hooks/read-marks.ts";
import { promptTurn } from "../../src/hooks/single-turn.ts";
import type { HookHostName } from "../../src/hooks/hook-hosts.ts";
import type { Delivery } from "../../src/hooks/turn-delivery.ts";
import { PrivatePlaces, privatePlacesPath } from "../../src/platform/privacy/private-places.ts";
import type { ImportEntry } from "../../src/protocol/methods/data-methods.ts";
import { PROJECT_ROOT } from "../support/throw-away-home.ts";

const SESSION = "5a9d5c7f-8921-46eb-9988-a1f5bace5f3a";

let folder: string;
let path: string;
let delivered: ImportEntry[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ks-follow-"));
  path = join(folder, `${SESSION}.jsonl`);
  delivered = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const marks = () => new ReadMarks(join(folder, "state"), new Secret(new Uint8Array(32).fill(7)));
const append = (...lines: readonly object[]) => {
  for (const line of lines) appendFileSync(path, `${JSON.stringify(line)}\n`);
};

/** As another process each time. */
async function follower(host: string, event: string, more: object = {}) {
  const fields = { session_id: SESSION, transcript_path: path, cwd: "/a", ...more };
  const payload = payloadOf(host, event, JSON.stringify(fields), {});
  if (payload === undefined) throw new Error("no payload");
  const delivery = {
    send: (entries: readonly ImportEntry[]) => {
      delivered.push(...entries);
      return Promise.resolve(true);
    },
  } as unknown as Delivery;
  const places = await PrivatePlaces.read(privatePlacesPath(folder));
  const told = { ...payload, fileBytes: 0, ...(more as { fileBytes?: number }) };
  return { following: new FileFollower(told, marks(), delivery, places), payload: told };
}

async function readOn(host: string, event = "Stop"): Promise<readonly string[]> {
  delivered = [];
  const { following } = await follower(host, event);
  expect(await following.readOn()).toBe(true);
  return delivered.map(({ text, project }) => `${text} in ${project}`);
}

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 29, 17, 0, seconds)).toISOString();

const codex = (type: string, payload: object) => ({ timestamp: at(0), type, payload });
const codexTurn = (number: number, text: string, cwd?: string) => {
  const turn_id = `11111111-2222-4333-8444-0000000000${number}`;
  return [
    codex("event_msg", { type: "task_started", turn_id }),
    ...(cwd === undefined ? [] : [codex("turn_context", { turn_id, cwd })]),
    codex("event_msg", { type: "user_message", message: text }),
    codex("event_msg", { type: "agent_message", message: `${text}, aye` }),
  ];
};
const copilot = (type: string, data: object, id: string) => ({ type, data, id, timestamp: at(0) });

describe("reading on from a mark knows", () => {
  it("the folder that a turn of Codex moved to", async () => {
    append(codex("session_meta", { id: SESSION, cwd: "/a" }), ...codexTurn(11, "one"));
    expect(await readOn("codex")).toEqual(["one in /a", "one, aye in /a"]);
    append(...codexTurn(12, "two", "/b"));
    expect((await readOn("codex")).slice(-2)).toEqual(["two in /b", "two, aye in /b"]);
    for (const [number, text] of [
      [13, "three"],
      [14, "four"],
    ] as const) {
      append(...codexTurn(number, text));
      expect((await readOn("codex")).slice(-2)).toEqual([`${text} in /b`, `${text}, aye in /b`]);
    }
    append(codex("session_meta", { id: SESSION, cwd: "/c" }), ...codexTurn(15, "five"));
    await readOn("codex");
    append(...codexTurn(16, "six"));
    expect(await readOn("codex")).toEqual(["five in /c", "five, aye in /c", "six in /c", "six, aye in /c"]);
    expect(new Set(delivered.map(({ session }) => session))).toEqual(new Set([SESSION]));
  });

  it("the folder that a session of Copilot was resumed in", async () => {
    const start = { sessionId: SESSION, context: { cwd: "/a" } };
    append(copilot("session.start", start, "i1"), copilot("user.message", { content: "one" }, "i2"));
    await readOn("copilot");
    append(
      copilot("session.resume", { context: { cwd: "/b" } }, "i3"),
      copilot("user.message", { content: "two" }, "i4"),
    );
    expect((await readOn("copilot")).at(-1)).toBe("two in /b");
    append(copilot("user.message", { content: "three" }, "i5"));
    expect(await readOn("copilot")).toEqual(["two in /b", "three in /b"]);
    append(copilot("user.message", { content: "four" }, "i6"));
    expect(await readOn("copilot")).toEqual(["three in /b", "four in /b"]);
  });

  it("the prompt of Claude Code that a queued one belongs to", async () => {
    const line = { sessionId: SESSION, cwd: "/a", timestamp: at(0) };
    const prompt = { ...line, type: "user", uuid: "u1", promptId: "7b0d8a2e-3c55-4a0b-9b6e-3a1d0c9e0f11" };
    const queued = (uuid: string, text: string) => ({
      ...line,
      type: "attachment",
      uuid,
      attachment: { type: "queued_command", prompt: text },
    });
    append({ ...prompt, message: { content: "one" } }, queued("u2", "two"));
    await readOn("claude-code");
    append(queued("u3", "three"));
    await readOn("claude-code");
    expect(delivered.map(({ alsoNamed = [] }) => alsoNamed[0]?.slice(0, 43))).toEqual(
      Array.from({ length: 2 }, () => `prompt:${prompt.promptId}`),
    );
  });

  it("only what it must: a long file is not read again", async () => {
    append(codex("session_meta", { id: SESSION, cwd: "/a" }), ...codexTurn(11, "one", "/b"));
    for (let line = 0; line < 400; line += 1) append(codex("response_item", { text: "x".repeat(10_000) }));
    append(...codexTurn(12, "two"));
    await readOn("codex");
    const { offset, again } = await marks().of(SESSION, path);
    expect(again.length).toBeLessThan(5);
    expect(statSync(path).size - offset).toBeLessThan(1_000);
  });
});

describe("a mark", () => {
  const line = (uuid: string, text: string) => ({
    type: "user",
    uuid,
    promptId: "7b0d8a2e-3c55-4a0b-9b6e-3a1d0c9e0f11",
    sessionId: SESSION,
    cwd: "/a",
    timestamp: at(0),
    message: { content: text },
  });

  it("belongs to one file of a session, as long as that is the same one", async () => {
    append(line("u1", "one"), line("u2", "two"));
    await readOn("claude-code");
    expect(await readOn("claude-code")).toEqual(["two in /a"]);
    const first = path;
    path = join(folder, "elsewhere.jsonl");
    append(line("u3", "three"), line("u4", "four"), line("u5", "five"));
    expect(await readOn("claude-code")).toHaveLength(3);
    path = first;
    writeFileSync(path, "");
    append(line("u6", "six"), line("u7", "seven"), line("u8", "eight"));
    expect(await readOn("claude-code")).toHaveLength(3);
  });

  it("says nothing of what it is of", async () => {
    append(line("u1", "the canary sings"), line("u2", "the canary sleeps"));
    await readOn("claude-code");
    const state = join(folder, "state", "hooks");
    const [name = ""] = readdirSync(state);
    expect(name).toMatch(/^[0-9a-f]{32}$/);
    expect(statSync(join(state, name)).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(state, name), "utf8")).toMatch(
      /^\{"offset":\d+,"again":\[[\d,]*\],"before":"[0-9a-f]{32}"\}$/,
    );
  });
});

describe("a file says what the hook was told", () => {
  const gemini = (id: string, type: string, content: string) => ({ id, timestamp: at(0), type, content });
  const beginning = { sessionId: SESSION, projectHash: "x", startTime: at(0), kind: "main" };
  const hasSeen = async (event: string, role: "user" | "assistant", text: string, fileBytes: number) => {
    const { following, payload } = await follower("gemini", event, { prompt: text, fileBytes });
    await following.readOn();
    return { isSeen: following.hasSeen({ role, text }), payload, last: following.lastName };
  };

  it("not when that was said before, word for word", async () => {
    append(beginning, gemini("m1", "user", "continue"), gemini("m2", "gemini", "Done."));
    const before = statSync(path).size;
    const told = await hasSeen("BeforeAgent", "user", "continue", before);
    expect(told.isSeen).toBe(false);
    // Known by what it follows, as its line is when that comes after all.
    const [prompt] = await promptTurn(told.payload, told.last);
    const first = delivered.find(({ messageId }) => messageId?.endsWith("m1"));
    expect(first?.alsoNamed).not.toContain(prompt?.messageId);
    append(gemini("m3", "user", "continue"));
    delivered = [];
    expect(await hasSeen("BeforeAgent", "user", "continue", before)).toMatchObject({ isSeen: true });
    expect(delivered.at(-1)?.alsoNamed).toEqual([prompt?.messageId]);
    const after = statSync(path).size;
    expect(await hasSeen("AfterAgent", "assistant", "Done.", after)).toMatchObject({ isSeen: false });
    append(gemini("m4", "gemini", "Done."));
    expect(await hasSeen("AfterAgent", "assistant", "Done.", after)).toMatchObject({ isSeen: true });
  });

  it("not when it says the end of that alone, but in several messages", async () => {
    append(beginning, gemini("m1", "user", "mend it"), gemini("m2", "gemini", "Done."));
    const told = "The fix is in and tests pass. Done.";
    const seen = () => hasSeen("AfterAgent", "assistant", told, 0);
    expect(await seen()).toMatchObject({ isSeen: false });
    append(gemini("m3", "user", "again"), gemini("m4", "gemini", "The fix is in\nand tests pass."));
    expect(await seen()).toMatchObject({ isSeen: false });
    append(gemini("m5", "gemini", "Done."));
    expect(await seen()).toMatchObject({ isSeen: true });
  });

  it("also when a prompt was written before the hook was called, or is long", async () => {
    append(beginning, gemini("m1", "user", "hoist the jib"));
    const size = statSync(path).size;
    expect(await hasSeen("BeforeAgent", "user", "hoist the jib", size)).toMatchObject({ isSeen: true });
    const long = "haul and belay ".repeat(10_000).trim();
    append(gemini("m2", "gemini", "aye"), gemini("m3", "user", long));
    expect(await hasSeen("BeforeAgent", "user", long, size)).toMatchObject({ isSeen: true });
  });
});

it.each(["claude-code", "codex", "gemini", "copilot"] as const)(
  "of %s shows its last answer to the hook that waits for it, also when another one read it first",
  async (host: HookHostName) => {
    const fixture = join(PROJECT_ROOT, "test/fixtures", host, "tool-and-resume");
    const turns = JSON.parse(readFileSync(`${fixture}.turns.json`, "utf8")) as {
      role: string;
      text: string;
    }[];
    const last = turns.findLast(({ role }) => role === "assistant")?.text ?? "";
    const sent: string[][] = [];
    const follower = async () => {
      const payload = {
        host,
        event: "Stop",
        means: "answer" as const,
        session: "s",
        folder: undefined,
        folders: [],
        transcript: `${fixture}.jsonl`,
        prompt: undefined,
        promptId: undefined,
        answer: last,
        summary: undefined,
        agent: undefined,
      };
      const send: Delivery["send"] = async (entries) => {
        sent.push(entries.map(({ text }) => text));
        return true;
      };
      const marks = new ReadMarks(folder, new Secret(new Uint8Array(32).fill(7)));
      const places = await PrivatePlaces.read(join(folder, "private"));
      return new FileFollower(payload, marks, { send } as Delivery, places);
    };
    const awaited = { role: "assistant" as const, text: last };
    for (const reader of [await follower(), await follower()]) {
      expect(reader.hasSeen(awaited)).toBe(false);
      expect(await reader.readOn()).toBe(true);
      expect(reader.hasSeen(awaited)).toBe(true);
    }
    // The second one read no more than it had to.
    expect(sent.map((texts) => texts.length)).toEqual([turns.length, expect.any(Number)]);
    expect(sent[1]?.length).toBeLessThan(turns.length);
  },
);
