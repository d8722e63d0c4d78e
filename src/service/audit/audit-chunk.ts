/**
 * The record of calls as the vault keeps it: entries in a chain, some of them to a record (a chunk), and a mark that says
 * where the chain begins and ends.
 *
 * The last chunk is not a record of its own yet: the vault carries it, until one more entry begins another.
 *
 *   chunk   0x11 ‖ number(8) ‖ { length(2) ‖ sequence(8) ‖ previous(32) ‖ entry as JSON } …
 *   mark    0x21 ‖ first chunk(8) ‖ last chunk(8) ‖ sequence(8) ‖ hash(32)
 *           ‖ dropped sequence(8) ‖ dropped hash(32) ‖ dropped at(8) ‖ reason(1)
 *
 *   hash of an entry = MAC(sequence ‖ previous ‖ entry), HMAC-SHA256 under a key of the vault for this alone
 *
 * Integers are big-endian. `previous` is the hash of the entry before, in the mark `hash` that of the newest. `dropped` is
 * the entry before the first one that is kept; the first there ever was has 32 zeros before it.
 */
import { concatBytes, uint64, utf8 } from "../../base/bytes.ts";
import { KeepsakeError } from "../../base/errors.ts";
import { attempt } from "../../base/attempt.ts";
import type { OpenVault, RecordId } from "../../vault/vault.ts";
import type { AuditEntry } from "./audit-entry.ts";
import { decodeEntry } from "./audit-entry.ts";

/** Kind and version. */
const CHUNK = 0x11;
const MARK = 0x21;
const HASH_BYTES = 32;
const CHUNK_HEADER_BYTES = 1 + 8;
const LENGTH_BYTES = 2;
const LINK_BYTES = LENGTH_BYTES + 8 + HASH_BYTES;
const MARK_BYTES = 1 + 8 + 8 + 8 + HASH_BYTES + 8 + HASH_BYTES + 8 + 1;
/** A chunk that holds this much is full. It goes along with every batch until then, so it is not large. */
const FULL_CHUNK_BYTES = 1 << 10;

export const REASONS = ["start", "age", "size"] as const;

/** An entry in its place. */
export interface Link {
  readonly sequence: number;
  /** 32 bytes: the hash of the entry before. */
  readonly previous: Uint8Array;
  /** As JSON. */
  readonly entry: Uint8Array;
}

export interface Chunk {
  readonly number: number;
  readonly links: readonly Link[];
}

export interface Mark {
  readonly firstChunk: number;
  readonly lastChunk: number;
  /** Of the newest entry; 0 while there is none. */
  readonly sequence: number;
  readonly hash: Uint8Array;
  readonly dropped: {
    readonly sequence: number;
    readonly hash: Uint8Array;
    /** When it was dropped, or when the chain began; milliseconds since the epoch. */
    readonly at: number;
    readonly reason: (typeof REASONS)[number];
  };
}

export function newMark(now: number): Mark {
  const hash = new Uint8Array(HASH_BYTES);
  const dropped = { sequence: 0, hash, at: now, reason: "start" } as const;
  return { firstChunk: 0, lastChunk: 0, sequence: 0, hash, dropped };
}

type Naming = Pick<OpenVault, "deriveId">;

export function chunkId(vault: Naming, number: number): RecordId {
  return vault.deriveId(utf8("audit"), utf8("chunk"), uint64(number));
}

export function markId(vault: Naming): RecordId {
  return vault.deriveId(utf8("audit"), utf8("mark"));
}

export function linkHash(vault: Pick<OpenVault, "mac">, link: Link): Uint8Array {
  return hashOfEncoded(vault, encodeLink(link));
}

/** @param encoded - of `encodeLink` */
export function hashOfEncoded(vault: Pick<OpenVault, "mac">, encoded: Uint8Array): Uint8Array {
  return vault.mac("audit-chain", encoded.subarray(LENGTH_BYTES));
}

/** Whether one more entry goes into a chunk of its own. @param chunk - encoded */
export function isFull(chunk: Uint8Array): boolean {
  return chunk.length - CHUNK_HEADER_BYTES >= FULL_CHUNK_BYTES;
}

/** What a chunk ends with when it is the newest of it. */
export function encodeLink({ sequence, previous, entry }: Link): Uint8Array {
  const length = Uint8Array.of(entry.length >>> 8, entry.length);
  return concatBytes(length, uint64(sequence), previous, entry);
}

export function encodeChunk({ number, links }: Chunk): Uint8Array {
  return concatBytes(Uint8Array.of(CHUNK), uint64(number), ...links.map(encodeLink));
}

/** @throws RECORD_DAMAGED when the bytes are not a chunk of this version */
export function decodeChunk(bytes: Uint8Array): Chunk {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < CHUNK_HEADER_BYTES || bytes[0] !== CHUNK) throw damagedError();
  const links: Link[] = [];
  for (let offset = CHUNK_HEADER_BYTES; offset < bytes.length;) {
    if (offset + LINK_BYTES > bytes.length) throw damagedError();
    const start = offset + LINK_BYTES;
    const end = start + view.getUint16(offset);
    if (end > bytes.length) throw damagedError();
    links.push({
      sequence: Number(view.getBigUint64(offset + LENGTH_BYTES)),
      previous: bytes.slice(start - HASH_BYTES, start),
      entry: bytes.slice(start, end),
    });
    offset = end;
  }
  return { number: Number(view.getBigUint64(1)), links };
}

export function encodeMark({ firstChunk, lastChunk, sequence, hash, dropped }: Mark): Uint8Array {
  return concatBytes(
    Uint8Array.of(MARK),
    uint64(firstChunk),
    uint64(lastChunk),
    uint64(sequence),
    hash,
    uint64(dropped.sequence),
    dropped.hash,
    uint64(dropped.at),
    Uint8Array.of(REASONS.indexOf(dropped.reason)),
  );
}

/** @throws RECORD_DAMAGED when the bytes are not a mark of this version */
export function decodeMark(bytes: Uint8Array): Mark {
  const reason = REASONS[bytes[MARK_BYTES - 1] ?? REASONS.length];
  if (bytes.length !== MARK_BYTES || bytes[0] !== MARK || reason === undefined) throw damagedError();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const integer = (offset: number) => Number(view.getBigUint64(offset));
  return {
    firstChunk: integer(1),
    lastChunk: integer(9),
    sequence: integer(17),
    hash: bytes.slice(25, 25 + HASH_BYTES),
    dropped: {
      sequence: integer(57),
      hash: bytes.slice(65, 65 + HASH_BYTES),
      at: integer(97),
      reason,
    },
  };
}

function damagedError(): KeepsakeError {
  return new KeepsakeError("RECORD_DAMAGED");
}

export type ListedEntry = AuditEntry & { readonly sequence: number };

/** An entry with its sequence number; those that cannot be read are what `audit.verify` is for. */
export function readLink({ sequence, entry }: Link): ListedEntry | undefined {
  const read = attempt(() => decodeEntry(entry));
  return read && { sequence, ...read };
}
