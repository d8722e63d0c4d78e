/** Keys in LevelDB's order: user keys ascending, then the newest change first. */
import { describe, expect, it } from "vitest";
import { utf8 } from "../../../src/base/bytes.ts";
import { Malformed } from "../../../src/store/leveldb/encoding-reader.ts";
import {
  compareBytes,
  compareInternalKeys,
  parseInternalKey,
  REMOVED,
  STORED,
} from "../../../src/store/leveldb/internal-key.ts";

const key = (text: string, sequence: number, type = STORED) => ({ userKey: utf8(text), sequence, type });

describe("an internal key", () => {
  it("is a user key, a type and a sequence number, lowest byte first", () => {
    const bytes = Uint8Array.of(65, 66, 1, 1, 2, 3, 4, 5, 6, 0);
    expect(parseInternalKey(bytes)).toEqual(key("AB", 0x0605_0403_0201));
    expect(parseInternalKey(Uint8Array.of(0, 9, 0, 0, 0, 0, 0, 0))).toEqual(key("", 9, REMOVED));
    expect(parseInternalKey(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 1)).sequence).toBe(2 ** 48);
  });

  it.each([
    ["key without a trailer", [1, 0, 0, 0, 0, 0, 0]],
    ["unknown type", [65, 2, 0, 0, 0, 0, 0, 0, 0]],
  ])("stops at what is none: %s", (why, bytes) => {
    expect(() => parseInternalKey(Uint8Array.from(bytes))).toThrow(why);
    expect(() => parseInternalKey(Uint8Array.from(bytes))).toThrow(Malformed);
  });
});

describe("the order of keys", () => {
  it("is that of their bytes, the shorter first", () => {
    const ordered = ["", "A", "AA", "AB", "B", "\u0080"];
    for (const [a, first] of ordered.entries()) {
      for (const [b, second] of ordered.entries()) {
        expect(Math.sign(compareBytes(utf8(first), utf8(second)))).toBe(Math.sign(a - b));
      }
    }
  });

  it("is by user key, then the highest sequence number, then what is stored", () => {
    const ordered = [
      key("A", 2),
      key("A", 1),
      key("A", 1, REMOVED),
      key("AA", 9),
      key("B", 9, REMOVED),
      key("B", 8),
    ];
    for (const [a, first] of ordered.entries()) {
      for (const [b, second] of ordered.entries()) {
        expect(Math.sign(compareInternalKeys(first, second))).toBe(Math.sign(a - b));
      }
    }
  });
});
