import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { datePeriod, exactMoment, spanMoment } from "../../src/base/written-times.ts";

const NOW = new Date(2026, 4, 31, 12).getTime();

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
    ["90m", new Date(NOW - 5_400_000), 60_000],
    ["5h", new Date(NOW - 18_000_000), 3_600_000],
    ["10s", new Date(NOW - 10_000), 1_000],
  ] as const)("read spans: %s", (text, moment, unitMs) => {
    expect(spanMoment(text, NOW, "past")).toEqual({ moment, unitMs });
  });

  it("point ahead where they should, unless they say ago", () => {
    expect(spanMoment("1d", NOW, "future")?.moment).toEqual(new Date(2026, 5, 1, 12));
    expect(spanMoment("1d ago", NOW, "future")?.moment).toEqual(new Date(2026, 4, 30, 12));
    expect(spanMoment("soon", NOW, "future")).toBeUndefined();
  });
});
