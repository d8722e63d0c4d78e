import { describe, expect, it } from "vitest";
import { readClaudeMemExport, readMem0Memories } from "../../../src/capture/exports/listed-memories.ts";
import { MODIFIED, readAll } from "../read-all.ts";

describe("memories of other programs", () => {
  it("are notes of mem0", async () => {
    const memories = [
      {
        id: "1",
        memory: "Likes amber lamps",
        user_id: "u",
        created_at: "2026-03-01T10:00:00Z",
        metadata: null,
      },
      { id: "2", memory: "" },
      "odd",
      { id: "3", memory: "Sails in May" },
    ];
    const { entries, skipped } = await readAll(readMem0Memories, JSON.stringify(memories));
    expect(entries).toMatchObject([
      { kind: "note", text: "Likes amber lamps", at: "2026-03-01T10:00:00.000Z", project: null },
      { kind: "note", text: "Sails in May", at: new Date(MODIFIED).toISOString() },
    ]);
    expect(skipped).toEqual({ "unknown-shape": 2 });
  });

  it("are told apart by time and words where prompts of claude-mem have no number", async () => {
    const [early, late] = ["2026-04-01T10:00:00Z", "2026-04-01T11:00:00Z"];
    const prompts = [
      { prompt_text: "Mend the lamp" },
      { prompt_text: "Mend the quay" },
      { prompt_text: "go on", created_at: early },
      { prompt_text: "go on", created_at: late },
      { prompt_text: "go on", created_at: late, prompt_number: 4 },
    ].map((prompt) => ({ content_session_id: "s", ...prompt }));
    const document = JSON.stringify({ exportedAt: early, prompts });
    const names = async () =>
      (await readAll(readClaudeMemExport, document)).entries.map(({ messageId }) => messageId);
    expect(new Set(await names())).toHaveProperty("size", 5);
    expect(await names()).toEqual(await names());
  });

  it("are turns and notes of claude-mem", async () => {
    const { entries, skipped } = await readAll(
      readClaudeMemExport,
      JSON.stringify({
        exportedAt: "2026-04-01T10:00:00Z",
        observations: [
          { id: 1, title: "Lamp", text: "The amber lamp is out", created_at_epoch: 1_780_000_000_000 },
        ],
        summaries: [{ request: "Mend it", learned: "Fuse", created_at: "2026-04-01T10:00:00Z" }, {}],
        prompts: [
          { content_session_id: "s", prompt_number: 2, prompt_text: "Mend the <private>x</private>lamp" },
          {},
        ],
      }),
    );
    expect(entries).toMatchObject([
      { kind: "turn", role: "user", text: "Mend the lamp", session: "s", messageId: "claude-mem:s:2" },
      { kind: "note", text: "Lamp\n\nThe amber lamp is out", at: new Date(1_780_000_000_000).toISOString() },
      { kind: "note", text: "Mend it\n\nFuse" },
    ]);
    expect(skipped).toEqual({ "unknown-shape": 2 });
  });
});
