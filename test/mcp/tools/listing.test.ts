import { describe, expect, it } from "vitest";
import { age, projectLabel, roleLabel } from "../../../src/mcp/tools/listing.ts";

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
    expect(age(NOW - ms, NOW)).toBe(expected);
  });
});

describe("labels", () => {
  it("name a project by its folder", () => {
    expect(projectLabel("/home/user/keepsake")).toBe("keepsake");
    expect(projectLabel("notes")).toBe("notes");
    expect(projectLabel("/")).toBe("/");
    expect(projectLabel(`/${"x".repeat(99)}`)).toBe(`${"x".repeat(39)}…`);
  });

  it("name who said it", () => {
    expect(roleLabel({ kind: "note" })).toBe("note");
    expect(roleLabel({ kind: "turn", role: "assistant" })).toBe("assistant");
    expect(roleLabel({ kind: "turn", role: "user", speaker: "Ann" })).toBe('user "Ann"');
    expect(roleLabel({ kind: "turn" })).toBe("turn");
  });
});
