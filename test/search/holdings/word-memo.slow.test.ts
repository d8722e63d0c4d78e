import { describe, expect, it } from "vitest";
import { WordMemo } from "../../../src/search/holdings/word-memo.ts";
import { arrayBytes } from "../support/array-bytes.ts";

describe("the memo of words", () => {
  it("starts over when it is full, again and again", () => {
    const before = arrayBytes();
    const memo = new WordMemo();
    const into = new Int32Array(1);
    let hits = 0;
    for (let number = 0; number < 300_000; number++) {
      const word = `w${number}`;
      expect(memo.read(word, 0, word.length, into, 0)).toBe(-1);
      memo.set(word, 0, word.length, [number]);
      if (memo.read(word, 0, word.length, into, 0) === 1 && into[0] === number) hits++;
    }
    expect(hits).toBeGreaterThan(299_900);
    expect(arrayBytes() - before).toBeLessThan(2_500_000);
    expect(memo.read("w", 0, 1, into, 0)).toBe(-1);
  });
});
