import { readFileSync } from "node:fs";
import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { readCodexRollout } from "../../../src/capture/hosts/codex-rollout.ts";
import { jsonLines, readAll } from "../read-all.ts";

const CASE = new URL("../../fixtures/cases/codex-rollout.jsonl", import.meta.url);
const THREAD = "019ac000-0000-7000-8000-00000000a001";
const USER_ITEM = "019ac000-0000-7000-8000-00000000b001";

let second = 0;
const line = (type: string, payload: unknown, more = {}) => {
  second += 1;
  return { timestamp: new Date(Date.UTC(2026, 10, 2, 9, 0, second)).toISOString(), type, payload, ...more };
};
const meta = (more = {}) => line("session_meta", { id: THREAD, cwd: "/work/quay", source: "cli", ...more });
const item = (type: "UserMessage" | "AgentMessage", id: string | undefined, ...texts: string[]) =>
  line("event_msg", {
    type: "item_completed",
    thread_id: THREAD,
    item: {
      type,
      id,
      content: texts.map((text) => ({ type: type === "UserMessage" ? "text" : "Text", text })),
    },
  });
const old = (type: "user_message" | "agent_message", message: unknown) =>
  line("event_msg", { type, message });

describe("a Codex rollout", () => {
  it("is read where old lines and items stand side by side", async () => {
    const { entries, skipped } = await readAll(readCodexRollout, readFileSync(CASE));
    expect(entries).toMatchObject([
      { role: "user", text: "Codex question about auks.", project: "/srv/none/lantern", session: "cx1" },
      { role: "assistant", text: "Codex answer about auks.", at: "2026-11-01T10:00:02.000Z" },
    ]);
    expect(skipped).toEqual({ "not-conversation": 1 });
  });

  it("gives each item once, by its id: of the person's own a UUID, of an answer one of its thread", async () => {
    const { entries, said, skipped } = await readAll(
      readCodexRollout,
      jsonLines(
        meta(),
        line("response_item", {
          type: "message",
          role: "developer",
          content: [{ type: "input_text", text: "rules" }],
        }),
        item("UserMessage", USER_ITEM, "Where do terns rest?"),
        line("response_item", {
          type: "message",
          role: "user",
          content: [{ type: "input_text", text: "Where?" }],
        }),
        line("event_msg", {
          type: "item_completed",
          item: { type: "Reasoning", id: "r", summary_text: ["hm"] },
        }),
        item("AgentMessage", "msg_1", "I will look."),
        line("response_item", { type: "function_call", name: "shell", arguments: "{}" }),
        item("AgentMessage", "msg_2", "On the buoy.", "And on the pier."),
        line("event_msg", { type: "task_complete", last_agent_message: "On the buoy." }),
        line("compacted", { message: "summary", replacement_history: [] }),
      ),
    );
    expect(said).toEqual([
      "user: Where do terns rest?",
      "assistant: I will look.",
      "assistant: On the buoy.\n\nAnd on the pier.",
    ]);
    expect(entries.map(({ messageId }) => messageId)).toEqual([
      USER_ITEM,
      `${THREAD}:msg_1`,
      `${THREAD}:msg_2`,
    ]);
    expect(new Set(entries.map(({ project }) => project))).toEqual(new Set(["/work/quay"]));
    expect(skipped).toEqual({ "not-conversation": 7 });
  });

  it("gives a message once that is written in both ways, and twice what was said twice", async () => {
    const { said } = await readAll(
      readCodexRollout,
      jsonLines(
        meta(),
        old("user_message", "go on"),
        item("UserMessage", USER_ITEM, "go on"),
        item("AgentMessage", "msg_1", "done"),
        old("agent_message", "done"),
        line("turn_context", { cwd: "/work/quay" }),
        old("user_message", "go on"),
        old("agent_message", "done"),
        item("AgentMessage", "msg_2", "done"),
      ),
    );
    expect(said).toEqual(["user: go on", "assistant: done", "user: go on", "assistant: done"]);
  });

  it.each([
    ["the environment", "<environment_context>\n  <cwd>/x</cwd>\n</environment_context>"],
    ["instructions", "<user_instructions>\nBe brief.\n</user_instructions>"],
    ["an AGENTS.md", "# AGENTS.md instructions for /x\n\n<INSTRUCTIONS>\nBe brief.\n</INSTRUCTIONS>"],
    ["a command", "<user_shell_command>\nls\n</user_shell_command>"],
  ])("leaves out %s that the host wrote, not a question about it", async (_, machine) => {
    const typed = `What does this mean: ${machine}`;
    const behind = `${machine} is what I see`;
    const { said, skipped } = await readAll(
      readCodexRollout,
      jsonLines(meta(), ...[machine, typed, behind].map((text) => old("user_message", text))),
    );
    expect(said).toEqual([`user: ${typed}`, `user: ${behind}`]);
    expect(skipped).toMatchObject({ meta: 1 });
  });

  it("takes the request out of what an editor put around it", async () => {
    const text =
      "# Context from my IDE setup:\n\n## Open tabs:\n- a.ts\n\n## My request for Codex:\nrename the quay";
    expect((await readAll(readCodexRollout, jsonLines(meta(), old("user_message", text)))).said).toEqual([
      "user: rename the quay",
    ]);
  });

  it("leaves out what helpers were told and said", async () => {
    const content = jsonLines(meta({ source: { subagent: "review" } }), old("user_message", "review this"));
    expect(await readAll(readCodexRollout, content)).toMatchObject({
      entries: [],
      skipped: { sidechain: 1 },
    });
  });

  it("saves what stands around damaged lines, and names the thread by the file when its line is lost", async () => {
    const { entries, skipped } = await readAll(
      readCodexRollout,
      jsonLines("{torn", old("user_message", "still here"), old("user_message", 7), "[]"),
      { path: `/x/rollout-2026-11-02T09-00-00-${THREAD}.jsonl` },
    );
    expect(entries).toMatchObject([{ text: "still here", session: THREAD, project: null }]);
    expect(skipped).toEqual({ "unknown-shape": 1, "not-json": 2 });
  });
});

