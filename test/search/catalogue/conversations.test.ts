import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { searchIndexFactory } from "../../../src/search/create-search-index.ts";
import { memoryOf, NOW } from "../support/memories.ts";

describe("a conversation", () => {
  it("is in the order told, however long it is and in whatever order its turns arrive and leave", () => {
    const arrival = fc.shuffledSubarray(
      Array.from({ length: 200 }, (_, minute) => minute),
      { minLength: 150 },
    );
    fc.assert(
      fc.property(arrival, fc.array(fc.nat({ max: 199 }), { maxLength: 150 }), (minutes, leaving) => {
        const index = searchIndexFactory.create();
        const turns = new Map(
          minutes.map((minute) => [minute, memoryOf("turn", { session: "s", at: NOW + minute * 60_000 })]),
        );
        for (const turn of turns.values()) index.add(turn);
        for (const minute of leaving) index.remove(turns.get(minute)?.id ?? "");
        const left = new Set(leaving);
        const told = minutes.filter((minute) => !left.has(minute)).toSorted((a, b) => a - b);
        const ids = told.map((minute) => turns.get(minute)?.id ?? "");
        const [first = ""] = ids;
        expect(index.neighbours(first, 300)).toEqual({ before: [], after: ids.slice(1) });
        const middle = ids.length >> 1;
        expect(index.neighbours(ids[middle] ?? "", 300)).toEqual({
          before: ids.slice(0, middle),
          after: ids.slice(middle + 1),
        });
      }),
      { numRuns: 40 },
    );
  });

  it("takes 20,000 turns that arrive backwards in little time", () => {
    const index = searchIndexFactory.create();
    const start = process.cpuUsage();
    for (let minute = 20_000; minute > 0; minute--)
      index.add(memoryOf("turn", { session: "s", at: NOW + ((minute * 7_919) % 20_000) * 60_000 }));
    expect(process.cpuUsage(start).user / 1_000).toBeLessThan(10_000);
  });
});
