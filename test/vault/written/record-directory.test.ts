import { randomBytes } from "node:crypto";
import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { toHex } from "../../../src/base/bytes.ts";
import {
  DIRECTORY_ENTRY_BYTES,
  RecordDirectory,
  SHARDS,
} from "../../../src/vault/written/record-directory.ts";

/** Few ids, close to each other, so that runs of probing collide and wrap around. */
const id = fc
  .tuple(fc.constantFrom(0, 1, 255), fc.constantFrom(0, 1, 0xfe, 0xff), fc.integer({ min: 0, max: 40 }))
  .map(([shard, home, rest]) => {
    const bytes = new Uint8Array(16).fill(home);
    bytes[0] = shard;
    bytes[15] = rest;
    return bytes;
  });
const tag = fc.uint8Array({ minLength: 8, maxLength: 16 });
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("set" as const), id, tag }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("delete" as const), id, tag }) },
);

describe("the record directory", () => {
  test.prop([fc.array(step, { maxLength: 200 })])("says what a map would say after any changes", (steps) => {
    const directory = new RecordDirectory();
    const map = new Map<string, Uint8Array>();
    for (const each of steps) {
      const name = toHex(each.id);
      if (each.kind === "set") {
        directory.set(each.id, each.tag);
        map.set(name, each.tag.slice(0, 8));
      } else {
        expect(directory.delete(each.id)).toBe(map.delete(name));
      }
      expect(directory.size).toBe(map.size);
      expect(directory.has(each.id)).toBe(map.has(name));
    }
    for (const each of steps) {
      const expected = map.get(toHex(each.id));
      expect(directory.tagOf(each.id)).toEqual(expected);
      expect(directory.isNewest(each.id, each.tag)).toBe(
        expected !== undefined && toHex(expected) === toHex(each.tag.slice(0, 8)),
      );
    }
    const packed = new Map<string, string>();
    for (let shard = 0; shard < SHARDS; shard += 1) {
      const bytes = directory.packShard(shard);
      for (let offset = 0; offset < bytes.length; offset += DIRECTORY_ENTRY_BYTES) {
        packed.set(
          toHex(bytes.subarray(offset, offset + 16)),
          toHex(bytes.subarray(offset + 16, offset + 24)),
        );
      }
    }
    expect(packed).toEqual(new Map([...map].map(([name, bytes]) => [name, toHex(bytes)])));
  });

  test.prop([fc.array(step, { maxLength: 200 }), fc.array(step, { maxLength: 50 })])(
    "comes back packed, over what is there already",
    (steps, already) => {
      const directory = new RecordDirectory();
      const other = new RecordDirectory();
      const map = new Map<string, Uint8Array>();
      for (const each of already) {
        other.set(each.id, each.tag);
        map.set(toHex(each.id), each.tag.slice(0, 8));
      }
      for (const each of steps) {
        directory.set(each.id, each.tag);
        map.set(toHex(each.id), each.tag.slice(0, 8));
      }
      const shards = Array.from({ length: SHARDS }, (_, shard) => Buffer.from(directory.packShard(shard)));
      other.setPacked(new Uint8Array(Buffer.concat(shards)));
      expect(other.size).toBe(map.size);
      for (const each of [...already, ...steps]) {
        expect(other.tagOf(each.id)).toEqual(map.get(toHex(each.id)));
        expect(other.delete(each.id)).toBe(map.delete(toHex(each.id)));
      }
      expect(other.size).toBe(0);
    },
  );

  it("tells tags apart in each of their 8 bytes, and ids in each of their 16", () => {
    const directory = new RecordDirectory();
    const [key, value] = [new Uint8Array(randomBytes(16)), new Uint8Array(randomBytes(8))];
    directory.set(key, value);
    expect(directory.isNewest(key, value)).toBe(true);
    for (let index = 0; index < 8; index += 1)
      expect(directory.isNewest(key, flipped(value, index))).toBe(false);
    for (let index = 0; index < 16; index += 1) expect(directory.has(flipped(key, index))).toBe(false);
  });

  it("takes 25 bytes a slot: a fifth more slots than records at least, and half more each time it grows", () => {
    const directory = new RecordDirectory();
    const bytesWith = (records: number) => {
      while (directory.size < records) directory.set(idIn(7), new Uint8Array(8));
      return directory.bytes;
    };
    expect(directory.bytes).toBe(0);
    expect(bytesWith(1)).toBe(8 * 25);
    expect(bytesWith(6)).toBe(8 * 25);
    expect(bytesWith(7)).toBe(12 * 25);
    expect(bytesWith(112)).toBe(140 * 25);
    expect(bytesWith(113)).toBe(210 * 25);
    expect(bytesWith(1_000)).toBe(1_598 * 25);
  });

  it("is filled at once with three tenths of its slots to spare, shard by shard", () => {
    const directory = new RecordDirectory();
    const packed = (shard: number, records: number) => {
      const other = new RecordDirectory();
      while (other.size < records) other.set(idIn(shard), new Uint8Array(8));
      return other.packShard(shard);
    };
    directory.setPacked(Uint8Array.of(...packed(3, 1_000), ...packed(9, 100)));
    expect(directory.size).toBe(1_100);
    expect(directory.bytes).toBe((1_429 + 143) * 25);
    directory.setPacked(packed(3, 500));
    expect(directory.size).toBe(1_600);
    expect(directory.bytes).toBe((2_143 + 143) * 25);
  });

  it("holds a million records in less than 60 MB", () => {
    const directory = new RecordDirectory();
    let most = 0;
    const bytes = new Uint8Array(24 << 10);
    for (let count = 0; count < 1_000_000; count += 1) {
      const offset = (count % 1_024) * 24;
      if (offset === 0) crypto.getRandomValues(bytes);
      directory.set(bytes.subarray(offset, offset + 16), bytes.subarray(offset + 16, offset + 24));
      if (count % 50_000 === 0) most = Math.max(most, directory.bytes);
    }
    expect(directory.size).toBe(1_000_000);
    expect(Math.max(most, directory.bytes)).toBeLessThan(60e6);
  });
});

/** A random id in a shard. */
function idIn(shard: number): Uint8Array {
  return new Uint8Array(randomBytes(16)).fill(shard, 0, 1);
}

function flipped(bytes: Uint8Array, index: number): Uint8Array {
  const copy = bytes.slice();
  copy[index]! ^= 0x80;
  return copy;
}
