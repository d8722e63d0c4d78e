/** Tables and blocks made by hand: what holds is read, and whatever LevelDB could trip over stops both who read them. */
import { describe, expect, it } from "vitest";
import { concatBytes, utf8 } from "../../../src/base/bytes.ts";
import { Malformed } from "../../../src/store/leveldb/encoding-reader.ts";
import { KeyWalk } from "../../../src/store/leveldb/key-walk.ts";
import { checkOwnBlocks, openBlock, readBlock, readIndex } from "../../../src/store/leveldb/sorted-table.ts";
import {
  blockOf,
  entry,
  storedBlock,
  TABLE_MAGIC,
  tableOf,
  trailer,
  uint32,
} from "../support/leveldb-bytes.ts";

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
    expect(readBlock(storedBlock(block), { offset: 0, size: block.length })).toEqual(
      ["ab", "ac", "b"].map((text) => ({ key: key(text), value: Uint8Array.of(7) })),
    );
    const walk = new KeyWalk();
    walk.walk(storedBlock(block), { offset: 0, size: block.length });
    expect([walk.first, walk.last]).toEqual([key("ab"), key("b")]);
  });

  it("is found where its handle says", () => {
    const block = blockOf(entry(0, "a"));
    const table = concatBytes(new Uint8Array(5).fill(9), storedBlock(block), new Uint8Array(5).fill(9));
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
      [
        "with an empty value at its end",
        [...entry(0, "a").slice(0, 2), 0, ...entry(0, "a").slice(3, -1)],
        [0],
      ],
    ])("%s", (_name, entries, restarts) => {
      const block = blockOf(entries, restarts);
      expect(() => read(storedBlock(block), block.length)).not.toThrow();
    });
  });

  describe.each(readers)("stops %s", (_reader, read) => {
    it.each<[string, string, readonly number[], readonly number[]]>([
      ["ends too early", "in its lengths", [...entry(0, "a"), 0, 9], [0]],
      ["ends too early", "in a key", entry(0, "a").slice(0, -2), [0]],
      ["ends too early", "in a value", entry(0, "a").slice(0, -1), [0]],
      ["ends too early", "in a later key", [...entry(0, "a"), 0, 9, 1, 98], [9]],
      ["ends too early", "in a length that goes on", [0, 0xff], [0xffff_fffe, 0xffff_ffff]],
      ["ends too early", "in the longest key", [0, ...new Uint8Array(7).fill(0xff), 0x0f, 0], [0]],
      ["number too large", "in a length", [0, ...new Uint8Array(8).fill(0xff), 1], [0]],
      ["shares more than there is", "at its beginning", entry(1, "a"), [0]],
      ["shares more than there is", "later", [...entry(0, "a"), ...entry(10, "")], [0]],
      ["restarts out of order", "named twice", THREE, [0, 0]],
      ["restarts out of order", "of which a later one comes first", THREE, [11, 0]],
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
      expect(() => read(storedBlock(block), block.length)).toThrow(why);
      expect(() => read(storedBlock(block), block.length)).toThrow(Malformed);
    });

    it("when its frame does not hold", () => {
      const block = blockOf(entry(0, "a"));
      expect(() => read(storedBlock(block, 1), block.length)).toThrow("compressed block");
      expect(() => read(storedBlock(block).subarray(0, -1), block.length)).toThrow("ends too early");
      expect(() => read(storedBlock(block), block.length + 6)).toThrow("ends too early");
      expect(() => read(new Uint8Array(8), 3)).toThrow("ends too early");
      const crowded = Uint8Array.from([0, 0, 0, ...uint32(1)]);
      expect(() => read(storedBlock(crowded), crowded.length)).toThrow("no room for restarts");
      const full = Uint8Array.from([...uint32(0), ...uint32(1)]);
      expect(() => read(storedBlock(full), full.length)).toThrow("restart that is no entry");
    });
  });
});

describe("the index of a table", () => {
  const first = blockOf(entry(0, "a"));
  const second = blockOf(entry(0, "b"));
  const made = (magic = TABLE_MAGIC) =>
    tableOf(
      [
        ["a", first],
        ["c", second],
      ],
      magic,
    );

  it("names each block and the last key it may hold", () => {
    const key = (text: string) => ({ userKey: utf8(text), sequence: 1, type: 1 });
    expect(readIndex(made())).toEqual([
      { last: key("a"), block: { offset: 0, size: first.length } },
      { last: key("c"), block: { offset: first.length + 5, size: second.length } },
    ]);
  });

  it.each(TABLE_MAGIC.map((_, at) => at))("is looked for only in a table: byte %i of its mark", (at) => {
    const magic = TABLE_MAGIC.map((byte, index) => (index === at ? byte ^ 1 : byte));
    expect(() => readIndex(made(magic))).toThrow("not a table");
    expect(() => readIndex(made(magic))).toThrow(Malformed);
  });

  it("is not in what is shorter than a footer", () => {
    for (const length of [0, 3, 7, 8, 47]) {
      const end = made().slice(-length);
      expect(() => readIndex(length === 0 ? new Uint8Array(0) : end)).toThrow(Malformed);
    }
  });
});

describe("a walk through several blocks", () => {
  const blocks = (...texts: readonly string[]) => texts.map((text) => storedBlock(blockOf(entry(0, text))));

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
    const sharing = storedBlock(blockOf([...entry(1, "c")]));
    expect(() => walk.walk(sharing, { offset: 0, size: sharing.length - 5 })).toThrow("shares more");
  });
});

describe("the blocks that lead to the others", () => {
  const table = tableOf([["b", blockOf(entry(0, "a"))]]);

  it("are whole in a table that is", () => {
    expect(() => checkOwnBlocks(table)).not.toThrow();
  });

  it("are not, whatever byte of filter, metaindex or index is another", () => {
    const first = blockOf(entry(0, "a")).length + 5;
    for (let at = first; at < table.length - 48; at += 1) {
      const flipped = table.slice();
      flipped[at] = flipped[at]! ^ 1;
      expect(() => checkOwnBlocks(flipped), String(at)).toThrow(Malformed);
    }
  });
});
