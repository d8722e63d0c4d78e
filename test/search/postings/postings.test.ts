import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Postings } from "../../../src/search/postings/postings.ts";
import { arrayBytes } from "../support/array-bytes.ts";

const TERMS = 4;
const ROWS = 30_000;
const anyStep = fc.oneof(
  fc.record({
    do: fc.constant("add" as const),
    term: fc.nat({ max: TERMS - 1 }),
    many: fc.integer({ min: 1, max: 9_000 }),
  }),
  fc.record({
    do: fc.constant("keep" as const),
    term: fc.nat({ max: TERMS - 1 }),
    every: fc.integer({ min: 1, max: 5 }),
  }),
);

function gathered(postings: Postings, term: number, passes: Uint8Array): number[] {
  const into = new Uint32Array(postings.count(term));
  const count = postings.gather(term, passes, into);
  return [...into.subarray(0, count)].toSorted((a, b) => a - b);
}

describe("postings", () => {
  it("give back what was added and kept, whatever the lists went through", () => {
    const all = new Uint8Array(ROWS * 10).fill(1);
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 12 }), (steps) => {
        const postings = new Postings();
        const lists: number[][] = Array.from({ length: TERMS }, () => []);
        let row = 0;
        for (const step of steps) {
          const list = lists[step.term] ?? [];
          if (step.do === "add") {
            for (let added = 0; added < step.many; added++) {
              row++;
              const frequency = 1 + (row % 20);
              postings.add(step.term, row, frequency);
              list.push((row << 4) | Math.min(frequency, 15));
            }
          } else {
            lists[step.term] = list.filter((_, place) => place % step.every === 0);
            postings.replace(step.term, Uint32Array.from(lists[step.term] ?? []));
          }
        }
        for (const [term, list] of lists.entries()) {
          expect(postings.count(term)).toBe(list.length);
          expect(gathered(postings, term, all)).toEqual(list.toSorted((a, b) => a - b));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("gather only rows that pass", () => {
    const postings = new Postings();
    for (let row = 0; row < 100; row++) postings.add(3, row, 1);
    const passes = Uint8Array.from({ length: 100 }, (_, row) => (row % 10 === 0 ? 1 : 0));
    expect(gathered(postings, 3, passes)).toEqual(
      [0, 10, 20, 30, 40, 50, 60, 70, 80, 90].map((row) => (row << 4) | 1),
    );
    expect(gathered(postings, 2, passes)).toEqual([]);
    expect(gathered(postings, 99, passes)).toEqual([]);
  });

  it("use again what a replaced list gave back", () => {
    const before = arrayBytes();
    const postings = new Postings();
    for (let round = 0; round < 50; round++) {
      for (let row = 0; row < 20_000; row++) postings.add(0, row, 1);
      postings.replace(0, new Uint32Array());
    }
    expect(arrayBytes() - before).toBeLessThan(1_000_000);
    expect(postings.count(0)).toBe(0);
  });
});
