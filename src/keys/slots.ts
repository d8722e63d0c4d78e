/**
 * Slots: each wraps the master key under a wrapping key of its own.
 *
 *   passphrase ── Argon2id ──> wrapping key
 *   recovery key, keychain secret (32 random bytes) ── HKDF "slot-wrap" ──> wrapping key
 *
 * The wrap binds vault id, slot id, kind and KDF parameters as associated data. GCM does not commit to its key, so an
 * HMAC of the wrapping key over the same binding stands next to it and is checked first. A slot that was tampered with
 * therefore answers like a wrong passphrase, after the same derivation.
 */
import { isLongEnough } from "../base/limits.ts";
import { encodeParts, uint32, utf8 } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { KeepsakeError } from "../base/errors.ts";
import type { Secret } from "../base/secret.ts";
import type { KdfParameters, PassphraseKdf } from "../crypto/argon2.ts";
import { checkKdfBounds } from "../crypto/argon2.ts";
import { deriveKey, KEY_BYTES } from "../crypto/hkdf.ts";
import { equalInConstantTime, hmacSha256 } from "../crypto/hmac.ts";
import type { Randomness } from "../crypto/random.ts";
import type { PassphraseSlot, StoredSlot } from "./keyring-format.ts";
import { unwrapKey, wrapKey } from "./wrap.ts";

export const SALT_BYTES = 32;

const BINDING_DOMAIN = utf8("keepsake/slot/v1");
const COMMITMENT_DOMAIN = utf8("keepsake/slot-commitment/v1");
const ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
const ID_CHARACTERS = 8;

export interface SlotMaking {
  /** 16 bytes. */
  readonly vaultId: Uint8Array;
  /** Wrapped by the slot; the caller keeps and wipes it. */
  readonly masterKey: Secret;
  readonly label: string;
  readonly clock: Clock;
  readonly randomness: Randomness;
}

export interface OpenedSlot {
  /** 32 bytes; the caller wipes them. */
  readonly masterKey: Secret;
  readonly slot: StoredSlot;
  /** What the derivation of this slot took. */
  readonly milliseconds: number;
}

/** What tells a slot from the others and is bound to its wrap. */
type SlotIdentity =
  | Pick<PassphraseSlot, "kind" | "id" | "kdf">
  | { readonly kind: "recovery" | "keychain"; readonly id: string };

/** @param passphrase - the caller keeps and wipes it; @throws WEAK_PASSPHRASE, KDF_OUT_OF_BOUNDS */
export async function createPassphraseSlot(
  making: SlotMaking,
  passphrase: Secret,
  parameters: KdfParameters,
  kdf: PassphraseKdf,
): Promise<PassphraseSlot> {
  const id = newSlotId(making.randomness);
  return wrapPassphraseSlot({ ...making, id, created: making.clock.now() }, passphrase, parameters, kdf);
}

/**
 * The same slot, by id, label and date, under another passphrase or another cost; the salt is new.
 *
 * @param passphrase - the caller keeps and wipes it
 * @throws WEAK_PASSPHRASE, KDF_OUT_OF_BOUNDS
 */
export async function rewrapPassphraseSlot(
  slot: PassphraseSlot,
  making: Omit<SlotMaking, "label" | "clock">,
  passphrase: Secret,
  parameters: KdfParameters,
  kdf: PassphraseKdf,
): Promise<PassphraseSlot> {
  const { id, label, created } = slot;
  return wrapPassphraseSlot({ ...making, id, label, created }, passphrase, parameters, kdf);
}

/**
 * @param secret - 32 random bytes: a recovery key, or what the keychain will hold; the caller keeps and wipes it
 * @param id - when the slot's id had to be known before
 */
export function createSecretSlot(
  kind: "recovery" | "keychain",
  making: SlotMaking,
  secret: Secret,
  id: string = newSlotId(making.randomness),
): StoredSlot {
  if (secret.length !== KEY_BYTES) throw new TypeError("the secret of a slot has 32 bytes");
  const { vaultId, masterKey, label, clock, randomness } = making;
  const binding = bindingOf({ kind, id }, vaultId);
  const wrappingKey = deriveKey(secret, "slot-wrap", binding);
  try {
    const wrap = commitAndWrap(wrappingKey, binding, masterKey, randomness);
    return { kind, id, label, created: clock.now(), ...wrap };
  } finally {
    wrappingKey.wipe();
  }
}

/**
 * Tries a passphrase on each passphrase slot, one derivation at a time.
 *
 * @param passphrase - the caller keeps and wipes it
 * @throws KDF_OUT_OF_BOUNDS when any passphrase slot asks for too much or too little, before anything is derived
 * @throws WRONG_PASSPHRASE when none opens, be it a wrong passphrase or a slot that was tampered with
 */
