/** Tables and blocks made by hand: what holds is read, and whatever LevelDB could trip over stops both who read them. */
import { describe, expect, it } from "vitest";
import { concatBytes, utf8 } from "../../../src/base/bytes.ts";
import { Malformed } from "../../../src/store/leveldb/byte-reader.ts";
import { KeyWalk } from "../../../src/store/leveldb/key-walk.ts";
import { openBlock, readBlock, readIndex } from "../../../src/store/leveldb/table.ts";

const trailer = (sequence = 1, type = 1) => [type, sequence, 0, 0, 0, 0, 0, 0];

/** An entry that shares `shared` bytes with the key before it and has a value of one byte. */
function entry(shared: number, text: string, end: readonly number[] = trailer()): readonly number[] {
  const key = [...utf8(text), ...end];
  return [shared, key.length, 1, ...key, 7];
}

function uint32(value: number): readonly number[] {
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24];
}

/** Entries and restarts as they lie in a table. */
function blockOf(entries: readonly number[], restarts: readonly number[] = [0]): Uint8Array {
  return Uint8Array.from([...entries, ...restarts.flatMap(uint32), ...uint32(restarts.length)]);
}

/** A block with the byte and the checksum behind it. */
function stored(block: Uint8Array, compression = 0): Uint8Array {
  return concatBytes(block, Uint8Array.of(compression, 0, 0, 0, 0));
}

const readers = [
  ["the reader of entries", (table: Uint8Array, size: number) => void readBlock(table, { offset: 0, size })],
  ["the walk", (table: Uint8Array, size: number) => new KeyWalk().walk(table, { offset: 0, size })],
] as const;

/** Three keys, the second of which shares the first byte with the one before; the third begins anew. */
const THREE = [...entry(0, "ab"), ...entry(1, "c"), ...entry(0, "b")];

const NEW_AND_OLD = [...entry(0, "b", trailer(2)), ...entry(0, "b", trailer(1))];
const VALUE_OF_128 = [...utf8("a"), ...trailer(), ...new Uint8Array(128)];

describe("a block", () => {
  it("gives its entries in order, keys put together from what they share", () => {
    const block = blockOf(THREE, [0, 27]);
    const key = (text: string) => ({ userKey: utf8(text), sequence: 1, type: 1 });
    expect(readBlock(stored(block), { offset: 0, size: block.length })).toEqual(
      ["ab", "ac", "b"].map((text) => ({ key: key(text), value: Uint8Array.of(7) })),
    );
    const walk = new KeyWalk();
    walk.walk(stored(block), { offset: 0, size: block.length });
    expect([walk.first, walk.last]).toEqual([key("ab"), key("b")]);
  });

  it("is found where its handle says", () => {
    const block = blockOf(entry(0, "a"));
    const table = concatBytes(new Uint8Array(5).fill(9), stored(block), new Uint8Array(5).fill(9));
    const opened = openBlock(table, { offset: 5, size: block.length });
    expect(opened.block).toEqual(block);
    expect([opened.end, [...opened.restarts]]).toEqual([13, [0]]);
  });

  describe.each(readers)("does not stop %s", (_reader, read) => {
    it.each<[string, readonly number[], readonly number[]]>([
      ["with a key that is empty", entry(0, ""), [0]],
      ["with an entry that shares the whole key before it", [...entry(0, "a"), ...entry(9, "")], [0]],
      ["with an older change of the same key", [...entry(0, "a", trailer(2)), ...entry(0, "a")], [0, 13]],
      ["with a removal of the same number", [...entry(0, "a"), ...entry(0, "a", trailer(1, 0))], [0, 13]],
      ["with a longer key", [...entry(0, "a"), ...entry(0, "aa")], [0]],
      ["with a key that goes on with NUL", [...entry(0, "a"), ...entry(0, "a\0")], [0]],
      ["with two changes of a key behind a longer one", [...entry(0, "abcdefghi"), ...NEW_AND_OLD], [0]],
      ["with a value of 128 bytes", [...entry(0, "a").slice(0, 2), 0x80, 1, ...VALUE_OF_128], [0]],
      ["with an entry that begins anew where no restart is", THREE, [0]],
      ["with one restart named twice", THREE, [0, 0]],
      [
        "with an empty value at its end",
        [...entry(0, "a").slice(0, 2), 0, ...entry(0, "a").slice(3, -1)],
        [0],
      ],
    ])("%s", (_name, entries, restarts) => {
      const block = blockOf(entries, restarts);
      expect(() => read(stored(block), block.length)).not.toThrow();
    });
  });

  describe.each(readers)("stops %s", (_reader, read) => {
    it.each<[string, string, readonly number[], readonly number[]]>([
      ["ends too early", "in its lengths", [...entry(0, "a"), 0, 9], [0]],
      ["ends too early", "in a key", entry(0, "a").slice(0, -2), [0]],
      ["ends too early", "in a value", entry(0, "a").slice(0, -1), [0]],
      ["ends too early", "in a later key", [...entry(0, "a"), 0, 9, 1, 98], [9]],
      ["ends too early", "in a length that goes on", [0, 0xff], [0xffff_ffff, 0xffff_ffff]],
      ["ends too early", "in the longest key", [0, ...new Uint8Array(7).fill(0xff), 0x0f, 0], [0]],
      ["number too large", "in a length", [0, ...new Uint8Array(8).fill(0xff), 1], [0]],
      ["shares more than there is", "at its beginning", entry(1, "a"), [0]],
      ["shares more than there is", "later", [...entry(0, "a"), ...entry(10, "")], [0]],
      ["restart that is no entry", "beside entries", THREE, [0, 1]],
      ["restart that is no entry", "where a key shares", THREE, [0, 14]],
      ["restart that is no entry", "behind all", THREE, [0, 40]],
      ["restart that is no entry", "without any", [], [0]],
      ["key without a trailer", "at the first key", [0, 7, 0, ...trailer().slice(1)], [0]],
      ["key without a trailer", "at a later key", [...entry(0, "a"), 0, 3, 0, 98, 1, 1], [0]],
      ["unknown type", "of a key", entry(0, "a", trailer(1, 2)), [0]],
      ["unknown type", "of a later key", [...entry(0, "a"), ...entry(0, "b", trailer(1, 2))], [0]],
      ["out of order", "with a key twice", [...entry(0, "a"), ...entry(0, "a")], [0]],
      ["out of order", "with a key before the last", [...entry(0, "b"), ...entry(0, "a")], [0]],
      ["out of order", "with a shorter key", [...entry(0, "aa"), ...entry(0, "a")], [0]],
      ["out of order", "with a newer change", [...entry(0, "a"), ...entry(0, "a", trailer(2))], [0]],
      [
        "out of order",
        "with what a removal removed",
        [...entry(0, "a", trailer(1, 0)), ...entry(0, "a")],
        [0],
      ],
      ["no room for restarts", "where there are none", entry(0, "a"), []],
    ])("at what is none: %s, %s", (why, _where, entries, restarts) => {
      const block = blockOf(entries, restarts);
      expect(() => read(stored(block), block.length)).toThrow(why);
      expect(() => read(stored(block), block.length)).toThrow(Malformed);
    });

    it("when its frame does not hold", () => {
      const block = blockOf(entry(0, "a"));
      expect(() => read(stored(block, 1), block.length)).toThrow("compressed block");
      expect(() => read(stored(block).subarray(0, -1), block.length)).toThrow("ends too early");
      expect(() => read(stored(block), block.length + 6)).toThrow("ends too early");
      expect(() => read(new Uint8Array(8), 3)).toThrow("ends too early");
      const crowded = Uint8Array.from([0, 0, 0, ...uint32(1)]);
      expect(() => read(stored(crowded), crowded.length)).toThrow("no room for restarts");
      const full = Uint8Array.from([...uint32(0), ...uint32(1)]);
      expect(() => read(stored(full), full.length)).toThrow("restart that is no entry");
    });
  });
});

