import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  datePeriod,
  exactMoment,
  parseExpiry,
  parseTime,
  spanMoment,
} from "../../src/client/spoken-times.ts";

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

/** As the tools of the MCP server read them. */
describe("a time as models write it", () => {
  const MODELS_NOW = Date.parse("2026-11-01T12:00:00Z");
  const AS_MODELS = { refusal: "INVALID_PARAMS", isSteady: true } as const;
  const read = (text: string, direction: "past" | "future" = "past", now = MODELS_NOW) =>
    parseTime(text, "after", { ...AS_MODELS, now, direction });

  it.each([
    ["2026-05-01T10:00:00Z", "2026-05-01T10:00:00.000Z"],
    ["2026-05-01T10:00:00+02:00", "2026-05-01T08:00:00.000Z"],
    ["2026-05-01", local(2026, 5, 1)],
    ["2026-05", local(2026, 5)],
    ["2026", local(2026, 1)],
    ["2026-05-01T14:30", local(2026, 5, 1, 14, 30)],
    [" 2026-05-01 14:30 ", local(2026, 5, 1, 14, 30)],
    ["30min", "2026-11-01T11:30:00.000Z"],
    ["36h", "2026-10-31T00:00:00.000Z"],
    ["7d", "2026-10-25T12:00:00.000Z"],
    ["2w", "2026-10-18T12:00:00.000Z"],
    ["yesterday", local(2026, 10, 31)],
    ["-7d", "2026-10-25T12:00:00.000Z"],
  ])("reads %s", async (text, expected) => {
    expect(await read(text)).toBe(expected);
  });

  it("counts months and years by the calendar", async () => {
    const date = new Date(MODELS_NOW);
    date.setMonth(date.getMonth() - 3);
    expect(await read("3mo")).toBe(date.toISOString());
    expect((await read("2y")).slice(0, 4)).toBe("2024");
  });

  it.each([
    ["10min", "2026-11-01T12:11:00.000Z"],
    ["2h", "2026-11-01T15:00:00.000Z"],
    ["7d", "2026-11-09T00:00:00.000Z"],
    ["1w", "2026-11-09T00:00:00.000Z"],
    ["in two weeks", "2026-11-16T00:00:00.000Z"],
    ["in ten minutes", "2026-11-01T12:11:00.000Z"],
  ])("points %s ahead where the time lies ahead, to the end of its unit", async (text, expected) => {
    expect(await read(text, "future", MODELS_NOW + 1_234)).toBe(expected);
    expect(await read(text, "future", MODELS_NOW + 40_000)).toBe(expected);
  });

  it.each(["", "soon", "2026-02-31", "2026-13", "2026-05-01T25:00", "99999y x", "7", "1e9d"])(
    "is refused when it is none, and not repeated: %j",
    async (text) => {
      await expect(read(text)).rejects.toMatchObject({
        code: "INVALID_PARAMS",
        message: "after is not a time keepsake can read",
      });
    },
  );

  it("that a memory expires at lies ahead", async () => {
    const expiry = (text: string) => parseExpiry(text, "expires_at", { ...AS_MODELS, now: MODELS_NOW });
    expect(await expiry("7d")).toBe("2026-11-09T00:00:00.000Z");
    for (const passed of ["2026-10-31", "2026-11-01T12:00:00Z"]) {
      await expect(expiry(passed)).rejects.toMatchObject({
        code: "INVALID_PARAMS",
        message: "expires_at names a time that has passed",
      });
    }
  });
});

/** What needs no library. */
const LAST_OF_MAY = new Date(2026, 4, 31, 12).getTime();

describe("times as they are written", () => {
  it("read every moment back as it was written in UTC", () => {
    const time = fc.integer({ min: Date.UTC(1001, 0, 1), max: Date.UTC(9999, 0, 1) });
    fc.assert(
      fc.property(time, (ms) => {
        expect(exactMoment(new Date(ms).toISOString())?.getTime()).toBe(ms);
      }),
    );
  });

  it.each(["2026-02-30", "2026-13", "0999", "2026-02-30T10:00", "2026-05-01T25:00", "x"])(
    "do not read what is not in the calendar: %s",
    (text) => expect([datePeriod(text), exactMoment(text)]).toEqual([undefined, undefined]),
  );

  it("read dates as periods of the local calendar", () => {
    expect(datePeriod("2026-02")).toEqual({ start: new Date(2026, 1, 1), end: new Date(2026, 2, 1) });
    expect(datePeriod("2026-12-31")).toEqual({ start: new Date(2026, 11, 31), end: new Date(2027, 0, 1) });
    expect(datePeriod("2026")).toEqual({ start: new Date(2026, 0, 1), end: new Date(2027, 0, 1) });
  });

  it.each([
    ["7d", new Date(2026, 4, 24, 12), 86_400_000],
    ["2 weeks ago", new Date(2026, 4, 17, 12), 86_400_000],
    ["3mo", new Date(2026, 1, 31, 12), 86_400_000],
    ["1y", new Date(2025, 4, 31, 12), 86_400_000],
    ["90m", new Date(LAST_OF_MAY - 5_400_000), 60_000],
    ["5h", new Date(LAST_OF_MAY - 18_000_000), 3_600_000],
    ["10s", new Date(LAST_OF_MAY - 10_000), 1_000],
  ] as const)("read spans: %s", (text, moment, unitMs) => {
    expect(spanMoment(text, LAST_OF_MAY, "past")).toEqual({ moment, unitMs });
  });

  it("point ahead where they should, unless they say ago", () => {
    expect(spanMoment("1d", LAST_OF_MAY, "future")?.moment).toEqual(new Date(2026, 5, 1, 12));
    expect(spanMoment("1d ago", LAST_OF_MAY, "future")?.moment).toEqual(new Date(2026, 4, 30, 12));
    expect(spanMoment("soon", LAST_OF_MAY, "future")).toBeUndefined();
  });
});

function local(...parts: [number, number, number?, number?, number?]): string {
  const [year, month, day = 1, hour = 0, minute = 0] = parts;
  return new Date(year, month - 1, day, hour, minute).toISOString();
}
