/**
 * The checkpoint: the index as a row of chunks of about 256 KiB. They hold each memory with the numbers of its terms, no
 * text; postings are built anew, which is as fast as reading them. A chunk is
 *
 *   "KSIX" | version (1) | kind (1) | ordinal (4) | CRC-32 of the body (4) | body
 *
 * and the kinds come in this order: one `head`, any number of `memories`, one `end`. Head and end hold the number of
 * memories (8), a chunk of memories one after another
 *
 *   id (16) | at (8) | saved at (8) | signs (1) | fields (1) | project | speaker | tag set | [session] | [expiry (8)]
 *   | [id it supersedes (16)] | number of terms | terms …
 *
 * Numbers are LEB128 varints unless a width is given, widths are big-endian. Projects, speakers, sessions, tag sets and
 * terms are numbered as they first occur; where a number occurs for the first time its spelling follows: a varint length
 * and UTF-8, for a tag set their number and then each tag. Project, speaker and tag set number from 1; 0 is none.
 */

/** Raised whenever the chunks or the way from text to terms change: older checkpoints are then rebuilt. */
export const CHECKPOINT_VERSION = 1;
export const MAGIC = 0x4b534958;
export const HEADER_BYTES = 14;
/** A chunk is closed once its body holds so many bytes. */
export const CHUNK_BYTES = 256 * 1024;

export const CHUNK_KINDS = ["head", "memories", "end"] as const;
export type ChunkKind = (typeof CHUNK_KINDS)[number];

/** Which optional fields of a memory follow. */
export const HAS_SESSION = 1;
export const HAS_EXPIRY = 2;
export const HAS_SUPERSEDED = 4;
