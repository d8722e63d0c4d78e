/** The edits of a manifest add up to tables; what LevelDB would abort at is no manifest. */
import { describe, expect, it } from "vitest";
import { concatBytes, utf8 } from "../../../src/base/bytes.ts";
import { Malformed } from "../../../src/store/leveldb/encoding-reader.ts";
import { readManifest } from "../../../src/store/leveldb/manifest.ts";
import { internal, logPiece, newTable } from "../support/leveldb-bytes.ts";

/** A manifest of edits, each a record of its own. */
function manifest(...edits: readonly (readonly number[])[]): Uint8Array {
  return concatBytes(...edits.map((edit) => logPiece(edit)));
}

const numbersOf = (bytes: Uint8Array) => readManifest(bytes).tables.map(({ number }) => number);

describe("a manifest", () => {
  it("holds the tables that were added and not deleted, as they were described last", () => {
    const bytes = manifest(
      [1, 1, 65, 3, 9, 4, 9, 9, 0, ...newTable(0, 5, "a", "c")],
      [...newTable(1, 6, "d", "e"), ...newTable(2, 6, "d", "e"), 6, 1, 6, 6, 3, 5],
      [5, 2, ...internal("k"), ...newTable(6, 7, "x", "y")],
    );
    const key = (text: string) => ({ userKey: utf8(text), sequence: 1, type: 1 });
    expect(readManifest(bytes)).toEqual({
      logNumber: 0,
      lastSequence: 9,
      tables: [
        { level: 0, number: 5, size: 100, smallest: key("a"), largest: key("c") },
        { level: 2, number: 6, size: 100, smallest: key("d"), largest: key("e") },
        { level: 6, number: 7, size: 100, smallest: key("x"), largest: key("y") },
      ],
    });
  });

  it("says from which log on nothing is written out yet", () => {
    expect(readManifest(manifest([2, 3], [2, 8, 9, 4], [3, 5, 4, 6])).logNumber).toBe(8);
  });

  it.each<[string, readonly (readonly number[])[]]>([
    ["unknown edit", [[8]]],
    ["unknown edit", [[0]]],
    ["level too high", [[6, 7, 1]]],
    ["level too high", [[5, 7, ...internal("k")]]],
    ["level too high", [newTable(7, 1, "a", "b")]],
    ["ends too early", [[2]]],
    ["ends too early", [[1, 5, 65]]],
    ["ends too early", [[6, 1]]],
    ["ends too early", [[5, 1]]],
    ["ends too early", [newTable(1, 1, "a", "b").slice(0, -1)]],
    ["key without a trailer", [[7, 0, 1, 1, 1, 65, 1, 65]]],
  ])("stops at an edit that is none: %s, %j", (why, edits) => {
    expect(() => readManifest(manifest(...edits))).toThrow(why);
    expect(() => readManifest(manifest(...edits))).toThrow(Malformed);
  });

  it("stops at a gap, and not at an end that a crash cut off", () => {
    const bytes = manifest(newTable(0, 5, "a", "c"), newTable(0, 6, "a", "c"));
    expect(numbersOf(bytes.subarray(0, bytes.length - 1))).toEqual([5]);
    bytes[0]! ^= 1;
    expect(() => readManifest(bytes)).toThrow("manifest with a gap");
    expect(() => readManifest(bytes)).toThrow(Malformed);
  });
});

describe("tables of one level", () => {
  const lying = (level: number, ...ends: readonly [string, string][]) =>
    manifest(ends.flatMap(([smallest, largest], at) => newTable(level, at, smallest, largest)));

  it("may overlap where they are written out first, and nowhere below", () => {
    expect(numbersOf(lying(0, ["a", "z"], ["b", "c"]))).toEqual([0, 1]);
    for (const level of [1, 2, 6]) {
      expect(() => readManifest(lying(level, ["a", "z"], ["b", "c"]))).toThrow("tables overlap");
      expect(() => readManifest(lying(level, ["c", "e"], ["a", "d"]))).toThrow(Malformed);
    }
  });

  it("may lie side by side, in whatever order they were added", () => {
    expect(numbersOf(lying(1, ["e", "f"], ["a", "b"], ["c", "d"]))).toEqual([0, 1, 2]);
    expect(numbersOf(manifest([...newTable(1, 0, "a", "z"), ...newTable(2, 1, "b", "c")]))).toEqual([0, 1]);
  });

  it("overlap in a single user key too, whatever its changes are", () => {
    const touching = [
      [7, 1, 1, 100, ...internal("a"), ...internal("k", 9)],
      [7, 1, 2, 100, ...internal("k", 3), ...internal("z")],
    ];
    expect(() => readManifest(manifest(...touching))).toThrow("tables overlap");
  });

  it("overlap no more when one of them is deleted", () => {
    expect(numbersOf(manifest([...newTable(1, 1, "a", "z"), ...newTable(1, 2, "b", "c"), 6, 1, 1]))).toEqual([
      2,
    ]);
  });
});
