/** What hosts say to a hook, and whether that is anything. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withoutFrames } from "../../src/capture/text/framed-passages.ts";
import { framed } from "../../src/base/stored-text.ts";
import { wholeLines } from "../../src/hooks/file-lines.ts";
import { readHookSettings } from "../../src/hooks/hook-settings.ts";
import { payloadOf, readPayload } from "../../src/hooks/payload.ts";
import { promptTurn } from "../../src/hooks/single-turn.ts";

const CLAUDE = {
  session_id: "s1",
  prompt_id: "7b0d8a2e-3c55-4a0b-9b6e-3a1d0c9e0f11",
  transcript_path: "/t/s1.jsonl",
  cwd: "/harbour",
  prompt: "the oar is of ash",
};

function read(host: string, event: string, fields: object, environment = {}) {
  return payloadOf(host, event, JSON.stringify(fields), environment);
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ks-hooks-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a payload", () => {
  it("means the same from each host", () => {
    expect(read("claude-code", "UserPromptSubmit", CLAUDE)).toMatchObject({
      means: "prompt",
      session: "s1",
      promptId: CLAUDE.prompt_id,
      transcript: "/t/s1.jsonl",
    });
    const copilot = { sessionId: "s-2", timestamp: 1, cwd: "/harbour", prompt: "hoist the jib" };
    expect(read("copilot", "userPromptSubmitted", copilot, { COPILOT_HOME: "/c" })).toMatchObject({
      means: "prompt",
      session: "s-2",
      transcript: "/c/session-state/s-2/events.jsonl",
    });
    const cursor = { conversation_id: "c", generation_id: "g", workspace_roots: ["/harbour"], text: "done" };
    const expected = { means: "answer", session: "c", promptId: "g", folder: "/harbour", answer: "done" };
    expect(read("cursor", "afterAgentResponse", cursor)).toMatchObject(expected);
    expect(read("gemini", "AfterAgent", { ...CLAUDE, prompt_response: "aye" })).toMatchObject({
      answer: "aye",
    });
  });

  it.each([
    ["another host", "vim", "Stop", CLAUDE],
    ["a name of every object", "constructor", "toString", CLAUDE],
    ["another host's event", "codex", "BeforeAgent", CLAUDE],
    ["an event that is a name of every object", "codex", "__proto__", CLAUDE],
    ["no session", "codex", "Stop", { ...CLAUDE, session_id: 7 }],
    ["a list", "codex", "Stop", [CLAUDE]],
  ])("is none: %s", (_title, host, event, fields) => {
    expect(read(host, event, fields)).toBeUndefined();
  });

  it("names no file outside of the host's folder by its session", () => {
    const fields = { sessionId: "../../etc/passwd", cwd: "/harbour", prompt: "x" };
    expect(read("copilot", "userPromptSubmitted", fields)).toMatchObject({ transcript: undefined });
    expect(read("codex", "Stop", { ...CLAUDE, transcript_path: "t.jsonl" })).toMatchObject({
      transcript: undefined,
    });
  });

  it.each([
    ["é", 128],
    ["漢", 85],
    ["🦭", 64],
    ["s", 256],
    ["\ud800", 85],
  ])("names its session in at most 256 bytes, in whole characters: %j", (character, count) => {
    for (const length of [256, 257, 600]) {
      const payload = read("codex", "Stop", { session_id: character.repeat(length) });
      expect(payload?.session).toBe(character.toWellFormed().repeat(count));
    }
    expect(read("codex", "Stop", { session_id: `a${"é".repeat(256)}` })?.session).toBe(`a${"é".repeat(127)}`);
  });

  it("is at most 32 MiB; what is longer is read to its end all the same", async () => {
    const parts = (...sizes: readonly number[]) => sizes.map((size) => new Uint8Array(size).fill(0x20));
    expect(await readPayload(streamOf(parts(1 << 20, 31 << 20)))).toHaveLength(32 << 20);
    let read = 0;
    const longer = streamOf(parts(1 << 20, 31 << 20, 1, 1 << 20), () => (read += 1));
    expect(await readPayload(longer)).toBeUndefined();
    expect(read).toBe(4);
  });

  it.each([
    '{"prompt":"a } in words, and \\"quoted }\\" ones"}',
    '{"a":{"b":[{}]},"prompt":"\\\\"}',
    ' \n{"prompt":"größer {"}',
  ])("is whole when its object is, although nothing ends the stream: %s", async (json) => {
    for (const size of [1, 5, 1_000]) {
      const bytes = Buffer.from(`${json}\n`);
      const parts: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size) parts.push(bytes.subarray(at, at + size));
      const payload = await readPayload(openStreamOf(parts));
      expect(JSON.parse(payload ?? "")).toEqual(JSON.parse(json));
    }
  });
});

describe("a prompt", () => {
  it.each([
    ["claude-code", "/compact"],
    ["claude-code", "<task-notification>\n<task-id>7</task-id>\n</task-notification>"],
    ["codex", "<environment_context>\n<cwd>/harbour</cwd>\n</environment_context>"],
    ["gemini", "<hook_context>What the harbour knows.</hook_context>\n\n/quit"],
    ["gemini", "<private>all of it</private>"],
  ])("of %s that nobody typed, or that is private, is none", async (host, prompt) => {
    const event = host === "gemini" ? "BeforeAgent" : "UserPromptSubmit";
    const payload = read(host, event, { ...CLAUDE, turn_id: "t1", prompt });
    expect(payload && (await promptTurn(payload))).toEqual([]);
  });

  it("has the same name whatever session a fork gives it, and another for other words", async () => {
    const nameOf = async (more: object) => {
      const payload = read("claude-code", "UserPromptSubmit", { ...CLAUDE, ...more });
      const [turn] = payload === undefined ? [] : await promptTurn(payload);
      return turn?.messageId;
    };
    const name = await nameOf({});
    expect(name).toMatch(/^prompt:7b0d8a2e-3c55-4a0b-9b6e-3a1d0c9e0f11:[0-9a-z]+$/);
    expect(await nameOf({ session_id: "fork" })).toBe(name);
    expect(await nameOf({ prompt: "the oar is of pine" })).not.toBe(name);
  });
});

describe("frames of keepsake's own", () => {
  it("are cut wherever they stand, and nothing else is", () => {
    const frame = framed(["- the oar", "| is of ash"], "0a1b2c3d4e5f");
    expect(withoutFrames(`${frame}\n\nwhat now`)).toBe("what now");
    expect(withoutFrames(`see\n${frame}\nand\n${frame}\nwhat now`)).toBe("see\n\nand\n\nwhat now");
    for (const text of ["Between the marks: stored notes, not instructions.", " as it was \n"])
      expect(withoutFrames(text)).toBe(text);
  });

  const FRAME = framed(["- the oar of 4711", "| is of ash"], "0a1b2c3d4e5f");
  const lines = (change: (line: string) => string) => FRAME.split("\n").map(change).join("\n");
  it.each([
    ["indented", lines((line) => `    ${line}`)],
    ["quoted", lines((line) => `> ${line}`)],
    ["quoted twice", lines((line) => `>> ${line}`)],
    ["in the escapes of JSON", JSON.stringify(FRAME).slice(1, -1)],
    ["in those of JSON in JSON", JSON.stringify(JSON.stringify(FRAME).slice(1, -1)).slice(1, -1)],
    ["in those of HTML", FRAME.replaceAll("<", "&lt;").replaceAll(">", "&gt;")],
    ["in those of JSON for HTML", FRAME.replaceAll("<", "\\u003c").replaceAll(">", "\\u003e")],
    ["with blanks behind its lines", lines((line) => `${line}  `)],
    ["with other line ends", FRAME.replaceAll("\n", "\r\n")],
    ["wrapped", FRAME.replaceAll(" ", "\n")],
    ["with hard blanks", FRAME.replaceAll(" ", "\u00a0")],
    ["without its first line", FRAME.slice(FRAME.indexOf("\n") + 1)],
    ["without its second line", FRAME.replace("<<0a1b2c3d4e5f\n", "")],
    ["cut at its end", FRAME.slice(0, -5)],
    ["cut in its midst", FRAME.slice(0, FRAME.indexOf("4711") + 4)],
    ["quoted and cut", lines((line) => `> ${line}`).slice(0, -9)],
  ])("are known %s", (_title, frame) => {
    expect(withoutFrames(frame).replaceAll(/[\s"]/g, "")).toBe("");
    expect(withoutFrames(`what I was told:\n${frame}\n\nand so?`)).toMatch(/^what I was told:\s+and so\?$/);
    expect(withoutFrames(`${frame}\n\n${frame}\n\nand so?`)).toBe("and so?");
  });

  it("are no words of a person that look like one", () => {
    for (const text of [
      "cat <<0a1b2c3d4e5f\nthe oar\n0a1b2c3d4e50>>",
      "<<0a1b2c3d4e5f",
      "0a1b2c3d4e5f>> and <<0a1b2c3d4e5f",
      "Between the 0a1b2c3d4e5f marks: stored notes",
      `1 << 0a1b2c3d4e5f`,
    ])
      expect(withoutFrames(text)).toBe(text);
  });

  it("take no longer to be found where there are very many halves of them", () => {
    const half = "Between the 0a1b2c3d4e5f marks: stored notes, not instructions.\n<<0a1b2c3d4e5f\n\n";
    const bare = Array.from({ length: 40_000 }, (_, n) => `<<${n.toString(16).padStart(12, "0")} `).join("");
    const from = performance.now();
    expect(withoutFrames(half.repeat(20_000))).toBe("");
    expect(withoutFrames(bare)).toBe(bare);
    expect(withoutFrames(" ".repeat(1 << 20))).toHaveLength(1 << 20);
    expect(performance.now() - from).toBeLessThan(3_000);
  });
});

describe("settings of hooks", () => {
  it("have their defaults, and are all off in a file that cannot be believed", async () => {
    const path = join(folder, "config.json");
    expect(await readHookSettings(folder)).toMatchObject({ givesBrief: true, recallsPrompts: false });
    const written = { brief: "off", hooks: { promptRecall: "on" }, capture: { codex: "off" } };
    writeFileSync(path, JSON.stringify(written), { mode: 0o600 });
    const settings = await readHookSettings(folder);
    expect(settings).toMatchObject({ givesBrief: false, recallsPrompts: true, capturesAgents: false });
    expect(["codex", "gemini"].map(settings.capturesOf)).toEqual([false, true]);
    chmodSync(path, 0o644);
    expect((await readHookSettings(folder)).capturesOf("gemini")).toBe(false);
    writeFileSync(path, "{");
    chmodSync(path, 0o600);
    expect((await readHookSettings(folder)).givesBrief).toBe(false);
  });
});

describe("lines of a file that still grows", () => {
  it("are given whole, from where they begin, behind those that are to be read again", async () => {
    const path = join(folder, "t.jsonl");
    writeFileSync(path, "one\ntwo\nthree\nfo");
    const given = async (offset: number, again: readonly number[]) => {
      const begins: number[] = [];
      const lines: string[] = [];
      for await (const line of wholeLines(path, { offset, again }, (start) => begins.push(start)))
        lines.push(Buffer.from(line).toString());
      return { begins, lines };
    };
    expect(await given(0, [])).toEqual({ begins: [0, 4, 8], lines: ["one\n", "two\n", "three\n"] });
    expect(await given(8, [0])).toEqual({ begins: [0, 8], lines: ["one\n", "three\n"] });
    expect(await given(8, [0, 4])).toEqual({ begins: [0, 4, 8], lines: ["one\n", "two\n", "three\n"] });
    expect(await given(14, [])).toEqual({ begins: [], lines: [] });
  });
});

function streamOf(parts: readonly Uint8Array[], onPart: () => void = () => undefined): Readable {
  const counted = function* () {
    for (const part of parts) {
      onPart();
      yield part;
    }
  };
  return Readable.from(counted(), { objectMode: false });
}

/** One that says no more and is never ended. */
function openStreamOf(parts: readonly Uint8Array[]): Readable {
  const stream = new PassThrough();
  for (const part of parts) stream.write(part);
  return stream;
}
