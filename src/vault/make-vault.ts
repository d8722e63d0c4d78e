/** From a passphrase to a new vault: calibrates the key derivation, makes the first slots, writes everything. */
import { KeepsakeError } from "../base/errors.ts";
import { isLongEnough } from "../base/passphrase.ts";
import { Secret } from "../base/secret.ts";
import type { KdfParameters } from "../crypto/argon2.ts";
import { KEY_BYTES } from "../crypto/hkdf.ts";
import { calibrateKdf } from "../crypto/kdf-policy.ts";
import type { StoredSlot } from "../keys/keyring-format.ts";
import { VAULT_ID_BYTES } from "../keys/keyring-format.ts";
import { encodeRecoveryKey, newRecoveryKey } from "../keys/recovery-key.ts";
import type { SlotMaking } from "../keys/slots.ts";
import { createPassphraseSlot, createSecretSlot } from "../keys/slots.ts";
import { createVault } from "./create-vault.ts";
import type { LiveVault } from "./live-vault.ts";
import type { SlotMeans } from "./slots/slot-changes.ts";
import type { VaultDeps } from "./live/vault-state.ts";
import type { LongWork } from "./vault.ts";

export interface MadeVault {
  readonly vault: LiveVault;
  /** ASCII text; the caller wipes it. */
  readonly recoveryKey: Secret | undefined;
  readonly kdf: KdfParameters & { readonly milliseconds: number };
}

/**
 * @param passphrase - the caller keeps and wipes it
 * @throws WEAK_PASSPHRASE, CANCELLED, UNSAFE_PATH, DISK_FULL, WRITE_FAILED
 */
export async function makeVault(
  deps: VaultDeps,
  means: SlotMeans,
  passphrase: Secret,
  { recovery }: { readonly recovery: boolean },
  { progress, signal }: LongWork,
): Promise<MadeVault> {
  if (!isLongEnough(passphrase)) throw new KeepsakeError("WEAK_PASSPHRASE");
  const { clock, randomness } = means;
  const calibration = await calibrateKdf(means.kdf, means.kdfPolicy, clock, (done, total) => {
    progress({ stage: "kdf", done, total });
  });
  if (signal.aborted) throw new KeepsakeError("CANCELLED");
  const vaultId = randomness.bytes(VAULT_ID_BYTES);
  const masterKey = new Secret(randomness.bytes(KEY_BYTES));
  const making = { vaultId, masterKey, label: "passphrase", clock, randomness };
  let recoveryKey: Secret | undefined;
  try {
    const { parameters, milliseconds } = calibration;
    const slots: StoredSlot[] = [await createPassphraseSlot(making, passphrase, parameters, means.kdf)];
    if (recovery) {
      const added = addRecovery({ ...making, label: "recovery key" });
      recoveryKey = added.recoveryKey;
      slots.push(added.slot);
    }
    const vault = await createVault(deps, vaultId, masterKey, slots);
    return { vault, recoveryKey, kdf: { ...parameters, milliseconds: Math.round(milliseconds) } };
  } catch (error) {
    masterKey.wipe();
    recoveryKey?.wipe();
    throw error;
  }
}

function addRecovery(making: SlotMaking): { readonly slot: StoredSlot; readonly recoveryKey: Secret } {
  const key = newRecoveryKey(making.randomness);
  try {
    return { slot: createSecretSlot("recovery", making, key), recoveryKey: encodeRecoveryKey(key) };
  } finally {
    key.wipe();
  }
}