const said = fc.record({
  role: fc.constantFrom("user", "agent"),
  text: fc.constantFrom("go on", "done", "Where do terns rest?", "On the buoy."),
  way: fc.constantFrom("item", "nameless item", "old", "both"),
});

/** A rollout of these messages, each in a turn of its own: within one an old line may be the item before it. */
function rollout(messages: readonly { role: string; text: string; way: string }[]): string[] {
  second = 0;
  const lines: unknown[] = [meta()];
  for (const [index, { role, text, way }] of messages.entries()) {
    lines.push(line("turn_context", {}));
    const isUser = role === "user";
    const id = way === "nameless item" ? undefined : `item_${index}`;
    if (way !== "item" && way !== "nameless item")
      lines.push(old(isUser ? "user_message" : "agent_message", text));
    if (way !== "old") lines.push(item(isUser ? "UserMessage" : "AgentMessage", id, text));
  }
  return lines.map((each) => `${JSON.stringify(each)}\n`);
}

const names = async (lines: readonly string[]) =>
  (await readAll(readCodexRollout, lines.join(""))).entries.map(({ messageId = "" }) => messageId);

describe("the turns of a rollout", () => {
  test.prop([fc.array(said, { maxLength: 12 }), fc.nat()])(
    "are those of its beginning and more, wherever it was cut",
    async (messages, at) => {
      const lines = rollout(messages);
      const all = await names(lines);
      const beginning = await names(lines.slice(0, at % (lines.length + 1)));
      expect(all.slice(0, beginning.length)).toEqual(beginning);
      expect(new Set(all).size).toBe(all.length);
      expect(all.length).toBe(messages.length);
    },
  );

  test.prop([fc.array(said, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 6 })])(
    "are the same with lines that are there twice",
    async (messages, twice) => {
      const lines = rollout(messages);
      const isTwice = new Set(twice.map((each) => each % lines.length));
      const doubled = lines.flatMap((each, index) => (isTwice.has(index) ? [each, each] : [each]));
      expect(new Set(await names(doubled))).toEqual(new Set(await names(lines)));
    },
  );
});