describe("the index of a table", () => {
  const MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
  const first = stored(blockOf(entry(0, "a")));
  const second = stored(blockOf(entry(0, "b")));

  /** Two blocks, an index and a footer that names it behind a metaindex that nobody reads. */
  function tableOf(magic: readonly number[] = MAGIC): Uint8Array {
    const handles = [
      [0, first.length - 5],
      [first.length, second.length - 5],
    ];
    const [k, l] = ["a", "c"].map((text) => [...utf8(text), ...trailer()]);
    const index = blockOf([0, 9, 2, ...k!, ...handles[0]!, 0, 9, 2, ...l!, ...handles[1]!]);
    const footer = new Uint8Array(48);
    footer.set([3, 1, first.length + second.length, index.length]);
    footer.set(magic, 40);
    return concatBytes(first, second, stored(index), footer);
  }

  it("names each block and the last key it may hold", () => {
    const key = (text: string) => ({ userKey: utf8(text), sequence: 1, type: 1 });
    expect(readIndex(tableOf())).toEqual([
      { last: key("a"), block: { offset: 0, size: first.length - 5 } },
      { last: key("c"), block: { offset: first.length, size: second.length - 5 } },
    ]);
  });

  it.each(MAGIC.map((_, at) => at))("is looked for only in a table: byte %i of its mark", (at) => {
    const magic = MAGIC.map((byte, index) => (index === at ? byte ^ 1 : byte));
    expect(() => readIndex(tableOf(magic))).toThrow("not a table");
    expect(() => readIndex(tableOf(magic))).toThrow(Malformed);
  });

  it("is not in what is shorter than a footer", () => {
    for (const length of [0, 3, 7, 8, 47]) {
      const end = tableOf().slice(-length);
      expect(() => readIndex(length === 0 ? new Uint8Array(0) : end)).toThrow(Malformed);
    }
  });
});

describe("a walk through several blocks", () => {
  const blocks = (...texts: readonly string[]) => texts.map((text) => stored(blockOf(entry(0, text))));

  it("goes on from block to block, and remembers the first key of all", () => {
    const walk = new KeyWalk();
    for (const block of blocks("a", "b", "c")) walk.walk(block, { offset: 0, size: block.length - 5 });
    expect([walk.first?.userKey, walk.last?.userKey]).toEqual([utf8("a"), utf8("c")]);
  });

  it("stops where a block does not follow the one before, and shares nothing with it", () => {
    const walk = new KeyWalk();
    const [b, a] = blocks("b", "a");
    walk.walk(b!, { offset: 0, size: b!.length - 5 });
    expect(() => walk.walk(a!, { offset: 0, size: a!.length - 5 })).toThrow("out of order");
    const sharing = stored(blockOf([...entry(1, "c")]));
    expect(() => walk.walk(sharing, { offset: 0, size: sharing.length - 5 })).toThrow("shares more");
  });
});
