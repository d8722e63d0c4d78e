/**
 * An entry of the inbox: a captured turn, encrypted to the vault's public key, so that it can be stored without any key.
 *
 *   version(1) ‖ HPKE encapsulated key(32) ‖ ciphertext ‖ tag(16)
 *
 * Associated data: `parts(vault id, entry id)`. Padded like a record. The generation is not bound: entries move to the
 * next generation as they are.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { concatBytes, encodeParts, utf8 } from "../../base/bytes.ts";
import { KeepsakeError } from "../../base/errors.ts";
import { RECORD_ID_BYTES } from "../../base/record-id.ts";
import { HPKE_OVERHEAD_BYTES, hpkeOpen, hpkeSeal } from "../../crypto/hpke.ts";
import { pad, unpad } from "../../crypto/padding.ts";
import type { Randomness } from "../../crypto/random.ts";
import type { X25519Private } from "../../crypto/x25519.ts";
import type { StoreEntry } from "../../store/record-store.ts";
import { KEYSPACE_BYTES } from "./keyspaces.ts";
import { storeKey } from "./store-key.ts";

const ENTRY_VERSION = 1;
const INFO = utf8("keepsake/inbox/v1");
const MIN_ENTRY_BYTES = 1 + HPKE_OVERHEAD_BYTES;

/**
 * @param publicKey - 32 bytes, of the vault's inbox
 * @param id - 16 random bytes
 * @throws KEYRING_TAMPERED when the public key is none that keepsake makes
 */
export function sealInboxEntry(
  publicKey: Uint8Array,
  vaultId: Uint8Array,
  id: Uint8Array,
  plaintext: Uint8Array,
  randomness: Randomness,
): Uint8Array {
  const padded = pad(plaintext);
  try {
    const body = hpkeSeal(publicKey, INFO, padded, encodeParts(vaultId, id), randomness);
    return concatBytes(Uint8Array.of(ENTRY_VERSION), body);
  } finally {
    padded.fill(0);
  }
}

/** Seals captured turns as new entries of the inbox, giving way to others between two of them. */
export async function sealCaptured(
  publicKey: Uint8Array,
  vaultId: Uint8Array,
  plaintexts: readonly Uint8Array[],
  randomness: Randomness,
): Promise<readonly StoreEntry[]> {
  const entries: StoreEntry[] = [];
  for (const plaintext of plaintexts) {
    const id = randomness.bytes(RECORD_ID_BYTES);
    const value = sealInboxEntry(publicKey, vaultId, id, plaintext, randomness);
    entries.push({ key: storeKey(KEYSPACE_BYTES.inbox, id), value });
    await nextTurn();
  }
  return entries;
}

/**
 * @param inbox - the private key of the inbox
 * @throws RECORD_DAMAGED when it was not sealed to this key, for this vault and under this id
 */
export function openInboxEntry(
  inbox: X25519Private,
  vaultId: Uint8Array,
  id: Uint8Array,
  sealed: Uint8Array,
): Uint8Array {
  const isEntry = sealed.length >= MIN_ENTRY_BYTES && sealed[0] === ENTRY_VERSION;
  const padded = isEntry ? hpkeOpen(inbox, INFO, sealed.subarray(1), encodeParts(vaultId, id)) : undefined;
  if (padded === undefined) throw new KeepsakeError("RECORD_DAMAGED");
  return unpad(padded);
}

export function weightOfEntries(entries: readonly StoreEntry[]): number {
  return entries.reduce((sum, { value }) => sum + value.length, 0);
}
