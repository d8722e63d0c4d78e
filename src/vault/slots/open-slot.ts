/** Finds the slot that what someone has opens. */
import { openKeychainSlot } from "../../keys/keychain-slot.ts";
import type { KeyringContent } from "../../keys/keyring-format.ts";
import { decodeRecoveryKey } from "../../keys/recovery-key.ts";
import type { OpenedSlot } from "../../keys/slots.ts";
import { openPassphraseSlot, openSecretSlot } from "../../keys/slots.ts";
import type { SlotMeans } from "./slot-changes.ts";
import type { UnlockWith } from "../vault.ts";

/**
 * @param unlockWith - the caller keeps and wipes the secret
 * @returns the caller wipes the master key
 * @throws WRONG_PASSPHRASE, KDF_OUT_OF_BOUNDS, KEYCHAIN_UNAVAILABLE
 */
export async function openSlot(
  { slots, vaultId }: KeyringContent,
  unlockWith: UnlockWith,
  { kdf, keychain, clock }: SlotMeans,
): Promise<OpenedSlot> {
  if (unlockWith.kind === "keychain") return openKeychainSlot(slots, vaultId, keychain);
  if (unlockWith.kind === "passphrase") {
    return openPassphraseSlot(slots, vaultId, unlockWith.secret, kdf, clock);
  }
  const key = decodeRecoveryKey(unlockWith.secret);
  try {
    return openSecretSlot("recovery", slots, vaultId, key);
  } finally {
    key.wipe();
  }
}
