/**
 * LevelDB's tables: blocks of entries, an index block that says where they are, and a footer that says where the index is.
 *
 *   table   block … ‖ filter … ‖ metaindex ‖ index ‖ footer(48)
 *   block   entry … ‖ restart(4) … ‖ restarts(4), and behind it compression(1) ‖ masked CRC-32C(4)
 *   entry   shared(varint) ‖ unshared(varint) ‖ value length(varint) ‖ key from `shared` on ‖ value
 *   footer  metaindex handle ‖ index handle ‖ zeros, up to 40 bytes ‖ magic(8)
 *
 * A handle is offset(varint) ‖ size(varint). Restarts are offsets of entries that share nothing with the one before.
 * LevelDB trusts all of this, and aborts the process where a key is too short or out of order. Nothing here is compressed.
 */
import { ByteReader, Malformed } from "./encoding-reader.ts";
import { maskedCrc32c } from "./crc32c.ts";
import type { InternalKey } from "./internal-key.ts";
import { compareInternalKeys, parseInternalKey } from "./internal-key.ts";

const FOOTER_BYTES = 48;
const TRAILER_BYTES = 5;
const MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];

/** Where a block is. */
export interface BlockHandle {
  readonly offset: number;
  readonly size: number;
}

export interface TableRecord {
  readonly key: InternalKey;
  /** A view. */
  readonly value: Uint8Array;
}

/** @throws Malformed */
export function readIndex(
  table: Uint8Array,
): readonly { readonly last: InternalKey; readonly block: BlockHandle }[] {
  const footer = new ByteReader(table, Math.max(0, table.length - FOOTER_BYTES));
  readHandle(footer);
  const index = readHandle(footer);
  const magic = table.subarray(table.length - MAGIC.length);
  if (MAGIC.some((byte, at) => magic[at] !== byte)) throw new Malformed("not a table");
  return readBlock(table, index).map(({ key, value }) => ({
    last: key,
    block: readHandle(new ByteReader(value)),
  }));
}

/**
 * Checks the sums of the blocks that lead to all others: the index, and the filter, which says of a key whether to look for
 * it at all. Those of the entries are not checked here: there are hundreds of megabytes of them, and each is authenticated.
 *
 * @throws Malformed
 */
export function checkOwnBlocks(table: Uint8Array): void {
  const footer = new ByteReader(table, Math.max(0, table.length - FOOTER_BYTES));
  const [metaindex, index] = [readHandle(footer), readHandle(footer)];
  for (const handle of [metaindex, index]) checkSum(table, handle);
  const { block, end } = openBlock(table, metaindex);
  const filters = new ByteReader(block, 0, end);
  while (!filters.isDone) {
    const [, unshared, valueLength] = [filters.varint(), filters.varint(), filters.varint()];
    filters.take(unshared);
    checkSum(table, readHandle(new ByteReader(filters.take(valueLength))));
  }
}

/** Behind a block stand its type, which is summed with it, and the sum. @throws Malformed */
function checkSum(table: Uint8Array, { offset, size }: BlockHandle): void {
  const whole = new ByteReader(table, offset);
  const summed = whole.take(size + 1);
  if (whole.fixed32() !== maskedCrc32c(summed)) throw new Malformed("block with another sum");
}

/** The entries of a block, in order. @throws Malformed when LevelDB could trip over anything in it */
export function readBlock(table: Uint8Array, handle: BlockHandle): readonly TableRecord[] {
  const { block, end, restarts } = openBlock(table, handle);
  const records = readEntries(block, end, restarts);
  if (restarts.size > 0) throw new Malformed("restart that is no entry");
  return records;
}

/** A block whose entries nobody looked at. */
export interface OpenedBlock {
  /** A view. */
  readonly block: Uint8Array;
  /** Where its entries end. */
  readonly end: number;
  /** Where entries should begin that share nothing with the one before. */
  readonly restarts: Set<number>;
}

/** @throws Malformed */
export function openBlock(table: Uint8Array, { offset, size }: BlockHandle): OpenedBlock {
  const whole = new ByteReader(table, offset);
  const block = whole.take(size);
  if (whole.byte() !== 0) throw new Malformed("compressed block");
  whole.take(TRAILER_BYTES - 1);
  const restartCount = new ByteReader(block, Math.max(0, size - 4)).fixed32();
  const end = size - 4 - restartCount * 4;
  if (end < 0 || restartCount === 0) throw new Malformed("no room for restarts");
  const restarts = new Set<number>();
  let before = -1;
  for (let at = end; at < size - 4; at += 4) {
    const restart = new ByteReader(block, at).fixed32();
    // Looking for a key begins between two of them.
    if (restart <= before) throw new Malformed("restarts out of order");
    before = restart;
    restarts.add(restart);
  }
  return { block, end, restarts };
}

/** Takes out of `restarts` every entry that may be one. */
function readEntries(block: Uint8Array, end: number, restarts: Set<number>): readonly TableRecord[] {
  const records: TableRecord[] = [];
  const reader = new ByteReader(block, 0, end);
  let bytes = new Uint8Array(0);
  while (!reader.isDone) {
    const start = reader.offset;
    const [shared, unshared, valueLength] = [reader.varint(), reader.varint(), reader.varint()];
    if (shared > bytes.length) throw new Malformed("shares more than there is");
    if (shared === 0) restarts.delete(start);
    const added = reader.take(unshared);
    const next = new Uint8Array(shared + unshared);
    next.set(bytes.subarray(0, shared));
    next.set(added, shared);
    bytes = next;
    const key = parseInternalKey(bytes);
    const before = records.at(-1);
    if (before !== undefined && compareInternalKeys(before.key, key) >= 0)
      throw new Malformed("out of order");
    records.push({ key, value: reader.take(valueLength) });
  }
  return records;
}

function readHandle(reader: ByteReader): BlockHandle {
  return { offset: reader.varint(), size: reader.varint() };
}
