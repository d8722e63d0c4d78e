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
  it("becomes what the person and the assistant said, in order", async () => {
    const { entries, skipped } = await readFixture("lantern.jsonl");
    expect(entries.map(({ role, text: words }) => `${role}: ${words}`)).toMatchInlineSnapshot(`
      [
        "user: Morning. Lantern is the small display in the harbour office at Skarvik that shows tide, wind and who is out. It runs on an old Raspberry Pi 3 with a 7 inch panel. I would like to get the tide curve drawn properly today. Where does the height data come from at the moment?",
        "assistant: Let me look at how the heights get in.",
        "assistant: The heights come from the hydrographic office's predictions for station SKV, one value every six minutes, fetched once an hour in \`src/tide/fetch.ts\`. Nothing is kept between restarts, so after a power cut the panel stays empty until the next fetch.",
        "user: Right, the power cuts are the real trouble: we had three in September. Please keep the last fetch on the SD card. But write as little as possible, Jonas lost two cards last winter to wear.",
        "assistant: Then I would write one file, \`/var/lib/lantern/predictions.json\`, only when the predictions differ from what is there. The office publishes new ones four times a day, so that is about 1,500 small writes a year instead of 8,700.",
        "user: Good. Use a temporary file and a rename so that a cut in the middle never leaves half a file.",
        "assistant: Writing it that way: temporary file, fsync, rename, fsync of the folder.",
        "assistant: While that settles I will have a helper compare ways to draw the curve.",
        "assistant: The helper's finding: a drawing library costs 40 to 60 MB of memory on the Pi. Drawing the curve ourselves with monotone cubic interpolation takes under 1 MB and about 120 lines. Monotone, because a plain spline overshoots and would show a high water that never comes.",
        "user: Monotone it is. And draw low water in amber, never red: red is for the storm warning only, the skippers react to it from across the room.",
        "assistant: Understood: amber for low water, red reserved for storm warnings.",
        "user: and mark the half-tide crossings with small ticks",
        "assistant: Done, and half-tide crossings carry a tick of six pixels now.",
        "user: This is how it looks from the door. The labels are too small to read for Astrid.",
        "assistant: From three metres a label needs about 34 pixels on that panel; they are 22 now. I would drop the wind gust line to make room, it repeats what the anemometer dial shows.",
        "user: Agreed, drop the gusts. The wifi for the panel is still the old one:  please read it from the environment, do not put it into the repository.",
        "assistant: It reads \`LANTERN_WIFI\` and \`LANTERN_WIFI_KEY\` from the environment, and the example file only names the variables.",
        "user: /review the rename in keep.ts, especially when the disk is full",
        "assistant: With a full disk the temporary file cannot be written, the rename never happens and yesterday's predictions stay in place. The temporary file is removed in that case. One gap: the error was swallowed; it now goes to the journal once a day at most.",
        "user: Next: who is out. The harbour book is a paper list at the counter; Liv wants to type boat names with a numeric keypad only. What did other harbours do?",
        "assistant: Most gave each boat a two-digit berth number. With 43 berths at Skarvik two digits are enough: typing the number toggles the boat between in and out, and the display shows the name.",
        "user: We decided: berth numbers, toggled, no names typed. And a boat that is out for more than 14 hours turns violet and rings Liv, not the coast guard.",
        "assistant: Noted: toggle by berth number, violet after 14 hours, and the call goes to Liv. I will keep the threshold in \`config/watch.toml\` so that it can differ between summer and winter.

      I would also log each toggle with its time, since the paper book is the legal record until the harbour board says otherwise.",
        "user: Yes, but print it every evening at 21:00 too, the board wants paper. The printer is the Brother on the first floor.",
        "assistant: The evening print runs at 21:00 local time, on the Brother upstairs, through CUPS. If the printer is off it tries again at 07:00 and marks the sheet as late.",
        "user: Last thing for today, remember that Lantern must never need the internet to start. Starlink was down for nine hours on Sunday.",
        "assistant: That holds now: it starts from the kept predictions, the watch list lives on the card, and only refreshing needs a connection. A test boots it with the network unplugged.",
      ]
    `);
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
      private: 1,
      "unknown-shape": 8,
      "not-json": 2,
      "not-utf8": 1,
    });
  });

  it("joins the text blocks of one answer over its lines, and keeps the id of the first", async () => {
    const { entries } = await read(
      asLines(
        assistantLine("m-1", "a-1", { type: "thinking", thinking: "hidden" }),
        assistantLine("m-1", "a-2", text("First.")),
        assistantLine("m-1", "a-3", { type: "tool_use", id: "t", name: "Read", input: {} }),
        userLine([{ type: "tool_result", tool_use_id: "t", content: "hidden" }]),
        assistantLine("m-1", "a-4", text("Second.")),
        assistantLine("m-1", "a-4", text("Second.")),
        assistantLine("m-2", "a-5", text("Another answer.")),
      ),
    );
    expect(entries.map(({ messageId, text: words }) => [messageId, words])).toEqual([
      ["a-2", "First.\n\nSecond."],
      ["a-5", "Another answer."],
    ]);
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
