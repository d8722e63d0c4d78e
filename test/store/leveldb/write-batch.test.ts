/** Batches as LevelDB writes them into its log. */
import { describe, expect, it } from "vitest";
import { utf8 } from "../../../src/base/bytes.ts";
import { Malformed } from "../../../src/store/leveldb/encoding-reader.ts";
import { readWriteBatch } from "../../../src/store/leveldb/write-batch.ts";
import { batchOf } from "../support/leveldb-bytes.ts";

const batch = (count: number, ...changes: readonly number[]) =>
  Uint8Array.from(batchOf(7, count, ...changes));

describe("a batch", () => {
  it("numbers its changes from its own sequence number on", () => {
    expect(readWriteBatch(batch(3, 1, 1, 65, 2, 8, 9, 0, 2, 66, 67, 1, 0, 0))).toEqual([
      { key: { userKey: utf8("A"), sequence: 7, type: 1 }, value: Uint8Array.of(8, 9) },
      { key: { userKey: utf8("BC"), sequence: 8, type: 0 }, value: new Uint8Array(0) },
      { key: { userKey: utf8(""), sequence: 9, type: 1 }, value: new Uint8Array(0) },
    ]);
    expect(readWriteBatch(batch(0))).toEqual([]);
  });

  it.each([
    ["unknown type", batch(1, 2, 1, 65)],
    ["batch of another count", batch(2, 0, 1, 65)],
    ["batch of another count", batch(1, 0, 1, 65, 0, 1, 66)],
    ["batch of another count", batch(1)],
    ["ends too early", batch(1, 1, 1, 65)],
    ["ends too early", batch(1, 0, 2, 65)],
    ["ends too early", batch(0).subarray(0, 11)],
  ])("stops at what is none: %s", (why, record) => {
    expect(() => readWriteBatch(record)).toThrow(why);
    expect(() => readWriteBatch(record)).toThrow(Malformed);
  });
});
