/** Slots whose secret is in the desktop's keychain, under the account `<vault id>.<slot id>`. */
import { toHex } from "../base/bytes.ts";
import { hasCode, KeepsakeError } from "../base/errors.ts";
import { Secret } from "../base/secret.ts";
import { KEY_BYTES } from "../crypto/hkdf.ts";
import { equalInConstantTime } from "../crypto/hmac.ts";
import type { Keychain } from "./keychain.ts";
import type { StoredSlot } from "./keyring-format.ts";
import type { OpenedSlot, SlotMaking } from "./slots.ts";
import { createSecretSlot, newSlotId, openSecretSlot } from "./slots.ts";

/** Name of a slot's entry in the keychain. */
export function keychainAccount(vaultId: Uint8Array, slotId: string): string {
  return `${toHex(vaultId)}.${slotId}`;
}

/**
 * Stores a new random secret in the keychain, reads it back, and makes a slot that it opens. When the slot does not get
 * into the keyring after all, `forgetKeychainSlot` removes the entry again.
 *
 * @throws KEYCHAIN_UNAVAILABLE, also when the keychain does not give back what it was given
 */
export async function createKeychainSlot(making: SlotMaking, keychain: Keychain): Promise<StoredSlot> {
  const id = newSlotId(making.randomness);
  const account = keychainAccount(making.vaultId, id);
  const secret = new Secret(making.randomness.bytes(KEY_BYTES));
  try {
    await keychain.set(account, secret);
    const kept = await keychain.get(account);
    const isKept = kept !== undefined && equalInConstantTime(kept.bytes, secret.bytes);
    kept?.wipe();
    if (!isKept)
      throw new KeepsakeError("KEYCHAIN_UNAVAILABLE", "the keychain does not keep what it is given");
    return createSecretSlot("keychain", making, secret, id);
  } finally {
    secret.wipe();
  }
}

/**
 * Opens the vault with the keychain.
 *
 * @throws KEYCHAIN_UNAVAILABLE when it does not answer, is locked or holds no entry for any of the slots
 * @throws WRONG_PASSPHRASE when what it holds opens none of them
 */
export async function openKeychainSlot(
  slots: readonly StoredSlot[],
  vaultId: Uint8Array,
  keychain: Keychain,
): Promise<OpenedSlot> {
  let isAnswered = false;
  for (const slot of slots.filter(({ kind }) => kind === "keychain")) {
    const secret = await keychain.get(keychainAccount(vaultId, slot.id));
    if (secret === undefined) continue;
    isAnswered = true;
    try {
      return openSecretSlot("keychain", [slot], vaultId, secret);
    } catch (error) {
      if (!hasCode(error, "WRONG_PASSPHRASE")) throw error;
    } finally {
      secret.wipe();
    }
  }
  if (isAnswered) throw new KeepsakeError("WRONG_PASSPHRASE");
  throw new KeepsakeError("KEYCHAIN_UNAVAILABLE", "the keychain is locked or has no entry for this vault");
}

/**
 * Removes a slot's entry. The slot itself is gone by then and the entry opens nothing, so a keychain that does not answer is
 * no failure.
 *
 * @returns whether the entry was there and is gone
 */
export async function forgetKeychainSlot(
  slot: StoredSlot,
  vaultId: Uint8Array,
  keychain: Keychain,
): Promise<boolean> {
  try {
    return await keychain.remove(keychainAccount(vaultId, slot.id));
  } catch (error) {
    if (hasCode(error, "KEYCHAIN_UNAVAILABLE")) return false;
    throw error;
  }
}
