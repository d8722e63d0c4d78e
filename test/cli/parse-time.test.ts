import { describe, expect, it } from "vitest";
import { parseTime } from "../../src/client/spoken-times.ts";

/** A Thursday. */
const NOW = new Date(2026, 10, 12, 9, 30);

function parse(
  text: string,
  direction: "past" | "future" = "past",
  edge: "start" | "end" = "start",
): Promise<Date> {
  return parseTime(text, "--after", { now: NOW.getTime(), direction, edge }).then((iso) => new Date(iso));
}

describe("a time", () => {
  it.each([
    ["2026", new Date(2026, 0, 1)],
    ["2026-05", new Date(2026, 4, 1)],
    ["2026-5", new Date(2026, 4, 1)],
    ["2026-05-03", new Date(2026, 4, 3)],
    ["2026-05-03T14:00", new Date(2026, 4, 3, 14)],
    ["2026-05-03 14:00:30", new Date(2026, 4, 3, 14, 0, 30)],
    ["2026-05-03T14:00:00Z", new Date(Date.UTC(2026, 4, 3, 14))],
    ["2026-05-03T14:00:00.250+02:00", new Date(Date.UTC(2026, 4, 3, 12, 0, 0, 250))],
    ["today", new Date(2026, 10, 12)],
    ["Yesterday", new Date(2026, 10, 11)],
    ["this week", new Date(2026, 10, 9)],
    ["last week", new Date(2026, 10, 2)],
    ["last month", new Date(2026, 9, 1)],
    ["last year", new Date(2025, 0, 1)],
    ["7d", new Date(2026, 10, 5, 9, 30)],
    ["7 days ago", new Date(2026, 10, 5, 9, 30)],
    ["2w", new Date(2026, 9, 29, 9, 30)],
    ["90m", new Date(2026, 10, 12, 8)],
    ["3h", new Date(2026, 10, 12, 6, 30)],
    ["1mo", new Date(2026, 9, 12, 9, 30)],
    ["1y", new Date(2025, 10, 12, 9, 30)],
    ["two weeks ago", new Date(2026, 9, 29, 9, 30)],
    ["yesterday at 5pm", new Date(2026, 10, 11, 17)],
    ["3 June", new Date(2026, 5, 3)],
    ["3 June 2024", new Date(2024, 5, 3)],
    ["in May", new Date(2026, 4, 1)],
    ["December", new Date(2025, 11, 1)],
    ["since last friday", new Date(2026, 10, 6)],
    ["friday", new Date(2026, 10, 6)],
  ])("that is past: %s", async (text, expected) => {
    expect(await parse(text)).toEqual(expected);
  });

  it.each([
    ["7d", new Date(2026, 10, 19, 9, 30)],
    ["tomorrow", new Date(2026, 10, 13)],
    ["next month", new Date(2026, 11, 1)],
    ["next year", new Date(2027, 0, 1)],
    ["in two weeks", new Date(2026, 10, 26, 9, 30)],
    ["friday", new Date(2026, 10, 13)],
    ["2027-01-31", new Date(2027, 0, 31)],
  ])("that lies ahead: %s", async (text, expected) => {
    expect(await parse(text, "future")).toEqual(expected);
  });

  it.each([
    ["2026-05", new Date(2026, 5, 1)],
    ["2026-05-03", new Date(2026, 4, 4)],
    ["2025", new Date(2026, 0, 1)],
    ["yesterday", new Date(2026, 10, 12)],
    ["last week", new Date(2026, 10, 9)],
  ])("as of %s is its last moment", async (text, behind) => {
    expect((await parse(text, "past", "end")).getTime()).toBe(behind.getTime() - 1);
  });

  it.each([
    "",
    "soon",
    "7",
    "7 bananas",
    "7d and more",
    "2026-13",
    "2026-02-30",
    "2026-02-30T10:00",
    "2026-05-03T25:00",
    "0000-01-01",
    "0012-05-01T10:00",
    "2026-5-3-1",
    "99999y",
    "+275760-09-13T00:00:00Z",
    "monday or tuesday",
    "word ".repeat(2_000),
    "9".repeat(5_000),
  ])("is refused when it is none: %s", async (text) => {
    await expect(parse(text)).rejects.toMatchObject({ code: "USAGE" });
  });
});
