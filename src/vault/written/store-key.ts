/**
 * The keys of the store: `keyspace byte ‖ 16 bytes`. The 16 bytes are random, or derived under a key so that they look
 * it: LevelDB writes keys in clear to its MANIFEST and LOG.
 */
import { formatRecordId, RECORD_ID_BYTES } from "../../base/record-id.ts";

/** Id of a record of which there is only one. */
export const SINGLE_ID = new Uint8Array(RECORD_ID_BYTES);

export const KEY_BYTES = 1 + RECORD_ID_BYTES;

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

/** The id of a record as others know it. */
export function idTextOfKey(key: Uint8Array): string {
  return formatRecordId(idOfKey(key)!);
}
