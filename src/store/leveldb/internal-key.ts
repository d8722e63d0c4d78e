/**
 * What LevelDB sorts by: `user key ‖ (sequence << 8 | type)(8, lowest byte first)`, user keys ascending, then sequence
 * numbers descending. Its own comparison aborts the process on anything shorter than 8 bytes.
 */
import { Malformed } from "./encoding-reader.ts";

export const TRAILER_BYTES = 8;
export const REMOVED = 0;
export const STORED = 1;

export interface InternalKey {
  readonly userKey: Uint8Array;
  /** Grows with every change of the store; 56 bits, of which those beyond 2^53 are rounded. */
  readonly sequence: number;
  readonly type: number;
}

/** @throws Malformed */
export function parseInternalKey(bytes: Uint8Array): InternalKey {
  const at = bytes.length - TRAILER_BYTES;
  if (at < 0) throw new Malformed("key without a trailer");
  const type = bytes[at]!;
  if (type !== REMOVED && type !== STORED) throw new Malformed("unknown type");
  return { userKey: bytes.subarray(0, at), sequence: sequenceAt(bytes, at), type };
}

/** The sequence number of the trailer that stands in `bytes` from `at` on. */
export function sequenceAt(bytes: Uint8Array, at: number): number {
  let sequence = 0;
  for (let index = at + TRAILER_BYTES - 1; index > at; index -= 1) sequence = sequence * 256 + bytes[index]!;
  return sequence;
}

/** Negative when `a` comes first, 0 when they are the same. */
export function compareInternalKeys(a: InternalKey, b: InternalKey): number {
  return compareBytes(a.userKey, b.userKey) || b.sequence - a.sequence || b.type - a.type;
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index += 1) {
    const difference = a[index]! - b[index]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** The 8 bytes that stand behind the user key; sequence numbers beyond 2^53 come out as `parseInternalKey` rounded them. */
export function encodeTrailer({ sequence, type }: InternalKey): Uint8Array {
  const trailer = new Uint8Array(TRAILER_BYTES);
  trailer[0] = type;
  for (let index = 1, rest = sequence; index < TRAILER_BYTES; index += 1, rest = Math.floor(rest / 256)) {
    trailer[index] = rest % 256;
  }
  return trailer;
}

/** Whether the internal key in the first bytes of `a` comes before that of `b`, without taking either apart. */
export function isBefore(a: Uint8Array, aLength: number, b: Uint8Array, bLength: number): boolean {
  const aEnd = aLength - TRAILER_BYTES;
  const bEnd = bLength - TRAILER_BYTES;
  const shorter = Math.min(aEnd, bEnd);
  for (let index = 0; index < shorter; index += 1) {
    if (a[index] !== b[index]) return a[index]! < b[index]!;
  }
  if (aEnd !== bEnd) return aEnd < bEnd;
  for (let index = TRAILER_BYTES - 1; index >= 0; index -= 1) {
    if (a[aEnd + index] !== b[bEnd + index]) return a[aEnd + index]! > b[bEnd + index]!;
  }
  return false;
}
