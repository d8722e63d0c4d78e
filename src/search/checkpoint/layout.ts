/**
 * The checkpoint: the index as a row of chunks of about 256 KiB. Columns, and postings in the order of rows, exist for a
 * million memories: they are read back in 0.65 s, as single memories it took 1.3 s (decision 021). No text is in them. A chunk is
 *
 *   "KSIX" | version (1) | kind (1) | ordinal (4) | CRC-32 of the body (4) | body
 *
 * and the kinds come in this order: one `head`, then any number of `terms`, of `memories` and of `postings`, one `end`.
 *
 *   head      about how many memories (8) | number of terms (8) | 0x0102 as the machine writes it (2)
 *   terms     { spelling } …                                  term 0, term 1, …; empty where a number stands for none
 *   memories  number of memories n (4) | bytes of terms (4) | columns | terms | new names | expiring | superseding
 *   postings  { term | count | { distance << 1 | more | [frequency, when more] } … } …
 *   end       number of memories (8)
 *
 * Terms are those of dictionary and postings, marks of stop words among them; the terms of a memory have none.
 *
 * Numbers are LEB128 varints unless a width is given, widths are big-endian. A memory's row is its place among all the
 * memories. Postings are in ascending order of rows, each with its distance from the one before, at first from 0; a term with
 * many postings occurs more than once.
 *
 * The columns of memories are arrays of n numbers each, as the machine has them in memory:
 *
 *   at (8) | saved at (8) | id (4 × 4) | project (4) | speaker (4) | tag set (4) | session (4) | bytes of terms (4)
 *   | number of terms (2) | signs (1) | trust (1)
 *
 * Projects, speakers, tag sets and sessions are numbered from 1 as they first occur; 0 is none. Each chunk spells those that
 * are new in it:
 *
 *   new names    for projects, speakers, tag sets and sessions in turn: count | { spelling } …
 *   expiring     count | { place in the chunk | expires at (8) } …
 *   superseding  count | { place in the chunk | id of what it supersedes (16) } …
 *
 * A spelling is a varint length and UTF-8; that of a tag set is a count and the spelling of each tag, that of a session the
 * number of its project and then its name.
 */
import type { CataloguedColumns } from "../catalogue/catalogue.ts";

/** Raised whenever the chunks or the way from text to terms or signs change: older checkpoints are then rebuilt. */
export const CHECKPOINT_VERSION = 8;
export const MAGIC = 0x4b534958;
export const HEADER_BYTES = 14;
/** A chunk is closed once its body holds so many bytes. */
export const CHUNK_BYTES = 256 * 1024;
/** Postings of one term that stand together; a chunk is made at once. */
export const MAX_POSTINGS_TOGETHER = 65_536;

export const CHUNK_KINDS = ["head", "terms", "memories", "postings", "end"] as const;
export type ChunkKind = (typeof CHUNK_KINDS)[number];

/** Read the other way round by a machine that writes numbers the other way round: it cannot use the columns. */
export const BYTE_ORDER = 0x0102;

export const ID_WORDS = 4;
/** Bytes of the columns for each memory. */
export const MEMORY_BYTES = 56;

/** The columns of a row of memories, with the numbers of names in place of their codes. */
export interface MemoryColumns extends Omit<CataloguedColumns, "expiring">, Readonly<Record<string, Column>> {
  readonly termBytes: Uint32Array;
}

type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/**
 * The columns of `count` memories, in their order.
 *
 * @param buffer - they stand at its beginning
 * @throws RangeError when it is too short
 */
export function memoryColumns(buffer: ArrayBuffer, count: number): MemoryColumns {
  const starts = [0, 8, 16, 32, 36, 40, 44, 48, 52, 54, 55].map((bytes) => bytes * count);
  const [at, savedAt, ids, projects, speakers, tagSets, sessions, termBytes, lengths, signs, trusts] = starts;
  return {
    at: new Float64Array(buffer, at, count),
    savedAt: new Float64Array(buffer, savedAt, count),
    ids: new Uint32Array(buffer, ids, count * ID_WORDS),
    projects: new Uint32Array(buffer, projects, count),
    speakers: new Uint32Array(buffer, speakers, count),
    tagSets: new Uint32Array(buffer, tagSets, count),
    sessions: new Uint32Array(buffer, sessions, count),
    termBytes: new Uint32Array(buffer, termBytes, count),
    lengths: new Uint16Array(buffer, lengths, count),
    signs: new Uint8Array(buffer, signs, count),
    trusts: new Uint8Array(buffer, trusts, count),
  };
}
