import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Sequences, MAX_TERMS } from "../../../src/search/postings/sequences.ts";
import { arrayBytes } from "../support/array-bytes.ts";

const anySequence = fc.array(
  fc.oneof(fc.nat({ max: 200 }), fc.nat({ max: 40_000 }), fc.nat({ max: 2 ** 31 - 1 })),
  { maxLength: 50 },
);

describe("sequences", () => {
  it("come back as they were stored", () => {
    fc.assert(
      fc.property(fc.array(anySequence), (all) => {
        const sequences = new Sequences();
        const stored = all.map((terms) => sequences.add(terms, terms.length));
        for (const [place, terms] of all.entries()) {
          const into = new Int32Array(terms.length);
          sequences.read(stored[place] ?? 0, terms.length, into);
          expect([...into]).toEqual(terms);
        }
      }),
    );
  });

  it("take the longest there is, page after page", () => {
    const before = arrayBytes();
    const sequences = new Sequences();
    const terms = Int32Array.from({ length: MAX_TERMS }, (_, place) => place * 30_000);
    const places = Array.from({ length: 12 }, () => sequences.add(terms, terms.length));
    const into = new Int32Array(MAX_TERMS);
    for (const place of places) {
      into.fill(0);
      sequences.read(place, terms.length, into);
      expect(Buffer.from(into.buffer).equals(Buffer.from(terms.buffer))).toBe(true);
    }
    expect(arrayBytes() - before).toBeGreaterThan(2_000_000);
  });

  it("are zeros once erased, and their pages are given back", () => {
    const sequences = new Sequences();
    const into = new Int32Array(1_000);
    const terms = Array.from({ length: 1_000 }, (_, place) => place + 300);
    const places = Array.from({ length: 2_000 }, () => sequences.add(terms, terms.length));
    expect(sequences.sparsePage()).toBeUndefined();
    for (const place of places.slice(0, 400)) sequences.erase(place, sequences.read(place, 1_000, into));
    sequences.read(places[0] ?? 0, 1_000, into);
    expect(into.every((term) => term === 0)).toBe(true);
    const page = sequences.sparsePage();
    expect(page).toBe(0);
    const held = arrayBytes();
    sequences.dropPage(page ?? -1);
    expect(arrayBytes()).toBeLessThan(held - 900_000);
    expect(sequences.isIn(places[0] ?? 0, 0)).toBe(true);
  });
});
