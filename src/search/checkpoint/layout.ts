/**
 * The checkpoint: the index as a row of chunks of about 256 KiB. No text is in them. A chunk is
 *
 *   "KSIX" | version (1) | kind (1) | ordinal (4) | CRC-32 of the body (4) | body
 *
 * and the kinds come in this order: one `head`, then any number of `terms`, of `memories` and of `postings`, one `end`.
 *
 *   head      about how many memories (8) | number of terms (8)
 *   terms     { spelling } …                                  term 0, term 1, …; empty where a number stands for none
 *   memories  { id (16) | at (8) | saved at (8) | signs (1) | fields (1) | project | speaker | tag set | [session]
 *             | [expiry (8)] | [id it supersedes (16)] | number of terms | bytes of terms | terms … } …
 *   postings  { term | count | { row << 1 | more | [frequency, when more] } … } …
 *   end       number of memories (8)
 *
 * Numbers are LEB128 varints unless a width is given, widths are big-endian. A memory's row is its place among the memories.
 * In postings it is the zigzag of the distance from the row before, which is 0 at first; a term with many postings
 * occurs more than once. Projects, speakers, sessions and tag sets are numbered as they first occur; where a number occurs
 * for the first time its spelling follows: a varint length and UTF-8, for a tag set their number and then each tag. Project,
 * speaker and tag set number from 1; 0 is none.
 */

/** Raised whenever the chunks or the way from text to terms change: older checkpoints are then rebuilt. */
export const CHECKPOINT_VERSION = 2;
export const MAGIC = 0x4b534958;
export const HEADER_BYTES = 14;
/** A chunk is closed once its body holds so many bytes. */
export const CHUNK_BYTES = 256 * 1024;
/** Postings of one term that stand together; a chunk is made at once. */
export const POSTINGS_TOGETHER = 65_536;

export const CHUNK_KINDS = ["head", "terms", "memories", "postings", "end"] as const;
export type ChunkKind = (typeof CHUNK_KINDS)[number];

/** Which optional fields of a memory follow. */
export const HAS_SESSION = 1;
export const HAS_EXPIRY = 2;
export const HAS_SUPERSEDED = 4;
