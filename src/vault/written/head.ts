/**
 * The head: a sealed record, written with every batch, that says what the vault should hold.
 *
 *   version(1) ‖ sequence(8) ‖ live(8) ‖ hash(32) ‖ seals(8) ‖ purge due at(8) ‖ scrubbed at(8) ‖ scrub cursor(17)
 *   ‖ keyring epoch(8) ‖ carried
 *
 * Version 3. In version 2 nothing is carried; version 1 (of keepsake 0.1.0) ends before the epoch, and is read. Integers are
 * big-endian; times are milliseconds since the epoch, 0 for none. What is carried, at least one byte, is not the vault's:
 * it changes with nearly every batch, and would otherwise be one record more in each of them. `live` counts the records of every counted
 * keyspace. `hash` is the keyed multiset hash over `keyspace(1) ‖ id(16) ‖ version(1) ‖ first 8 bytes of the tag` of
 * each of them. The epoch is the keyring's when the head was written: every change of the keyring writes a head before it is
 * acknowledged, so a keyring of a lower epoch is an older one that was put back.
 */
import { concatBytes, uint64 } from "../../base/bytes.ts";
import { KeepsakeError } from "../../base/errors.ts";
import { SHA256_BYTES } from "../../crypto/hmac.ts";
import { RECORD_VERSION } from "../../crypto/record-seal.ts";
import { KEYSPACE_BYTES } from "./keyspaces.ts";
import { KEY_BYTES, SINGLE_ID, storeKey } from "./store-key.ts";
import { SHORT_TAG_BYTES } from "./record-directory.ts";

const HEAD_VERSION = 2;
const CARRYING_VERSION = 3;
/** Of version 1, which is how version 2 begins. */
const SHORT_HEAD_BYTES = 1 + 8 + 8 + SHA256_BYTES + 8 + 8 + 8 + KEY_BYTES;
const HEAD_BYTES = SHORT_HEAD_BYTES + 8;
const NO_CURSOR = new Uint8Array(KEY_BYTES);

export const HEAD_KEY = storeKey(KEYSPACE_BYTES.head, SINGLE_ID);

export interface Head {
  /** One more with every batch that changes records; goes on through generations. */
  readonly sequence: number;
  /** Live records. */
  readonly live: number;
  /** 32 bytes. */
  readonly hash: Uint8Array;
  /** How often the active term had sealed, this head included. */
  readonly seals: number;
  readonly purgeDueAt: number | undefined;
  /** When the last whole scrub ended. */
  readonly scrubbedAt: number | undefined;
  /** The key behind which the scrub under way goes on; undefined when none is. */
  readonly scrubCursor: Uint8Array | undefined;
  /** Epoch of the keyring; 0 where a head of version 1 does not say. */
  readonly epoch: number;
  /** What stands on the vault and changes with nearly every batch; empty for none. */
  readonly carried: Uint8Array;
}

export const EMPTY_HEAD: Head = {
  sequence: 0,
  live: 0,
  hash: new Uint8Array(SHA256_BYTES),
  seals: 0,
  purgeDueAt: undefined,
  scrubbedAt: undefined,
  scrubCursor: undefined,
  epoch: 0,
  carried: new Uint8Array(0),
};

export function encodeHead(head: Head): Uint8Array {
  return concatBytes(
    Uint8Array.of(head.carried.length === 0 ? HEAD_VERSION : CARRYING_VERSION),
    uint64(head.sequence),
    uint64(head.live),
    head.hash,
    uint64(head.seals),
    uint64(head.purgeDueAt ?? 0),
    uint64(head.scrubbedAt ?? 0),
    head.scrubCursor ?? NO_CURSOR,
    uint64(head.epoch),
    head.carried,
  );
}

/** @throws VAULT_DAMAGED when the bytes are not a head of version 1, 2 or 3 */
export function decodeHead(bytes: Uint8Array): Head {
  if (!isWhole(bytes)) throw new KeepsakeError("VAULT_DAMAGED");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const integer = (offset: number) => Number(view.getBigUint64(offset));
  const cursor = bytes.slice(SHORT_HEAD_BYTES - KEY_BYTES, SHORT_HEAD_BYTES);
  return {
    sequence: integer(1),
    live: integer(9),
    hash: bytes.slice(17, 17 + SHA256_BYTES),
    seals: integer(49),
    purgeDueAt: integer(57) || undefined,
    scrubbedAt: integer(65) || undefined,
    scrubCursor: cursor.some((byte) => byte !== 0) ? cursor : undefined,
    epoch: bytes.length > SHORT_HEAD_BYTES ? integer(SHORT_HEAD_BYTES) : 0,
    carried: bytes.slice(HEAD_BYTES),
  };
}

function isWhole({ [0]: version, length }: Uint8Array): boolean {
  if (version === CARRYING_VERSION) return length > HEAD_BYTES;
  return version === HEAD_VERSION ? length === HEAD_BYTES : version === 1 && length === SHORT_HEAD_BYTES;
}

/**
 * What the multiset hash counts of one record.
 *
 * @param key - the key in the store
 * @param tag - 8 bytes of the tag or more
 */
export function hashedElement(key: Uint8Array, tag: Uint8Array): Uint8Array {
  const element = new Uint8Array(KEY_BYTES + 1 + SHORT_TAG_BYTES);
  element.set(key);
  element[KEY_BYTES] = RECORD_VERSION;
  element.set(tag.subarray(0, SHORT_TAG_BYTES), KEY_BYTES + 1);
  return element;
}
