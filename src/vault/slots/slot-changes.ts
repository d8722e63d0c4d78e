/**
 * Changes of the slots of an open vault; one at a time, since each begins with the slots and the master key it finds.
 * Callers keep and wipe the secrets they give and are given.
 */
import type { Clock } from "../../base/clock.ts";
import { codeOf, hasCode } from "../../base/errors.ts";
import type { Logger } from "../../base/logger.ts";
import { Secret } from "../../base/secret.ts";
import type { KdfParameters, PassphraseKdf } from "../../crypto/argon2.ts";
import { KEY_BYTES } from "../../crypto/hkdf.ts";
import type { KdfPolicy } from "../../crypto/kdf-policy.ts";
import { calibrateKdf, strongerParameters } from "../../crypto/kdf-policy.ts";
import type { Randomness } from "../../crypto/random.ts";
import { createKeychainSlot, forgetKeychainSlot } from "../../keys/keychain-slot.ts";
import type { Keychain } from "../../keys/keychain.ts";
import type { StoredSlot } from "../../keys/keyring-format.ts";
import { checkSlotRoom, replaceSlot, withoutSlot, withSlot } from "../../keys/slot-list.ts";
import type { OpenedSlot, SlotMaking } from "../../keys/slots.ts";
import { createPassphraseSlot, createSecretSlot, rewrapPassphraseSlot } from "../../keys/slots.ts";
import { strengthenSlot } from "../../keys/strengthen-slot.ts";
import type { Keyring, KeyringChange } from "../../keys/keyring.ts";
import type { Damage, Examined, LongWork, VaultHealth } from "../vault.ts";

/** An open vault, as far as its slots are concerned. */
export interface SlotVault {
  readonly state: {
    readonly vaultId: Uint8Array;
    readonly keyring: Keyring;
    readonly deps: { readonly logger: Logger };
  };
  readonly health: Pick<VaultHealth, "readOnly">;
  reseal(
    plan: {
      readonly isRepair: false;
      readonly keyring: Pick<KeyringChange, "slots" | "masterKey">;
    },
    work: LongWork,
  ): Promise<Examined>;
}

export interface SlotMeans {
  readonly kdf: PassphraseKdf;
  readonly kdfPolicy: KdfPolicy;
  readonly keychain: Keychain;
  readonly clock: Clock;
  readonly randomness: Randomness;
}

/** A slot to add; `secret` is the passphrase, or the 32 bytes of a recovery key. */
export type NewSlot =
  | { readonly kind: "passphrase" | "recovery"; readonly label: string; readonly secret: Secret }
  | { readonly kind: "keychain"; readonly label: string };

/** @throws TOO_MANY_SLOTS, WEAK_PASSPHRASE, KEYCHAIN_UNAVAILABLE, DISK_FULL, WRITE_FAILED */
export async function addSlot(
  means: SlotMeans,
  vault: SlotVault,
  added: NewSlot,
  work: LongWork,
): Promise<StoredSlot> {
  const { keyring } = vault.state;
  checkSlotRoom(keyring.content.slots);
  const slot = await makeSlot(means, makingFor(means, vault, keyring.masterKey, added.label), added, work);
  try {
    await keyring.update(({ slots }) => ({ slots: withSlot(slots, slot) }));
  } catch (error) {
    // Where the disk refused no more than to put the change on record, the slot is there.
    const isAdded = keyring.content.slots.some(({ id }) => id === slot.id);
    if (slot.kind === "keychain" && !isAdded) {
      await forgetKeychainSlot(slot, vault.state.vaultId, means.keychain);
    }
    throw error;
  }
  return slot;
}

/** @throws NOT_FOUND, LAST_SLOT, DISK_FULL, WRITE_FAILED */
export async function removeSlot(means: SlotMeans, vault: SlotVault, id: string): Promise<void> {
  const { keyring, vaultId } = vault.state;
  const removed = keyring.content.slots.find((slot) => slot.id === id);
  await keyring.update(({ slots }) => ({ slots: withoutSlot(slots, id) }));
  if (removed?.kind === "keychain") await forgetKeychainSlot(removed, vaultId, means.keychain);
}

/**
 * @param opened - the slot that the present passphrase opened
 * @throws WEAK_PASSPHRASE, NOT_FOUND, DISK_FULL, WRITE_FAILED
 */
export async function changePassphrase(
  means: SlotMeans,
  vault: SlotVault,
  opened: OpenedSlot,
  next: Secret,
): Promise<StoredSlot> {
  const { keyring } = vault.state;
  const slot = await rewrap(means, vault, opened, keyring.masterKey, next);
  await keyring.update(({ slots }) => ({ slots: replaceSlot(slots, slot) }));
  return slot;
}

/**
 * Makes a slot that opened as costly as today's policy asks. The vault is open by then, so a failure is logged.
 *
 * @param passphrase - the one that opened it
 */
