/** Every read is bounded by the end the reader was given, and says why it stopped. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader, Malformed } from "../../../src/store/leveldb/encoding-reader.ts";
import { varint } from "../support/leveldb-bytes.ts";

const readerOf = (...bytes: readonly number[]) => new ByteReader(Uint8Array.from(bytes));

/** 2^53 - 1, the largest number there is, in 7 bits a byte. */
const LARGEST = [...new Uint8Array(7).fill(0xff), 0x0f];

describe("a reader of bytes", () => {
  it("reads what lies between its offset and its end, and nothing beside it", () => {
    const reader = new ByteReader(Uint8Array.of(9, 1, 2, 3, 9), 1, 4);
    expect([reader.offset, reader.isDone]).toEqual([1, false]);
    expect([reader.byte(), reader.byte()]).toEqual([1, 2]);
    expect([reader.offset, reader.isDone]).toEqual([3, false]);
    expect(() => reader.take(2)).toThrow("ends too early");
    expect(reader.take(1)).toEqual(Uint8Array.of(3));
    expect([reader.offset, reader.isDone]).toEqual([4, true]);
    expect(reader.take(0)).toHaveLength(0);
    expect(() => reader.byte()).toThrow("ends too early");
  });

  it("reads all bytes when it is told no bounds", () => {
    const reader = readerOf(1, 2);
    expect([reader.byte(), reader.isDone, reader.byte(), reader.isDone]).toEqual([1, false, 2, true]);
    expect(readerOf().isDone).toBe(true);
  });

  it("reads a number in 7 bits a byte, lowest first", () => {
    expect(readerOf(0x7f).varint()).toBe(127);
    expect(readerOf(0xac, 0x02).varint()).toBe(300);
    expect(readerOf(...LARGEST).varint()).toBe(Number.MAX_SAFE_INTEGER);
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const bytes = varint(value);
        const reader = readerOf(...bytes, 9);
        expect([reader.varint(), reader.offset]).toEqual([value, bytes.length]);
      }),
    );
  });

  it("reads 4 and 8 bytes, lowest first", () => {
    expect(readerOf(0x78, 0x56, 0x34, 0x12).fixed32()).toBe(0x1234_5678);
    expect(readerOf(0xff, 0xff, 0xff, 0xff).fixed32()).toBe(0xffff_ffff);
    expect(readerOf(1, 0, 0, 0, 2, 0, 0, 0).fixed64()).toBe(2 * 2 ** 32 + 1);
    expect(readerOf(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0).fixed64()).toBe(Number.MAX_SAFE_INTEGER);
  });

  it("reads bytes behind their length", () => {
    const reader = readerOf(2, 7, 8, 9);
    expect(reader.prefixed()).toEqual(Uint8Array.of(7, 8));
    expect(reader.offset).toBe(3);
  });

  it.each<[string, readonly number[], (reader: ByteReader) => unknown]>([
    ["ends too early", [], (reader) => reader.byte()],
    ["ends too early", [0x80], (reader) => reader.varint()],
    ["ends too early", [1, 2, 3], (reader) => reader.fixed32()],
    ["ends too early", [1, 2, 3, 4, 5, 6, 7], (reader) => reader.fixed64()],
    ["ends too early", [1, 2], (reader) => reader.take(3)],
    ["ends too early", [2, 7], (reader) => reader.prefixed()],
    ["number too large", varint(2 ** 53), (reader) => reader.varint()],
    ["number too large", [0, 0, 0, 0, 0, 0, 0x20, 0], (reader) => reader.fixed64()],
  ])("throws instead of guessing: %s, %j", (why, bytes, read) => {
    expect(() => read(readerOf(...bytes))).toThrow(why);
    expect(() => read(readerOf(...bytes))).toThrow(Malformed);
  });
});
