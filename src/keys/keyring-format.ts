/**
 * The keyring as bytes, version 2: canonical JSON, byte strings in base64.
 *
 *   {"checksum": SHA-256 of {keyring, mac}, "keyring": {…}, "mac": HMAC-SHA256 of keyring}
 *
 * Both cover the canonical spelling of what they are over. The checksum tells corruption from tampering and needs no key;
 * the MAC's key is derived from the master key and is checked once that is at hand. Everything here is read from a file
 * that anyone may have written: strict shape, one spelling, and no size that is not capped. The cost of a passphrase slot
 * is left to `checkKdfBounds`, which has an error of its own.
 *
 * Version 1, which 0.1.0 wrote, has no `epoch` in `inbox` and no `retiredInbox`. It is read, and never written.
 */
import * as z from "zod";
import { attempt } from "../base/attempt.ts";
import { equalBytes, fromBase64, fromUtf8, toBase64, toHex, utf8 } from "../base/bytes.ts";
import type { Json } from "../base/canonical-json.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { KeepsakeError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { SHA256_BYTES, sha256 } from "../crypto/hmac.ts";
import { NONCE_BYTES, TAG_BYTES } from "../crypto/aead.ts";
import { KEY_BYTES } from "../crypto/hkdf.ts";

export const KEYRING_VERSION = 2;
const FIRST_VERSION = 1;
/** Epoch of the pair that a keyring of version 1 holds. Every other pair has a higher one. */
export const FIRST_INBOX_EPOCH = 0;
export const VAULT_ID_BYTES = 16;
/** More than the longest keyring; a copy over it is not read. */
export const MAX_KEYRING_BYTES = 256 << 10;

const WRAPPED_KEY_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES;
const MAX_DATA_KEYS = 256;
const MAX_SALT_BYTES = 64;

function bytesOf(length: number, most: number = length) {
  return z
    .string()
    .max(Math.ceil(most / 3) * 4)
    .transform((text) => fromBase64(text))
    .refine((bytes) => bytes.length >= length && bytes.length <= most);
}

const number32 = z.int().min(1).max(0xffff_ffff);
const instant = z.int().nonnegative();
const wrappedKey = bytesOf(WRAPPED_KEY_BYTES);
const cost = z.int().nonnegative();

const slotFields = {
  id: z.string().regex(/^[a-z0-9]{8}$/),
  label: z.string().max(64),
  created: instant,
  commitment: bytesOf(SHA256_BYTES),
  wrappedKey,
};

const storedSlot = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("passphrase"),
    ...slotFields,
    kdf: z.strictObject({
      memoryKiB: cost,
      passes: cost,
      parallelism: cost,
      salt: bytesOf(0, MAX_SALT_BYTES),
    }),
  }),
  z.strictObject({ kind: z.literal("recovery"), ...slotFields }),
  z.strictObject({ kind: z.literal("keychain"), ...slotFields }),
]);

const storedDataKey = z.strictObject({
  term: number32,
  created: instant,
  state: z.enum(["active", "decrypt-only"]),
  wrappedKey,
});

const inboxFields = { publicKey: bytesOf(KEY_BYTES), wrappedKey };
const storedInbox = z.strictObject({ epoch: instant.max(0xffff_ffff), ...inboxFields });

const sharedFields = {
  vaultId: bytesOf(VAULT_ID_BYTES),
  epoch: number32,
  generation: number32,
  slots: z.array(storedSlot).min(1).max(LIMITS.slots),
  dataKeys: z.array(storedDataKey).min(1).max(MAX_DATA_KEYS),
  identityKey: wrappedKey,
};

const keyringContent = z
  .discriminatedUnion("version", [
    z.strictObject({
      version: z.literal(FIRST_VERSION),
      ...sharedFields,
      inbox: z.strictObject(inboxFields).transform((pair) => ({ epoch: FIRST_INBOX_EPOCH, ...pair })),
    }),
    z.strictObject({
      version: z.literal(KEYRING_VERSION),
      ...sharedFields,
      inbox: storedInbox,
      retiredInbox: storedInbox.exactOptional(),
    }),
  ])
  .refine(({ slots }) => new Set(slots.map(({ id }) => id)).size === slots.length)
  .refine(({ dataKeys }) => dataKeys.every(isAfterAndActiveOnlyIfLast));

const keyringEnvelope = z.strictObject({
  checksum: z.string().length(SHA256_BYTES * 2),
  keyring: z.record(z.string(), z.json()),
  mac: bytesOf(SHA256_BYTES),
});

