import { describe, expect, it } from "vitest";
import { readCopilotEvents } from "../../../src/capture/hosts/copilot-events.ts";
import { readCursorTranscript } from "../../../src/capture/hosts/cursor-transcript.ts";
import { MODIFIED, jsonLines, readAll } from "../read-all.ts";

const at = "2026-11-04T10:00:00.000Z";
const event = (type: string, data: unknown, id: string) => ({
  type,
  data,
  id,
  timestamp: at,
  parentId: null,
});

describe("a session of Copilot CLI", () => {
  it("gives what was typed and answered, in the folder it ran in", async () => {
    const { entries, said, skipped } = await readAll(
      readCopilotEvents,
      jsonLines(
        event("session.start", { sessionId: "s1", context: { cwd: "/work/quay" } }, "e1"),
        event("user.message", { content: "Which lamp?", transformedContent: "<time/>Which lamp?" }, "e2"),
        event("assistant.message", { content: "", toolRequests: [{}], messageId: "m0" }, "e3"),
        event("tool.execution_complete", { result: { content: "a file" } }, "e4"),
        event("assistant.message", { content: "The amber one.", reasoningText: "hm", messageId: "m1" }, "e5"),
        event("assistant.message", { content: "helper words", parentToolCallId: "t", messageId: "m2" }, "e6"),
        event("user.message", { content: "skill words", source: "skill-x" }, "e7"),
        event("hook.end", { output: { additionalContext: "brief" } }, "e8"),
      ),
    );
    expect(said).toEqual(["user: Which lamp?", "assistant: The amber one."]);
    expect(entries).toMatchObject([
      { session: "s1", project: "/work/quay", at, messageId: "s1:e2" },
      { messageId: "s1:m1" },
    ]);
    expect(skipped).toEqual({ "not-conversation": 3, "no-words": 1, sidechain: 1, meta: 1 });
  });

  it("is named by its folder when its first line is lost", async () => {
    const { entries } = await readAll(
      readCopilotEvents,
      jsonLines("{", event("user.message", { content: "words" }, "e")),
      {
        path: "/x/session-state/s9/events.jsonl",
      },
    );
    expect(entries).toMatchObject([{ session: "s9", project: null }]);
  });
});

describe("a transcript of Cursor", () => {
  const said = (role: string, ...texts: string[]) => ({
    role,
    message: { content: texts.map((text) => ({ type: "text", text })) },
  });

  it("gives what was typed without what stands around it; the time is the file's", async () => {
    const { entries, said: read } = await readAll(
      readCursorTranscript,
      jsonLines(
        said("user", "<timestamp>Tuesday</timestamp>\n<user_query>\nWhich lamp?\n</user_query>"),
        { role: "assistant", message: { content: [{ type: "tool_use", name: "read" }] } },
        said("assistant", "The amber one."),
        said("user", "Which lamp?"),
      ),
      { path: "/x/agent-transcripts/c1.jsonl" },
    );
    expect(read).toEqual(["user: Which lamp?", "assistant: The amber one.", "user: Which lamp?"]);
    expect(entries.map(({ messageId }) => messageId?.split(":")[2])).toEqual(["1", "3", "4"]);
    expect(entries[0]).toMatchObject({ at: new Date(MODIFIED).toISOString(), session: "c1", project: null });
  });

  it("is known by what it says, not by what its file is called", async () => {
    const namesOf = async (path: string, ...lines: object[]) => {
      const { entries } = await readAll(readCursorTranscript, jsonLines(...lines), { path });
      return entries.map(({ messageId }) => messageId);
    };
    const lines = [said("user", "Which lamp?"), said("assistant", "The amber one.")];
    const first = await namesOf("/a/chat.jsonl", ...lines);
    const grown = await namesOf("/b/copy of chat.jsonl", ...lines, said("user", "Thanks"));
    expect(grown.slice(0, 2)).toEqual(first);
    const others = [
      await namesOf("/b/chat.jsonl", said("user", "Which quay?"), lines[1]!),
      await namesOf("/c/chat.jsonl", said("user", "Which bridge?"), said("assistant", "The stone one.")),
      (await namesOf("/d/chat.jsonl", lines[0]!, said("assistant", "None."))).slice(1),
    ].flat();
    expect(new Set([...grown, ...others])).toHaveProperty("size", 8);
  });

  it("keeps a question about a timestamp, and goes on behind a torn line", async () => {
    const question = "What is <timestamp>x</timestamp>?";
    const { said: read, skipped } = await readAll(
      readCursorTranscript,
      jsonLines(said("user", question), "{", said("tool", "x")),
    );
    expect(read).toEqual([`user: ${question}`]);
    expect(skipped).toEqual({ "unknown-shape": 1, "not-json": 1 });
  });
});
