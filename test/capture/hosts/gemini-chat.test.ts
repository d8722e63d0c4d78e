import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { readGeminiChat } from "../../../src/capture/hosts/gemini-chat.ts";
import { jsonLines, readAll } from "../read-all.ts";

const SESSION = "5d0e7a52-0000-4000-8000-000000000001";
const start = { sessionId: SESSION, projectHash: "ab", startTime: "2026-11-03T10:00:00.000Z", kind: "main" };
const at = (second: number) => new Date(Date.UTC(2026, 10, 3, 10, 0, second)).toISOString();
const user = (id: string, content: unknown, more = {}) => ({
  id,
  timestamp: at(1),
  type: "user",
  content,
  ...more,
});
const gemini = (id: string, content: unknown, more = {}) => ({
  id,
  timestamp: at(2),
  type: "gemini",
  content,
  ...more,
});

describe("a chat of Gemini CLI", () => {
  it("gives what was typed and answered, not what the host put in or did", async () => {
    const { said, entries, skipped } = await readAll(
      readGeminiChat,
      jsonLines(
        start,
        { $set: { messages: [user("c", [{ text: "<session_context>\nA folder.\n</session_context>" }])] } },
        user("u1", [{ text: "Which lamp is out?" }, { text: "<hook_context>remember</hook_context>" }]),
        { $set: { lastUpdated: at(3) } },
        gemini("g0", "", { toolCalls: [{ id: "t", name: "read_file" }] }),
        user("r", [{ functionResponse: { id: "t", name: "read_file", response: {} } }]),
        gemini("g1", [{ text: "secret", thought: true }, { text: "The amber " }, { text: "one." }]),
        { id: "i", timestamp: at(4), type: "info", content: "Request cancelled." },
        { id: "e", timestamp: at(4), type: "error", content: "[API Error]" },
        { $rewindTo: "u1" },
      ),
    );
    expect(said).toEqual(["user: Which lamp is out?", "assistant: The amber one."]);
    expect(entries).toMatchObject([
      { session: SESSION, at: at(1), messageId: `${SESSION}:u1`, project: null },
      { at: at(2) },
    ]);
    expect(skipped).toEqual({ "not-conversation": 3, "no-words": 2, meta: 3 });
  });

  it("gives a message once however often it is written, also in a patch", async () => {
    const question = user("u1", "Which lamp?");
    const answer = gemini("g1", "The amber one.");
    const { said } = await readAll(
      readGeminiChat,
      jsonLines(
        start,
        question,
        answer,
        { ...answer, tokens: { total: 4 } },
        { $set: { messages: [question, gemini("g1", [{ text: "The amber one." }]), user("u2", "Thanks")] } },
        user("u2", [{ text: "Thanks" }]),
      ),
    );
    expect(said).toEqual(["user: Which lamp?", "assistant: The amber one.", "user: Thanks"]);
  });

  it.each([
    [
      "before the prompt",
      "<hook_context>be brief</hook_context>\n\nMend <hook_context> in the docs",
      "Mend <hook_context> in the docs",
    ],
    [
      "nowhere, only spoken of",
      "What is <hook_context>x</hook_context> for?",
      "What is <hook_context>x</hook_context> for?",
    ],
    ["nowhere, only begun", "<hook_context> is never closed", "<hook_context> is never closed"],
  ])("takes out a context that stands %s", async (_, text, typed) => {
    expect((await readAll(readGeminiChat, jsonLines(start, user("u1", [{ text }])))).said).toEqual([
      `user: ${typed}`,
    ]);
  });

  it("leaves out the files that a prompt names, and bare commands", async () => {
    const files = [
      "see @quay.md",
      "\n--- Content from referenced files ---",
      "quay words",
      "\n--- End of content ---",
    ];
    const { said, skipped } = await readAll(
      readGeminiChat,
      jsonLines(
        start,
        user(
          "u1",
          files.map((text) => ({ text })),
        ),
        user("u2", "/compress"),
      ),
    );
    expect(said).toEqual(["user: see @quay.md"]);
    expect(skipped).toMatchObject({ meta: 1 });
  });

  it("is read from the one object of an older file too, cut or whole", async () => {
    const older = JSON.stringify(
      { ...start, messages: [user("u1", "Which lamp?"), gemini("g1", "The amber one.")] },
      null,
      2,
    );
    const whole = await readAll(readGeminiChat, older);
    expect(whole.said).toEqual(["user: Which lamp?", "assistant: The amber one."]);
    const newer = jsonLines(start, user("u1", [{ text: "Which lamp?" }]));
    expect(whole.entries.slice(0, 1)).toEqual((await readAll(readGeminiChat, newer)).entries);
    const cut = await readAll(readGeminiChat, older.slice(0, -30));
    expect(cut.said).toEqual(["user: Which lamp?"]);
    expect(cut.skipped).toMatchObject({ "not-json": 1 });
  });

  it("belongs to the folder that is named beside its chats", async () => {
    const folder = mkdtempSync(join(tmpdir(), "keepsake-gemini-"));
    try {
      mkdirSync(join(folder, "quay", "chats"), { recursive: true });
      writeFileSync(join(folder, "quay", ".project_root"), "/work/quay\n");
      const content = jsonLines(start, user("u1", "Which lamp?"));
      const { entries } = await readAll(readGeminiChat, content, {
        path: join(folder, "quay", "chats", "a.jsonl"),
      });
      expect(entries).toMatchObject([{ project: "/work/quay" }]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("leaves out a helper's chat, and counts damaged lines", async () => {
    const helper = await readAll(
      readGeminiChat,
      jsonLines({ ...start, kind: "subagent" }, user("u1", "do this")),
    );
    expect(helper).toMatchObject({ entries: [], skipped: { sidechain: 1 } });
    const damaged = await readAll(readGeminiChat, jsonLines(start, '{"id":', user("u1", "words")));
    expect(damaged).toMatchObject({ said: ["user: words"], skipped: { "not-json": 1 } });
  });

  const message = fc.record({
    id: fc.constantFrom("a", "b", "c", "d"),
    type: fc.constantFrom("user", "gemini"),
  });
  test.prop([fc.array(message, { maxLength: 8 }), fc.array(fc.nat(8), { maxLength: 6 }), fc.nat(14)])(
    "has the same turns whichever lines are there twice, and none that go away as it grows",
    async (messages, twice, cut) => {
      const written = messages.map(({ id, type }) => ({
        id,
        timestamp: at(1),
        type,
        content: `words of ${id}`,
      }));
      const lines = [...written, ...twice.flatMap((index) => written[index] ?? [])];
      const ids = async (some: readonly unknown[]) =>
        (await readAll(readGeminiChat, jsonLines(start, ...some))).entries.map(({ messageId }) => messageId);
      const all = await ids(lines);
      expect(all).toEqual(await ids(written));
      const beginning = await ids(lines.slice(0, cut));
      expect(all.slice(0, beginning.length)).toEqual(beginning);
    },
  );
});
