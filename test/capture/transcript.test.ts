import { createReadStream } from "node:fs";
import { describe, expect, it } from "vitest";
import { readLines } from "../../src/capture/read-lines.ts";
import type { Line } from "../../src/capture/read-lines.ts";
import { SkipCounts } from "../../src/capture/skip-counts.ts";
import { transcriptEntries } from "../../src/capture/transcript/transcript.ts";
import { importEntry } from "../../src/protocol/methods/data-methods.ts";
import type { ImportEntry } from "../../src/protocol/methods/data-methods.ts";

const FIXTURES = new URL("../fixtures/claude-code/", import.meta.url);

interface Read {
  readonly entries: readonly ImportEntry[];
  readonly skipped: SkipCounts;
}

async function read(lines: AsyncIterable<Line>): Promise<Read> {
  const skipped = new SkipCounts();
  const entries: ImportEntry[] = [];
  const options = {
    projectOf: (folder: string | undefined) => Promise.resolve(folder ?? null),
    onSkip: (reason: Parameters<SkipCounts["add"]>[0]) => skipped.add(reason),
  };
  for await (const entry of transcriptEntries(lines, options)) entries.push(entry);
  return { entries, skipped };
}

function readFixture(name: string): Promise<Read> {
  return read(readLines(createReadStream(new URL(name, FIXTURES)), 32 << 20));
}

async function* asLines(...objects: readonly object[]): AsyncGenerator<Line> {
  for (const [index, object] of objects.entries()) {
    yield { number: index + 1, text: JSON.stringify(object) };
  }
}

function userLine(content: unknown, more: object = {}): object {
  return {
    type: "user",
    message: { role: "user", content },
    uuid: "u-1",
    sessionId: "s-1",
    timestamp: "2026-10-12T08:00:00.000Z",
    cwd: "/home/mira/code/lantern",
    ...more,
  };
}

function assistantLine(id: string, uuid: string, ...blocks: readonly object[]): object {
  return {
    type: "assistant",
    message: { id, role: "assistant", content: blocks },
    uuid,
    sessionId: "s-1",
    timestamp: "2026-10-12T08:00:05.000Z",
  };
}

const text = (words: string) => ({ type: "text", text: words });

