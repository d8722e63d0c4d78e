import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PEEK_BYTES, detectFormat, namedAs } from "../../src/capture/detect-format.ts";

const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
const note = JSON.stringify({ kind: "note", text: "words", project: null, at: "2026-10-12T08:00:00Z" });

describe("the format of a file", () => {
  it.each([
    ["a transcript", fixture("claude-code/lantern.jsonl"), "claude-code"],
    ["a transcript with damaged lines", fixture("claude-code/damaged.jsonl"), "claude-code"],
    ["our own lines", Buffer.from(`${note}\n${note}\n`), "keepsake"],
    ["our own lines behind a line that is none", Buffer.from(`{"cut\n${note}\n`), "keepsake"],
    ["plain words", Buffer.from("# just words"), undefined],
    ["nothing at all", Buffer.alloc(0), undefined],
    ["another program's JSON Lines", Buffer.from('{"level":"info"}\n'), undefined],
    ["a JSON document", Buffer.from('[\n{"name": "x"}\n]'), undefined],
    ["an object over several lines", Buffer.from('{\n "kind": "note"\n}'), undefined],
    ["bytes with NUL", Buffer.from([0x50, 0x4b, 3, 4, 0]), undefined],
    ["bytes that are not UTF-8", Buffer.from([0xff, 0xfe, 0x41]), undefined],
  ])("is told from %s", (_, bytes, expected) => {
    expect(detectFormat(bytes, true, "anything")).toBe(expected);
  });

  it.each([
    ["headings", fixture("harbour-notes.md"), "markdown"],
    ["plain words", Buffer.from("just words"), "markdown"],
    ["nothing at all", Buffer.alloc(0), "markdown"],
    ["words behind a byte order mark", Buffer.from("\uFEFF# Title"), "markdown"],
    ["our own lines", Buffer.from(`${note}\n`), "keepsake"],
    ["bytes with NUL", Buffer.from([0x50, 0x4b, 3, 4, 0]), undefined],
  ])("is Markdown only where the name says so: %s", (_, bytes, expected) => {
    expect(detectFormat(bytes, true, "markdown")).toBe(expected);
    if (expected === "markdown") expect(detectFormat(bytes, true, "anything")).toBeUndefined();
  });

  it.each([
    ["a.md", "markdown"],
    ["/x/B.MARKDOWN", "markdown"],
    ["c.mdx", "markdown"],
    ["d.jsonl", "lines"],
    ["e.json", "json"],
    ["/etc/passwd", "anything"],
    ["notes.txt", "anything"],
    ["md", "anything"],
  ] as const)("is told from the name %s as far as that goes", (name, expected) => {
    expect(namedAs(name)).toBe(expected);
  });

  it.each([
    ["words", Buffer.from("just words"), undefined],
    ["our own lines behind words", Buffer.from(`words\n${note}\n`), "keepsake"],
    ["another program's JSON Lines", Buffer.from('{"level":"info"}\n'), undefined],
    ["bytes with NUL", Buffer.from([0x50, 0x4b, 3, 4, 0]), undefined],
  ])("is never Markdown where the name says JSON: %s", (_, bytes, expected) => {
    expect(detectFormat(bytes, true, "json")).toBe(expected);
    // What is left of a transcript, when the name says lines.
    expect(detectFormat(bytes, true, "lines")).toBe(_ === "words" ? "claude-code" : expected);
  });

  const talk = { id: "m", mapping: { m: { message: { content: "x".repeat(PEEK_BYTES) } } } };
  it.each([
    ["a Codex rollout", fixture("cases/codex-rollout.jsonl"), "codex"],
    ["a ChatGPT export", fixture("cases/chatgpt-conversations.json"), "chatgpt"],
    ["a Claude.ai export", fixture("cases/claude-ai-conversations.json"), "claude-ai"],
    ["an export with one enormous conversation", Buffer.from(JSON.stringify([talk])), "chatgpt"],
    ["an export over many lines", Buffer.from(JSON.stringify([{ id: 1 }, talk], null, 2)), "chatgpt"],
    ["one conversation of Claude.ai", Buffer.from('{"uuid":"c","chat_messages":[]}'), "claude-ai"],
    ["what Claude.ai remembers", Buffer.from('[{"conversations_memory":"words"}]'), "claude-ai"],
    ["a chat of Gemini", Buffer.from('{"sessionId":"s","projectHash":"h","kind":"main"}\n'), "gemini"],
    [
      "an older chat of Gemini",
      Buffer.from('{\n"sessionId":"s",\n"projectHash":"h",\n"messages":[]\n}'),
      "gemini",
    ],
    [
      "a session of Copilot",
      Buffer.from('{"type":"session.start","data":{},"id":"e","parentId":null}\n'),
      "copilot",
    ],
    ["a transcript of Cursor", Buffer.from('{"role":"user","message":{"content":[]}}\n'), "cursor"],
    [
      "the memory server's file",
      Buffer.from('{"type":"entity","name":"a","entityType":"b","observations":[]}'),
      "server-memory",
    ],
    ["a list of mem0", Buffer.from('[{"id":"1","memory":"words","created_at":"2026-03-01"}]'), "mem0"],
    [
      "an export of claude-mem",
      Buffer.from('{"exportedAt":"2026","query":"","observations":[]}'),
      "claude-mem",
    ],
    ["a list of machines", Buffer.from('[{"id":"1","memory":"16 GB"}]'), undefined],
    ["a package.json", Buffer.from('{"name":"a","type":"module","version":"1.0.0"}'), undefined],
    ["a tsconfig.json with comments", Buffer.from('// base\n{"compilerOptions":{}}'), undefined],
    ["a list of names and contents", Buffer.from('[{"role":"user","content":"x"},{"name":"a"}]'), undefined],
    ["a log of events", Buffer.from('{"type":"request.done","data":{},"id":"e"}\n'), undefined],
  ])("is told from the content, not the name: %s", (_, bytes, expected) => {
    const start = bytes.subarray(0, PEEK_BYTES);
    for (const named of ["anything", "json", "lines"] as const) {
      if (bytes.toString().startsWith("//") && named === "lines") continue;
      expect(detectFormat(start, bytes.length <= PEEK_BYTES, named)).toBe(expected);
    }
  });

  it("is told from the beginning of a transcript's enormous first line", () => {
    const line = JSON.stringify({
      type: "file-history-snapshot",
      snapshot: { files: "x".repeat(PEEK_BYTES) },
    });
    expect(detectFormat(Buffer.from(line).subarray(0, PEEK_BYTES), false, "anything")).toBe("claude-code");
  });

  it("is told when what is looked at ends inside a character", () => {
    const bytes = Buffer.from("日本語");
    expect(detectFormat(bytes.subarray(0, 8), false, "markdown")).toBe("markdown");
    expect(detectFormat(bytes.subarray(0, 8), true, "markdown")).toBeUndefined();
  });
});