export async function strengthen(
  { kdf, kdfPolicy, randomness }: SlotMeans,
  vault: SlotVault,
  opened: OpenedSlot,
  passphrase: Secret,
): Promise<void> {
  const { keyring, deps } = vault.state;
  try {
    await strengthenSlot(keyring, opened, passphrase, kdfPolicy, kdf, randomness);
  } catch (error) {
    deps.logger.log("slot-not-strengthened", { code: codeOf(error) });
  }
}

export interface MasterRotated {
  readonly records: number;
  readonly damage: Damage;
  /** Labels of slots whose secret was not at hand. */
  readonly droppedSlots: readonly string[];
}

/**
 * New master key and, as with every generation, data key and inbox pair: re-wraps the passphrase slot that opened, makes the keychain's slots anew where it
 * answers, and drops every other one.
 *
 * @param passphrase - the one that opened `opened`
 * @param recoveryKey - 32 bytes for a new recovery slot, if there is to be one
 * @throws as `LiveVault.reseal`
 */
export async function rotateMaster(
  means: SlotMeans,
  vault: SlotVault,
  opened: OpenedSlot,
  passphrase: Secret,
  recoveryKey: Secret | undefined,
  work: LongWork,
): Promise<MasterRotated> {
  const { keyring, vaultId } = vault.state;
  const before = keyring.content.slots;
  const masterKey = new Secret(means.randomness.bytes(KEY_BYTES));
  const slots: StoredSlot[] = [];
  const renewed = new Set<string>([opened.slot.id]);
  try {
    slots.push(await rewrap(means, vault, opened, masterKey, passphrase));
    for (const { id, label } of before.filter(({ kind }) => kind === "keychain")) {
      const slot = await keychainSlot(means, makingFor(means, vault, masterKey, label));
      if (slot === undefined) continue;
      slots.push(slot);
      renewed.add(id);
    }
    if (recoveryKey !== undefined) {
      const making = makingFor(means, vault, masterKey, "recovery key");
      slots.push(createSecretSlot("recovery", making, recoveryKey));
    }
    const plan = { isRepair: false as const, keyring: { slots, masterKey } };
    const resealed = await vault.reseal(plan, work);
    await forgetKeychain(means, vaultId, before);
    const dropped = before.filter(({ id }) => !renewed.has(id));
    return { ...resealed, droppedSlots: dropped.map(({ label }) => label) };
  } catch (error) {
    if (keyring.masterKey !== masterKey) {
      masterKey.wipe();
      // Where the outcome is open the new slots may be the ones that count.
      if (vault.health.readOnly === undefined) await forgetKeychain(means, vaultId, slots);
    }
    throw error;
  }
}

async function makeSlot(
  means: SlotMeans,
  making: SlotMaking,
  added: NewSlot,
  { progress }: LongWork,
): Promise<StoredSlot> {
  if (added.kind === "keychain") return createKeychainSlot(making, means.keychain);
  if (added.kind === "recovery") return createSecretSlot("recovery", making, added.secret);
  const { parameters } = await calibrateKdf(means.kdf, means.kdfPolicy, means.clock, (done, total) => {
    progress({ stage: "kdf", done, total });
  });
  return createPassphraseSlot(making, added.secret, parameters, means.kdf);
}

/** The same slot around another master key or under another passphrase, at today's cost. */
async function rewrap(
  means: SlotMeans,
  vault: SlotVault,
  { slot, milliseconds }: OpenedSlot,
  masterKey: Secret,
  passphrase: Secret,
): Promise<StoredSlot> {
  if (slot.kind !== "passphrase") throw new TypeError("only a passphrase slot has a passphrase");
  const parameters: KdfParameters = strongerParameters(slot.kdf, milliseconds, means.kdfPolicy) ?? slot.kdf;
  const making = { vaultId: vault.state.vaultId, masterKey, randomness: means.randomness };
  return rewrapPassphraseSlot(slot, making, passphrase, parameters, means.kdf);
}

async function keychainSlot({ keychain }: SlotMeans, making: SlotMaking): Promise<StoredSlot | undefined> {
  try {
    return await createKeychainSlot(making, keychain);
  } catch (error) {
    if (hasCode(error, "KEYCHAIN_UNAVAILABLE")) return undefined;
    throw error;
  }
}

async function forgetKeychain(
  { keychain }: SlotMeans,
  vaultId: Uint8Array,
  slots: readonly StoredSlot[],
): Promise<void> {
  for (const slot of slots.filter(({ kind }) => kind === "keychain")) {
    await forgetKeychainSlot(slot, vaultId, keychain);
  }
}

function makingFor(
  { clock, randomness }: SlotMeans,
  { state }: SlotVault,
  masterKey: Secret,
  label: string,
): SlotMaking {
  return { vaultId: state.vaultId, masterKey, label, clock, randomness };
}
