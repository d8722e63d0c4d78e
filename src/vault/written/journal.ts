/**
 * The journal: for every batch since the last checkpoint, a sealed entry that lists what changed. The checkpoint's
 * directory and the journal behind it say exactly which records should be there, each in which version, so that an
 * unlock needs no more than the keys to name what was lost, brought back or replaced.
 *
 *   version(1) ‖ sequence(8) ‖ { 0x01 ‖ keyspace(1) ‖ id(16) ‖ tag(8)  |  0x00 ‖ keyspace(1) ‖ id(16) } …
 *
 * An entry's id is derived from its sequence number under a key: an entry that is missing is noticed, and the order of
 * the entries does not show.
 */
import { concatBytes, uint64 } from "../../base/bytes.ts";
import { KeepsakeError } from "../../base/errors.ts";
import { RECORD_ID_BYTES } from "../../base/record-id.ts";
import type { Secret } from "../../base/secret.ts";
import { hmacSha256 } from "../../crypto/hmac.ts";
import { KEYSPACE_BYTES } from "./keyspaces.ts";
import { KEY_BYTES, storeKey } from "./store-key.ts";
import { SHORT_TAG_BYTES } from "./record-directory.ts";

const JOURNAL_VERSION = 1;
const HEADER_BYTES = 1 + 8;
const REMOVED = 0;
const STORED = 1;

/** One record as a batch left it. */
export interface JournalChange {
  /** The key in the store. */
  readonly key: Uint8Array;
  /** 8 bytes; undefined when the record was removed. */
  readonly tag: Uint8Array | undefined;
}

/** @param key - of the vault's journal; the caller keeps and wipes it */
export function journalId(key: Secret, sequence: number): Uint8Array {
  return hmacSha256(key.bytes, uint64(sequence)).slice(0, RECORD_ID_BYTES);
}

export function journalKey(key: Secret, sequence: number): Uint8Array {
  return storeKey(KEYSPACE_BYTES.journal, journalId(key, sequence));
}

export function encodeJournalEntry(sequence: number, changes: Iterable<JournalChange>): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(JOURNAL_VERSION), uint64(sequence)];
  for (const { key, tag } of changes) {
    parts.push(Uint8Array.of(tag === undefined ? REMOVED : STORED), key);
    if (tag !== undefined) parts.push(tag.subarray(0, SHORT_TAG_BYTES));
  }
  return concatBytes(...parts);
}

/** @throws VAULT_DAMAGED when the bytes are not the entry of that sequence number */
export function decodeJournalEntry(bytes: Uint8Array, sequence: number): readonly JournalChange[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isEntry =
    bytes.length >= HEADER_BYTES && bytes[0] === JOURNAL_VERSION && Number(view.getBigUint64(1)) === sequence;
  if (!isEntry) throw new KeepsakeError("VAULT_DAMAGED");
  const changes: JournalChange[] = [];
  let offset = HEADER_BYTES;
  while (offset < bytes.length) {
    const isStored = bytes[offset] === STORED;
    if (!isStored && bytes[offset] !== REMOVED) throw new KeepsakeError("VAULT_DAMAGED");
    const key = bytes.slice(offset + 1, offset + 1 + KEY_BYTES);
    offset += 1 + KEY_BYTES;
    const tag = isStored ? bytes.slice(offset, offset + SHORT_TAG_BYTES) : undefined;
    offset += isStored ? SHORT_TAG_BYTES : 0;
    changes.push({ key, tag });
  }
  if (offset !== bytes.length) throw new KeepsakeError("VAULT_DAMAGED");
  return changes;
}