/** One way to open the vault, as stored. */
export type StoredSlot = Readonly<z.infer<typeof storedSlot>>;
export type PassphraseSlot = Extract<StoredSlot, { kind: "passphrase" }>;
/** One data key, wrapped; the last of the list is the active one. */
export type StoredDataKey = Readonly<z.infer<typeof storedDataKey>>;

/** A pair of the inbox, its private key wrapped. */
export type StoredInbox = Readonly<z.infer<typeof storedInbox>>;

/** Everything in the keyring but its checksum and MAC. */
export type KeyringContent = {
  readonly version: typeof FIRST_VERSION | typeof KEYRING_VERSION;
  /** 16 bytes. */
  readonly vaultId: Uint8Array;
  /** One more with every change; of two copies the higher one counts. */
  readonly epoch: number;
  /** Number of the live generation. */
  readonly generation: number;
  readonly slots: readonly StoredSlot[];
  /** By ascending term. */
  readonly dataKeys: readonly StoredDataKey[];
  /** Wrapped by the master key. */
  readonly identityKey: Uint8Array;
  /** The pair that captured turns are sealed to. Its epoch is one more than that of the pair before it. */
  readonly inbox: StoredInbox;
  /** The pair before, while something that was sealed to it may still wait. */
  readonly retiredInbox?: StoredInbox;
};

/** A keyring whose checksum holds and whose MAC has not been checked. */
export interface StoredKeyring {
  readonly content: KeyringContent;
  /** 32 bytes. */
  readonly mac: Uint8Array;
  /** The bytes as they are on disk. */
  readonly bytes: Uint8Array;
}

/** What the MAC is over. */
export function keyringMessage(content: KeyringContent): Uint8Array {
  return utf8(canonicalJson(contentAsJson(content)));
}

/** @param mac - 32 bytes, HMAC-SHA256 of `keyringMessage(content)` */
export function encodeKeyring(content: KeyringContent, mac: Uint8Array): Uint8Array {
  return encodeCovered(contentAsJson(content), mac);
}

/**
 * Reads a copy of the keyring; the MAC is not checked.
 *
 * @returns undefined when the bytes are damaged in any way
 * @throws UNSUPPORTED_VERSION when they are whole and of a version this keepsake does not know
 */
export function decodeKeyring(bytes: Uint8Array): StoredKeyring | undefined {
  const found = attempt(() => {
    const { keyring, mac } = keyringEnvelope.parse(JSON.parse(fromUtf8(bytes)));
    return equalBytes(encodeCovered(keyring, mac), bytes) ? { keyring, mac } : undefined;
  });
  if (found === undefined) return undefined;
  const version = found.keyring["version"];
  if (typeof version === "number" && version !== FIRST_VERSION && version !== KEYRING_VERSION) {
    throw new KeepsakeError(
      "UNSUPPORTED_VERSION",
      `the keyring has version ${version}; this keepsake reads versions ${FIRST_VERSION} and ${KEYRING_VERSION}`,
      { hint: "use the version of keepsake that wrote it" },
    );
  }
  const content = attempt(() => keyringContent.parse(found.keyring));
  return content === undefined ? undefined : { content, mac: found.mac, bytes };
}

function isAfterAndActiveOnlyIfLast(
  key: StoredDataKey,
  index: number,
  keys: readonly StoredDataKey[],
): boolean {
  const before = keys[index - 1];
  const isLast = index === keys.length - 1;
  return (before === undefined || before.term < key.term) && (key.state === "active") === isLast;
}

function encodeCovered(keyring: Json, mac: Uint8Array): Uint8Array {
  const covered = { keyring, mac: toBase64(mac) };
  const checksum = toHex(sha256(utf8(canonicalJson(covered))));
  return utf8(canonicalJson({ ...covered, checksum }));
}

/** As the version of the content spells it. */
function contentAsJson(content: KeyringContent): Json {
  if (content.version === KEYRING_VERSION) return toJson(content);
  const { publicKey, wrappedKey: wrapped } = content.inbox;
  return toJson({ ...content, inbox: { publicKey, wrappedKey: wrapped } });
}

type Encodable = string | number | Uint8Array | readonly Encodable[] | { readonly [key: string]: Encodable };

/** The same value with byte strings as base64. */
function toJson(value: Encodable): Json {
  if (value instanceof Uint8Array) return toBase64(value);
  if (typeof value !== "object") return value;
  if (isList(value)) return value.map((item) => toJson(item));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toJson(member)]));
}

function isList(value: object): value is readonly Encodable[] {
  return Array.isArray(value);
}
