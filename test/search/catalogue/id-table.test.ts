import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newRecordId } from "../../../src/base/record-id.ts";
import { IdTable, parseIdWords } from "../../../src/search/catalogue/id-table.ts";

const words = (id: string) => parseIdWords(id) ?? new Uint32Array(4);

describe("the table of ids", () => {
  it("finds exactly the ids that are set", () => {
    // Few first words, so that ids crowd the same places.
    const id = fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 60 })).map(([a, b]) => Uint32Array.of(a, 0, b, 0));
    fc.assert(
      fc.property(fc.array(fc.tuple(id, fc.boolean()), { maxLength: 300, size: "max" }), (steps) => {
        const table = new IdTable();
        const rows = new Map<string, number>();
        let next = 0;
        for (const [words4, isSet] of steps) {
          const key = words4.join();
          const row = rows.get(key);
          if (isSet && row === undefined) {
            table.set(next, words4);
            rows.set(key, next++);
          } else if (!isSet && row !== undefined) {
            table.delete(row);
            rows.delete(key);
          }
        }
        for (const [words4] of steps) expect(table.find(words4)).toBe(rows.get(words4.join()) ?? -1);
      }),
    );
  });

  it("gives ids back as text and orders them as text", () => {
    const table = new IdTable();
    const ids = Array.from({ length: 2_000 }, () => newRecordId());
    for (const [row, id] of ids.entries()) table.set(row, words(id));
    expect(ids.map((_, row) => table.text(row))).toEqual(ids);
    expect(ids.map((id) => table.find(words(id)))).toEqual(ids.map((_, row) => row));
    for (let row = 1; row < ids.length; row++)
      expect(Math.sign(table.compare(row - 1, row))).toBe((ids[row - 1] ?? "") < (ids[row] ?? "") ? -1 : 1);
    expect(table.find(words(newRecordId()))).toBe(-1);
  });

  it("takes nothing for an id that is none", () => {
    for (const text of ["", "x", "0".repeat(25), "i".repeat(26), `${"0".repeat(25)}1`])
      expect(parseIdWords(text)).toBeUndefined();
  });
});
