import { describe, expect, it } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import { parseExpiry, parseTime } from "../../src/mcp/times.ts";

const NOW = Date.parse("2026-11-01T12:00:00Z");

function local(...parts: [number, number, number?, number?, number?]): string {
  const [year, month, day = 1, hour = 0, minute = 0] = parts;
  return new Date(year, month - 1, day, hour, minute).toISOString();
}

describe("the time a memory expires", () => {
  it("lies ahead", () => {
    expect(parseExpiry("7d", NOW)).toBe("2026-11-09T00:00:00.000Z");
    for (const passed of ["2026-10-31", "2026-11-01T12:00:00Z"]) {
      expect(() => parseExpiry(passed, NOW)).toThrow(
        new KeepsakeError("INVALID_PARAMS", "expires_at has passed: give a time that lies ahead"),
      );
    }
  });
});

describe("a time as models write it", () => {
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
  ])("reads %s", (text, expected) => {
    expect(parseTime(text, "after", NOW, "past")).toBe(expected);
  });

  it("counts months and years by the calendar", () => {
    const date = new Date(NOW);
    date.setMonth(date.getMonth() - 3);
    expect(parseTime("3mo", "after", NOW, "past")).toBe(date.toISOString());
    expect(parseTime("2y", "after", NOW, "past").slice(0, 4)).toBe("2024");
  });

  it.each([
    ["10min", "2026-11-01T12:11:00.000Z"],
    ["2h", "2026-11-01T15:00:00.000Z"],
    ["7d", "2026-11-09T00:00:00.000Z"],
    ["1w", "2026-11-09T00:00:00.000Z"],
  ])("points %s ahead where the time lies ahead, to the end of its unit", (text, expected) => {
    expect(parseTime(text, "expires_at", NOW + 1_234, "future")).toBe(expected);
    expect(parseTime(text, "expires_at", NOW + 40_000, "future")).toBe(expected);
  });

  it.each([
    "",
    "soon",
    "last week",
    "2026-02-31",
    "2026-13",
    "2026-05-01T25:00",
    "99999y x",
    "-7d",
    "7",
    "1e9d",
  ])("refuses %j without repeating it", (text) => {
    expect(() => parseTime(text, "after", NOW, "past")).toThrow(
      new KeepsakeError(
        "INVALID_PARAMS",
        "after is not a time in a form read here: give an ISO 8601 date or time, such as 2026-05-01 or 2026-05-01T14:00Z, or a span, such as 7d",
      ),
    );
  });
});
