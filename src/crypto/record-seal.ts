/**
 * The layout of a sealed record: `version(1) ‖ term(4, big-endian) ‖ nonce(12) ‖ ciphertext ‖ tag(16)`, AES-256-GCM.
 * Source: NIST SP 800-38D, sections 8.2.2 and 8.3 (random 96-bit nonces, at most 2^32 seals per key).
 *
 * Associated data: `parts("keepsake/record/v1", vault id, generation, keyspace, record id, schema version, term)`, each
 * part behind its 4-byte length, so that a record opens only in the place it was sealed for.
 */
import { readUint32, uint32, utf8 } from "../base/bytes.ts";
import { KeepsakeError } from "../base/errors.ts";
import { NONCE_BYTES, open, sealInto, TAG_BYTES } from "./aead.ts";
import type { Randomness } from "./random.ts";

export const RECORD_VERSION = 1;
export const RECORD_HEADER_BYTES = 1 + 4 + NONCE_BYTES;
/** What sealing adds to a plaintext. */
export const RECORD_OVERHEAD_BYTES = RECORD_HEADER_BYTES + TAG_BYTES;

const DOMAIN = utf8("keepsake/record/v1");
/** Of the associated data: seven lengths, the domain, generation, keyspace, schema version and term. */
const FIXED_BYTES = 7 * 4 + DOMAIN.length + 4 + 1 + 4 + 4;

/** Where a record belongs. Sealed bytes moved to another place do not open. */
export interface RecordIdentity {
  /** 16 bytes. */
  readonly vaultId: Uint8Array;
  /** Number of the generation, 0 to 2^32 - 1. */
  readonly generation: number;
  /** The keyspace byte of the Level key. */
  readonly keyspace: number;
  /** 16 bytes. */
  readonly recordId: Uint8Array;
  /** Version of what the plaintext means, 0 to 2^32 - 1. */
  readonly schemaVersion: number;
}

/**
 * Seals one record.
 *
 * @param key - 32 bytes of the term's sealing key; the caller keeps and wipes it
 * @param identity - bound as associated data: the same bytes under another id do not open
 * @param term - number of the data key, stored in clear so that the opener can pick the key
 * @returns `plaintext.length + 33` bytes
 */
export function sealRecord(
  key: Uint8Array,
  identity: RecordIdentity,
  term: number,
  plaintext: Uint8Array,
  randomness: Randomness,
): Uint8Array {
  const sealed = new Uint8Array(plaintext.length + RECORD_OVERHEAD_BYTES);
  const nonce = randomness.bytes(NONCE_BYTES);
  sealed[0] = RECORD_VERSION;
  sealed.set(uint32(term), 1);
  sealed.set(nonce, 5);
  const body = sealed.subarray(RECORD_HEADER_BYTES);
  sealInto(body, key, nonce, plaintext, recordAssociatedData(identity, term));
  return sealed;
}

/**
 * Opens one record.
 *
 * @param key - 32 bytes of the sealing key of `termOfSealed(sealed)`; the caller keeps and wipes it
 * @returns the plaintext, owned by the caller
 * @throws RECORD_DAMAGED when the bytes are too short, of another version, or do not authenticate as `identity`
 */
export function openRecord(key: Uint8Array, identity: RecordIdentity, sealed: Uint8Array): Uint8Array {
  const term = termOfSealed(sealed);
  const nonce = sealed.subarray(5, RECORD_HEADER_BYTES);
  const body = sealed.subarray(RECORD_HEADER_BYTES);
  const plaintext = open(key, nonce, body, recordAssociatedData(identity, term));
  if (plaintext === undefined) throw new KeepsakeError("RECORD_DAMAGED");
  return plaintext;
}

/**
 * The term in a record's header. It is not authenticated before the record is opened.
 *
 * @throws RECORD_DAMAGED when the bytes are too short to be a record or of another version
 */
export function termOfSealed(sealed: Uint8Array): number {
  if (sealed.length < RECORD_OVERHEAD_BYTES || sealed[0] !== RECORD_VERSION) {
    throw new KeepsakeError("RECORD_DAMAGED");
  }
  return readUint32(sealed, 1);
}

/**
 * The tag of a sealed record: 16 bytes that change with its key, nonce, place or content. A view, not a copy.
 *
 * @throws RECORD_DAMAGED as `termOfSealed`
 */
export function tagOfSealed(sealed: Uint8Array): Uint8Array {
  termOfSealed(sealed);
  return sealed.subarray(sealed.length - TAG_BYTES);
}

/**
 * The associated data of a record: what `encodeParts` makes of its parts, written in one go since every record read or
 * written needs it. Injective in all fields.
 */
export function recordAssociatedData(identity: RecordIdentity, term: number): Uint8Array {
  const { vaultId, generation, keyspace, recordId, schemaVersion } = identity;
  const bytes = new Uint8Array(FIXED_BYTES + vaultId.length + recordId.length);
  let end = writePart(bytes, 0, DOMAIN);
  end = writePart(bytes, end, vaultId);
  end = writeNumber(bytes, end, generation, 4);
  end = writeNumber(bytes, end, keyspace, 1);
  end = writePart(bytes, end, recordId);
  end = writeNumber(bytes, end, schemaVersion, 4);
  writeNumber(bytes, end, term, 4);
  return bytes;
}

/** @param part - at most 255 bytes; @returns where the next part begins */
function writePart(bytes: Uint8Array, offset: number, part: Uint8Array): number {
  bytes[offset + 3] = part.length;
  bytes.set(part, offset + 4);
  return offset + 4 + part.length;
}

function writeNumber(bytes: Uint8Array, offset: number, value: number, width: number): number {
  bytes[offset + 3] = width;
  for (let at = offset + 3 + width, rest = value; at > offset + 3; at -= 1, rest >>>= 8) bytes[at] = rest;
  return offset + 4 + width;
}
