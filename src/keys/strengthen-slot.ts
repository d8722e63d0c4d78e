/** Re-wraps a passphrase slot that today's policy finds too cheap, right after it opened the vault. */
import { equalBytes } from "../base/bytes.ts";
import type { Secret } from "../base/secret.ts";
import type { KdfParameters, PassphraseKdf } from "../crypto/argon2.ts";
import type { KdfPolicy } from "../crypto/kdf-policy.ts";
import { strongerParameters } from "../crypto/kdf-policy.ts";
import type { Randomness } from "../crypto/random.ts";
import type { Keyring } from "./keyring.ts";
import { replaceSlot } from "./slot-list.ts";
import type { OpenedSlot } from "./slots.ts";
import { rewrapPassphraseSlot } from "./slots.ts";

/**
 * Costs one derivation with the new parameters, and one change of the keyring.
 *
 * @param opened - what opened the vault; its master key is not looked at
 * @param passphrase - the one that opened it; the caller keeps and wipes it
 * @returns the parameters the slot has now; undefined when it was up to the policy, or is no passphrase slot, or was
 *   changed or removed in the meantime
 * @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED; the slot is as it was then
 */
export async function strengthenSlot(
  keyring: Keyring,
  opened: Pick<OpenedSlot, "slot" | "milliseconds">,
  passphrase: Secret,
  policy: KdfPolicy,
  kdf: PassphraseKdf,
  randomness: Randomness,
): Promise<KdfParameters | undefined> {
  const { slot, milliseconds } = opened;
  if (slot.kind !== "passphrase") return undefined;
  const parameters = strongerParameters(slot.kdf, milliseconds, policy);
  if (parameters === undefined) return undefined;
  const { masterKey } = keyring;
  const making = { vaultId: keyring.content.vaultId, masterKey, randomness };
  const rewrapped = await rewrapPassphraseSlot(slot, making, passphrase, parameters, kdf);
  let isStrengthened = false;
  await keyring.update(({ slots }) => {
    const isUnchanged = slots.some((present) => equalBytes(present.commitment, slot.commitment));
    isStrengthened = isUnchanged && keyring.masterKey === masterKey;
    return isStrengthened ? { slots: replaceSlot(slots, rewrapped) } : undefined;
  });
  return isStrengthened ? parameters : undefined;
}