describe("a transcript", () => {
  it("becomes entries that the daemon takes, and counts what it leaves out", async () => {
    const { entries, skipped } = await readFixture("lantern.jsonl");
    expect(skipped.toObject()).toMatchInlineSnapshot(`
      {
        "api-error": 1,
        "meta": 5,
        "no-words": 12,
        "not-conversation": 10,
        "sidechain": 2,
        "tool-result": 5,
      }
    `);
    for (const entry of entries) expect(importEntry.safeParse(entry).success).toBe(true);
    expect(new Set(entries.map(({ messageId }) => messageId)).size).toBe(entries.length);
    expect(new Set(entries.map(({ project }) => project))).toEqual(new Set(["/home/mira/code/lantern"]));
  });

  it("gives what is readable of a damaged file and counts the rest by reason", async () => {
    const { entries, skipped } = await readFixture("damaged.jsonl");
    expect(entries.map(({ text: words }) => words)).toEqual([
      "Which gauge did we calibrate against in Skarvik?",
      "Proto keys are only words.",
      "Against the brass gauge on the old pilot steps, on the third of June.",
      "A last line without an end",
    ]);
    expect(skipped.toObject()).toEqual({
      blank: 1,
      "unknown-kind": 1,
      private: 1,
      "unknown-shape": 7,
      "not-json": 2,
      "not-utf8": 1,
    });
  });

  it("names the line of an answer that version 0.1.0 joined later lines to", async () => {
    const { entries } = await read(
      asLines(
        assistantLine("m-1", "a-1", { type: "thinking", thinking: "hidden" }),
        assistantLine("m-1", "a-2", text("First.")),
        assistantLine("m-1", "a-3", { type: "tool_use", id: "t", name: "Read", input: {} }),
        userLine([{ type: "tool_result", tool_use_id: "t", content: "hidden" }]),
        assistantLine("m-1", "a-4", text("Second.")),
        userLine("In between."),
        assistantLine("m-1", "a-5", text("Third.")),
        assistantLine("m-1", "a-6", text("Fourth.")),
        assistantLine("m-2", "a-7", text("Another answer.")),
      ),
    );
    expect(entries.map(({ messageId, partOf }) => [messageId, partOf])).toEqual([
      ["a-2", undefined],
      ["a-4", ["a-2"]],
      ["u-1", undefined],
      ["a-5", ["a-2"]],
      ["a-6", ["a-2", "a-5"]],
      ["a-7", undefined],
    ]);
    const times = entries.filter(({ role }) => role === "assistant").map(({ at }) => at);
    expect(times.map((at) => at?.slice(-4))).toEqual(["000Z", "001Z", "002Z", "003Z", "000Z"]);
  });

  it.each([
    ["isMeta", { isMeta: true }, "meta"],
    ["isSidechain", { isSidechain: true }, "sidechain"],
    ["isCompactSummary", { isCompactSummary: true }, "meta"],
    ["toolUseResult", { toolUseResult: { stdout: "x" } }, "tool-result"],
    ["an origin that is not a person", { origin: { kind: "task-notification" } }, "meta"],
  ])("passes over a user line marked by %s", async (_, mark, reason) => {
    const { entries, skipped } = await read(asLines(userLine("words", mark)));
    expect(entries).toEqual([]);
    expect(skipped.toObject()).toEqual({ [reason]: 1 });
  });

  it("passes over error messages of the service", async () => {
    const line = { ...assistantLine("m", "a", text("API Error: 529")), isApiErrorMessage: true };
    expect((await read(asLines(line))).skipped.toObject()).toEqual({ "api-error": 1 });
  });

  it("keeps a prompt typed while the assistant worked, under its own id", async () => {
    const attachment = {
      type: "queued_command",
      commandMode: "prompt",
      prompt: "and faster",
      source_uuid: "q-1",
    };
    const { entries } = await read(asLines({ ...userLine(undefined), type: "attachment", attachment }));
    expect(entries).toMatchObject([{ role: "user", text: "and faster", messageId: "q-1" }]);
  });

  it("knows a line copied into a forked session by its original", async () => {
    const forked = userLine("again", { forkedFrom: { sessionId: "s-0", messageUuid: "u-0" } });
    expect((await read(asLines(forked))).entries).toMatchObject([{ session: "s-0", messageId: "u-0" }]);
  });

  it("cuts a text over the cap into parts that lose nothing, each with an id of its own", async () => {
    const long = "a line of words\n".repeat(10_000);
    const { entries } = await read(asLines(userLine(long)));
    expect(entries.map(({ messageId }) => messageId)).toEqual(["u-1", "u-1#2", "u-1#3"]);
    expect(entries.map(({ text: words }) => words).join("")).toBe(long);
    for (const entry of entries) expect(importEntry.safeParse(entry).success).toBe(true);
  });

  it("takes private parts out before anything else sees the text", async () => {
    const { entries, skipped } = await read(
      asLines(
        userLine("wifi <private>salt-and-pepper</private> please"),
        userLine([text("<private>half"), text("other half</private> seen")], { uuid: "u-2" }),
        userLine("<private>everything</private>", { uuid: "u-3" }),
      ),
    );
    expect(entries.map(({ text: words }) => words)).toEqual(["wifi  please", "seen"]);
    expect(skipped.toObject()).toEqual({ private: 1 });
  });

  it("replaces halves of surrogate pairs, which no memory can hold", async () => {
    const { entries } = await read(asLines(userLine("cut \uD83D here")));
    expect(importEntry.safeParse(entries[0]).success).toBe(true);
  });
});
