import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitText } from "../../src/capture/text/split-text.ts";
import { slowdown } from "../support/processor-time.ts";

describe("a text cut to size", () => {
  it("joins to the same text, every part within the cap and well-formed", () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.oneof(fc.constantFrom("\n", " ", "a", "é", "日", "👩‍👩‍👧", "e\u0301"), fc.string()),
        }),
        fc.integer({ min: 4, max: 200 }),
        (raw, mostBytes) => {
          const text = raw.toWellFormed();
          const parts = splitText(text, mostBytes);
          expect(parts.join("")).toBe(text);
          for (const part of parts) {
            expect(Buffer.byteLength(part)).toBeLessThanOrEqual(mostBytes);
            expect(part.isWellFormed()).toBe(true);
          }
          expect(parts.length === 1 || !parts.includes("")).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("is cut behind a line end where there is one", () => {
    expect(splitText("first line\nsecond line\nthird", 24)).toEqual(["first line\nsecond line\n", "third"]);
  });

  it("is cut behind a space where there is no line end", () => {
    expect(splitText("one two three four", 12)).toEqual(["one two ", "three four"]);
  });

  it("is not cut inside a grapheme", () => {
    const family = "👩‍👩‍👧";
    const parts = splitText(family.repeat(20), 100);
    expect(parts.every((part) => part.length % family.length === 0)).toBe(true);
  });

  it("takes time in proportion to its length", () => {
    const split = (times: number) =>
      expect(splitText("e\u0301".repeat(times << 19), 64 << 10).length).toBeGreaterThan(20);
    expect(slowdown(split)).toBeLessThan(20);
  });
});
