import { describe, expect, it } from "vitest";
import { FREQUENCY_BITS, FREQUENCY_MOST, Postings } from "../../../src/search/postings/postings.ts";

/** The rows of a term with their frequencies. */
function listOf(postings: Postings, term: number, rows: number): readonly (readonly number[])[] {
  const into = new Uint32Array(postings.count(term));
  const count = postings.gather(term, new Uint8Array(rows).fill(1), into);
  return [...into.subarray(0, count)].map((posting) => [
    posting >>> FREQUENCY_BITS,
    posting & FREQUENCY_MOST,
  ]);
}

describe("postings", () => {
  it("are kept for every term, one after the other, as room for terms grows", () => {
    const postings = new Postings();
    const terms = 2_000;
    for (let term = 0; term < terms; term++) {
      postings.add(term, term, 1 + (term % FREQUENCY_MOST));
      for (const each of [0, term >>> 1, term]) {
        const wanted = [each, 1 + (each % FREQUENCY_MOST)];
        expect([term, each, listOf(postings, each, terms)]).toEqual([term, each, [wanted]]);
      }
    }
    for (let term = 0; term < terms; term++) expect(postings.count(term)).toBe(1);
  });
});
