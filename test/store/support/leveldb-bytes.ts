/** LevelDB's files made by hand: each field where the format has it, right or wrong as a test wants it. */
import { concatBytes, utf8 } from "../../../src/base/bytes.ts";
import { maskedCrc32c } from "../../../src/store/leveldb/crc32c.ts";

type Bytes = readonly number[];

/** A piece of a log; by default a whole record. */
export function logPiece(content: Uint8Array | Bytes, type = 1): Uint8Array {
  const header = Buffer.alloc(7);
  header.writeUInt32LE(maskedCrc32c(Uint8Array.of(type, ...content)), 0);
  header.writeUInt16LE(content.length, 4);
  header[6] = type;
  return Uint8Array.of(...header, ...content);
}

/** A batch of changes, the first of them with `sequence`. */
export function batchOf(sequence: number, count: number, ...changes: Bytes): Bytes {
  return [sequence, 0, 0, 0, 0, 0, 0, 0, count, 0, 0, 0, ...changes];
}

/** What stands behind a user key. */
export function trailer(sequence = 1, type = 1): Bytes {
  return [type, sequence, 0, 0, 0, 0, 0, 0];
}

/** An internal key behind its length. */
export function internal(text: string, sequence = 1): Bytes {
  return [text.length + 8, ...utf8(text), ...trailer(sequence)];
}

/** The edit that adds a table. */
export function newTable(
  level: number,
  number: number,
  smallest: string,
  largest: string,
  size = 100,
): Bytes {
  return [7, level, number, ...varint(size), ...internal(smallest), ...internal(largest)];
}

/** An entry that shares `shared` bytes with the key before it and has a value of one byte. */
export function entry(shared: number, text: string, end: Bytes = trailer()): Bytes {
  const key = [...utf8(text), ...end];
  return [shared, key.length, 1, ...key, 7];
}

/** Entries and restarts as they lie in a table. */
export function blockOf(entries: Bytes, restarts: Bytes = [0]): Uint8Array {
  return Uint8Array.from([...entries, ...restarts.flatMap(uint32), ...uint32(restarts.length)]);
}

/** A block with the byte and the checksum behind it. */
export function storedBlock(block: Uint8Array, compression = 0): Uint8Array {
  const summed = concatBytes(block, Uint8Array.of(compression));
  return concatBytes(summed, Uint8Array.from(uint32(maskedCrc32c(summed))));
}

export const TABLE_MAGIC: Bytes = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];

/** Blocks, each with the key the index has for it, a filter, a metaindex that names it, the index and a footer. */
export function tableOf(
  blocks: readonly (readonly [last: string, block: Uint8Array])[],
  magic: Bytes = TABLE_MAGIC,
): Uint8Array {
  let offset = 0;
  const index: number[] = [];
  for (const [last, block] of blocks) {
    const handle = [...varint(offset), ...varint(block.length)];
    index.push(0, last.length + 8, handle.length, ...utf8(last), ...trailer(), ...handle);
    offset += block.length + 5;
  }
  const filter = Uint8Array.of(1, 2, 3);
  const filterHandle = [...varint(offset), filter.length];
  const metaindex = blockOf([0, 6, filterHandle.length, ...utf8("filter"), ...filterHandle]);
  const indexBlock = blockOf(index);
  const metaindexAt = offset + filter.length + 5;
  const indexAt = metaindexAt + metaindex.length + 5;
  const footer = new Uint8Array(48);
  footer.set([
    ...varint(metaindexAt),
    ...varint(metaindex.length),
    ...varint(indexAt),
    ...varint(indexBlock.length),
  ]);
  footer.set(magic, 40);
  const stored = [...blocks.map(([, block]) => block), filter, metaindex, indexBlock];
  return concatBytes(...stored.map((each) => storedBlock(each)), footer);
}

/** 7 bits a byte, lowest first. */
export function varint(value: number): Bytes {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return [...bytes, rest];
}

/** 4 bytes, lowest first. */
export function uint32(value: number): Bytes {
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24];
}
