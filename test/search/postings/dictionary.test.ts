import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Dictionary } from "../../../src/search/postings/dictionary.ts";

const anyTerm = fc.oneof(
  fc.constantFrom("a", "ab", "bread", "хлеб", "パン"),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
);
const anyStep = fc.tuple(fc.constantFrom("take", "drop", "tighten"), anyTerm);

describe("the dictionary", () => {
  it("knows exactly the terms it took and did not drop, each under its number", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 200, size: "max" }), (steps) => {
        const dictionary = new Dictionary();
        const known = new Map<string, number>();
        for (const [step, term] of steps) {
          if (step === "take") known.set(term, dictionary.take(term));
          else if (step === "tighten") dictionary.tighten();
          else if (known.has(term)) {
            dictionary.drop(known.get(term) ?? -1);
            known.delete(term);
          }
        }
        expect(new Set(known.values()).size).toBe(known.size);
        for (const [, term] of steps) expect(dictionary.find(term)).toBe(known.get(term) ?? -1);
        for (const [term, number] of known) expect(dictionary.term(number)).toBe(term);
      }),
    );
  });

  it("holds many terms and finds none that it does not hold", () => {
    const dictionary = new Dictionary();
    const numbers = Array.from({ length: 20_000 }, (_, index) => dictionary.take(`term${index}`));
    expect(new Set(numbers).size).toBe(20_000);
    for (let index = 0; index < 20_000; index += 7)
      expect(dictionary.find(`term${index}`)).toBe(numbers[index]);
    expect(dictionary.find("term20000")).toBe(-1);
    expect(dictionary.find("term")).toBe(-1);
  });

  it("overwrites what it drops", () => {
    const dictionary = new Dictionary();
    const number = dictionary.take("canary");
    const bytes = dictionary.bytes(number);
    dictionary.drop(number);
    expect([...bytes]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(dictionary.size(number)).toBe(0);
  });

  it("visits the terms that something holds", () => {
    const dictionary = new Dictionary();
    const [held, idle] = [dictionary.take("held"), dictionary.take("idle")];
    dictionary.holders.array[held] = 2;
    const visited: number[] = [];
    dictionary.forEach((number, bytes, start, size) => {
      visited.push(number);
      expect(Buffer.from(bytes.subarray(start, start + size)).toString()).toBe("held");
    });
    expect(visited).toEqual([held]);
    expect(idle).not.toBe(held);
  });
});
