import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readClaudeAiExport } from "../../../src/capture/exports/claude-ai-export.ts";
import { MODIFIED, readAll } from "../read-all.ts";

const CASE = new URL("../../fixtures/cases/claude-ai-conversations.json", import.meta.url);
const ROOT = "00000000-0000-4000-8000-000000000000";
const at = (minute: number) => `2026-10-05T08:${String(minute).padStart(2, "0")}:00.000000Z`;

const message = (uuid: string, sender: string, text: string, minute: number, more = {}) => ({
  uuid,
  sender,
  text: "",
  content: text === "" ? [] : [{ type: "text", text }],
  created_at: at(minute),
  ...more,
});
const conversation = (messages: readonly unknown[], more = {}) => ({
  uuid: "conv",
  name: "Lamps",
  created_at: at(0),
  updated_at: at(59),
  chat_messages: messages,
  ...more,
});
const read = async (value: unknown) => readAll(readClaudeAiExport, JSON.stringify(value));

describe("a Claude.ai export", () => {
  it("is read where nothing but the least is there", async () => {
    expect((await readAll(readClaudeAiExport, readFileSync(CASE))).entries).toMatchObject([
      { role: "user", text: "Claude.ai words about shags.", project: null, at: "2026-11-01T10:00:00.000Z" },
    ]);
  });

  it("gives the newest leaf's branch where messages name their parents", async () => {
    const { said, skipped } = await read([
      conversation([
        message("q", "human", "Which lamp?", 1, { parent_message_uuid: ROOT }),
        message("a1", "assistant", "Red.", 2, { parent_message_uuid: "q" }),
        message("a2", "assistant", "Amber.", 4, { parent_message_uuid: "q" }),
        message("late", "human", "Thanks", 3, { parent_message_uuid: "a1" }),
      ]),
    ]);
    expect(said).toEqual(["user: Which lamp?", "assistant: Amber."]);
    expect(skipped).toEqual({ "other-branch": 2 });
  });

  it("gives the branch that is shown where the file says so", async () => {
    const messages = [
      message("q", "human", "Which lamp?", 1, { parent_message_uuid: null }),
      message("a1", "assistant", "Red.", 2, { parent_message_uuid: "q" }),
      message("a2", "assistant", "Amber.", 4, { parent_message_uuid: "q" }),
    ];
    // One conversation by itself, as other programs save it.
    const { said } = await read(conversation(messages, { current_leaf_message_uuid: "a1" }));
    expect(said).toEqual(["user: Which lamp?", "assistant: Red."]);
  });

  it("gives all messages in order where none names a parent, and goes on behind a lost one", async () => {
    const flat = [1, 2, 3].map((minute) =>
      message(`m${minute}`, minute === 2 ? "assistant" : "human", `words ${minute}`, minute),
    );
    expect((await read([conversation(flat)])).said).toEqual([
      "user: words 1",
      "assistant: words 2",
      "user: words 3",
    ]);
    const lost = [flat[0], { ...flat[2], parent_message_uuid: "gone" }];
    expect((await read([conversation(lost)])).said).toEqual(["user: words 1", "user: words 3"]);
    const circle = [
      { ...flat[0], parent_message_uuid: "m2" },
      { ...flat[1], parent_message_uuid: "m1" },
    ];
    expect((await read([conversation(circle)])).said).toHaveLength(2);
  });

  it("takes what was said out of blocks, and the text itself only where there are none", async () => {
    const blocks = [
      { type: "thinking", thinking: "hm" },
      { type: "text", text: "I look." },
      { type: "tool_use", name: "search", input: {} },
      { type: "tool_result", content: [{ type: "text", text: "rows" }] },
      { type: "text", text: "Amber." },
    ];
    const { said, skipped } = await read([
      conversation([
        message("q", "human", "", 1, { text: "Which lamp?" }),
        message("v", "human", "", 2, { content: [{ type: "voice_note", text: "spoken words" }] }),
        message("a", "assistant", "", 3, {
          content: blocks,
          text: "I look.\n\nThis block is not supported.\n\nAmber.",
        }),
        message("t", "assistant", "", 4, {
          content: blocks.slice(2, 3),
          text: "This block is not supported.",
        }),
        message("f", "human", "", 5, { attachments: [{ file_name: "a.txt", extracted_content: "a file" }] }),
        message("s", "system", "rules", 6),
      ]),
    ]);
    expect(said).toEqual(["user: Which lamp?", "user: spoken words", "assistant: I look.\n\nAmber."]);
    expect(skipped).toEqual({ "no-words": 2, "unknown-shape": 1 });
  });

  it("makes notes of what Claude remembers, each part once", async () => {
    const memory = {
      conversations_memory: "**Work**\n\nKeeps lamps.\n\n# Habits\n\nWrites at night.",
      project_memories: { p: "Quay: the amber lamp." },
      memory_files: [{ path: "/a.md", content: "Tide tables.", updated_at: at(7) }, "odd"],
      account_uuid: "acc",
    };
    const { entries } = await read([memory]);
    expect(entries).toMatchObject([
      { kind: "note", text: "**Work**\n\nKeeps lamps.", at: new Date(MODIFIED).toISOString(), project: null },
      { kind: "note", text: "# Habits\n\nWrites at night." },
      { kind: "note", text: "Quay: the amber lamp." },
      { kind: "note", text: "Tide tables.", at: "2026-10-05T08:07:00.000Z" },
    ]);
    expect((await read(memory)).entries).toEqual(entries);
  });

  it("saves what stands around damage: odd messages, an export that was cut, odd times", async () => {
    const { said, skipped, entries } = await read([
      "odd",
      { uuid: "x" },
      conversation([null, message("m", "human", "words", 1, { created_at: "yesterday" })]),
    ]);
    expect(said).toEqual(["user: words"]);
    expect(entries[0]?.at).toBe("2026-10-05T08:00:00.000Z");
    expect(skipped).toEqual({ "unknown-shape": 3 });
    const text = JSON.stringify([
      conversation([message("m1", "human", "first", 1), message("m2", "human", "second", 2)]),
    ]);
    const cut = await readAll(readClaudeAiExport, text.slice(0, text.indexOf("second") + 2));
    expect(cut).toMatchObject({ said: ["user: first"], skipped: { "not-json": 1 } });
  });
});