export async function openPassphraseSlot(
  slots: readonly StoredSlot[],
  vaultId: Uint8Array,
  passphrase: Secret,
  kdf: PassphraseKdf,
  clock: Clock,
): Promise<OpenedSlot> {
  const candidates = slots.filter((slot) => slot.kind === "passphrase");
  for (const slot of candidates) checkKdfBounds(slot.kdf, slot.kdf.salt.length);
  for (const slot of candidates) {
    const started = clock.monotonic();
    const wrappingKey = await kdf.derive(passphrase, slot.kdf.salt, slot.kdf);
    const milliseconds = clock.monotonic() - started;
    try {
      const masterKey = checkAndUnwrap(wrappingKey, bindingOf(slot, vaultId), slot);
      if (masterKey !== undefined) return { masterKey, slot, milliseconds };
    } finally {
      wrappingKey.wipe();
    }
  }
  throw new KeepsakeError("WRONG_PASSPHRASE");
}

/**
 * Tries a secret on each slot of a kind.
 *
 * @param secret - 32 bytes; the caller keeps and wipes it
 * @throws WRONG_PASSPHRASE when none opens
 */
export function openSecretSlot(
  kind: "recovery" | "keychain",
  slots: readonly StoredSlot[],
  vaultId: Uint8Array,
  secret: Secret,
): OpenedSlot {
  for (const slot of slots.filter((candidate) => candidate.kind === kind)) {
    const binding = bindingOf(slot, vaultId);
    const wrappingKey = deriveKey(secret, "slot-wrap", binding);
    try {
      const masterKey = checkAndUnwrap(wrappingKey, binding, slot);
      if (masterKey !== undefined) return { masterKey, slot, milliseconds: 0 };
    } finally {
      wrappingKey.wipe();
    }
  }
  throw new KeepsakeError("WRONG_PASSPHRASE");
}

/** A new slot id: 8 characters of a-z 0-9. */
export function newSlotId(randomness: Randomness): string {
  return Array.from(randomness.bytes(ID_CHARACTERS), (byte) => ID_ALPHABET[byte % ID_ALPHABET.length]).join(
    "",
  );
}

async function wrapPassphraseSlot(
  making: Omit<SlotMaking, "clock"> & { readonly id: string; readonly created: number },
  passphrase: Secret,
  { memoryKiB, passes, parallelism }: KdfParameters,
  kdf: PassphraseKdf,
): Promise<PassphraseSlot> {
  if (!isLongEnough(passphrase)) throw new KeepsakeError("WEAK_PASSPHRASE");
  const { vaultId, masterKey, label, id, created, randomness } = making;
  const salt = randomness.bytes(SALT_BYTES);
  const identity = { kind: "passphrase" as const, id, kdf: { memoryKiB, passes, parallelism, salt } };
  const wrappingKey = await kdf.derive(passphrase, salt, identity.kdf);
  try {
    const wrap = commitAndWrap(wrappingKey, bindingOf(identity, vaultId), masterKey, randomness);
    return { ...identity, label, created, ...wrap };
  } finally {
    wrappingKey.wipe();
  }
}

function commitAndWrap(
  wrappingKey: Secret,
  binding: Uint8Array,
  masterKey: Secret,
  randomness: Randomness,
): Pick<StoredSlot, "commitment" | "wrappedKey"> {
  return {
    commitment: commitmentOf(wrappingKey, binding),
    wrappedKey: wrapKey(wrappingKey, binding, masterKey, randomness),
  };
}

function checkAndUnwrap(wrappingKey: Secret, binding: Uint8Array, slot: StoredSlot): Secret | undefined {
  if (!equalInConstantTime(commitmentOf(wrappingKey, binding), slot.commitment)) return undefined;
  return unwrapKey(wrappingKey, binding, slot.wrappedKey);
}

function commitmentOf(wrappingKey: Secret, binding: Uint8Array): Uint8Array {
  return hmacSha256(wrappingKey.bytes, encodeParts(COMMITMENT_DOMAIN, binding));
}

function bindingOf(slot: SlotIdentity, vaultId: Uint8Array): Uint8Array {
  const parts = [BINDING_DOMAIN, vaultId, utf8(slot.id), utf8(slot.kind)];
  if (slot.kind !== "passphrase") return encodeParts(...parts);
  const { memoryKiB, passes, parallelism, salt } = slot.kdf;
  return encodeParts(...parts, uint32(memoryKiB), uint32(passes), uint32(parallelism), salt);
}
