import { describe, expect, it } from "vitest";
import { formatAge, shortAge } from "../../src/base/shown-values.ts";

const NOW = Date.parse("2026-11-01T12:00:00Z");
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe("the age of a memory", () => {
  it.each([
    [0, "today"],
    [23 * HOUR_MS, "today"],
    [DAY_MS, "1d ago"],
    [13 * DAY_MS, "13d ago"],
    [14 * DAY_MS, "2w ago"],
    [60 * DAY_MS, "8w ago"],
    [61 * DAY_MS, "2mo ago"],
    [729 * DAY_MS, "23mo ago"],
    [731 * DAY_MS, "2y ago"],
    [-HOUR_MS, "ahead"],
  ])("of %i ms is %s", (ms, expected) => {
    expect(shortAge(new Date(NOW - ms).toISOString(), NOW)).toBe(expected);
  });
});

describe("an age", () => {
  const now = Date.UTC(2026, 10, 12);
  it.each([
    [0, "just now"],
    [90, "2 min ago"],
    [3_600, "1 h ago"],
    [3 * 86_400, "3 d ago"],
    [20 * 86_400, "3 w ago"],
    [200 * 86_400, "7 mo ago"],
    [800 * 86_400, "2 y ago"],
    [-7_200, "in 2 h"],
    [-(4 * 3_600 - 1), "in 4 h"],
    [-(86_400 - 60), "in 1 d"],
    [-(6 * 86_400 - 5), "in 6 d"],
  ])("of %i s is %s", (seconds, expected) => {
    expect(formatAge(new Date(now - seconds * 1_000).toISOString(), now)).toBe(expected);
  });
});
