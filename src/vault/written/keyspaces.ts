/**
 * The keys of the store: `keyspace byte ‖ 16 bytes`. The 16 bytes are random, or derived under a key so that they look
 * it: LevelDB writes keys in clear to its MANIFEST and LOG.
 */
import { RECORD_ID_BYTES } from "../../base/record-id.ts";
import type { KeyRange } from "../../store/record-store.ts";
import type { Keyspace } from "../vault.ts";

/** Bytes are permanent: they are bound into every sealed record. */
export const KEYSPACE_BYTES = {
  // records that the head counts
  memory: 0x01,
  idempotency: 0x02,
  audit: 0x03,
  // sealed to the inbox key
  inbox: 0x10,
  inboxTally: 0x11,
  // what the vault keeps about itself
  head: 0x20,
  journal: 0x21,
  checkpoint: 0x22,
} as const satisfies Record<Keyspace | "inbox" | "inboxTally" | "head" | "journal" | "checkpoint", number>;

/** Every keyspace whose records the head counts. */
export const COUNTED_KEYSPACES: readonly Keyspace[] = ["memory", "idempotency", "audit"];

const COUNTED_BY_BYTE = Array.from({ length: 256 }, (_, byte) =>
  COUNTED_KEYSPACES.find((keyspace) => KEYSPACE_BYTES[keyspace] === byte),
);

/** Id of a record of which there is only one. */
export const SINGLE_ID = new Uint8Array(RECORD_ID_BYTES);

export const KEY_BYTES = 1 + RECORD_ID_BYTES;

/** @returns the counted keyspace of a byte, undefined for any other byte */
export function countedKeyspace(byte: number): Keyspace | undefined {
  return COUNTED_BY_BYTE[byte];
}

/** @param id - 16 bytes */
export function storeKey(keyspaceByte: number, id: Uint8Array): Uint8Array {
  const key = new Uint8Array(KEY_BYTES);
  key[0] = keyspaceByte;
  key.set(id, 1);
  return key;
}

/** The 16 bytes of a key, a view; undefined when something else wrote the key. */
export function idOfKey(key: Uint8Array): Uint8Array | undefined {
  return key.length === KEY_BYTES ? key.subarray(1) : undefined;
}

export function keyspaceRange(keyspaceByte: number): KeyRange {
  return { from: Uint8Array.of(keyspaceByte), to: Uint8Array.of(keyspaceByte + 1) };
}
