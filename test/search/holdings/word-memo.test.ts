import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WordMemo } from "../../../src/search/holdings/word-memo.ts";

describe("the memo of words", () => {
  it("remembers what words became, or nothing", () => {
    const word = fc.oneof(
      fc.constantFrom("a", "ab", "bread", "naïve", "x".repeat(30)),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(word, fc.array(fc.nat(), { maxLength: 4 })), { maxLength: 60 }),
        (steps) => {
          const memo = new WordMemo();
          const known = new Map<string, readonly number[]>();
          const into = new Int32Array(4);
          for (const [text, terms] of steps) {
            const length = memo.read(`<${text}>`, 1, text.length + 1, into, 0);
            const remembered = length < 0 ? undefined : [...into.subarray(0, length)];
            expect([undefined, known.get(text)]).toContainEqual(remembered);
            if (remembered !== undefined) continue;
            memo.set(`<${text}>`, 1, text.length + 1, terms);
            known.set(text, terms);
          }
        },
      ),
    );
  });

  it("gives no more terms than there is room for", () => {
    const memo = new WordMemo();
    memo.set("userId", 0, 6, [1, 2, 3]);
    expect(memo.read("userId", 0, 6, new Int32Array(5), 3)).toBe(5);
    expect(memo.read("userId", 0, 6, new Int32Array(5), 5)).toBe(5);
  });

  it("forgets everything when told to", () => {
    const memo = new WordMemo();
    memo.set("bread", 0, 5, [1]);
    memo.clear();
    expect(memo.read("bread", 0, 5, new Int32Array(1), 0)).toBe(-1);
  });
});
