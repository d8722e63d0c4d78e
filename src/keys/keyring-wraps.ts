/**
 * What the master key wraps, each kind under a key derived for it alone and bound to the vault and to what it is:
 * data keys by term, the identity key, the inbox's private key. With them the keyring's content is made from keys, and keys
 * from its content.
 */
import { encodeParts, uint32, utf8 } from "../base/bytes.ts";
import { KeepsakeError } from "../base/errors.ts";
import type { Secret } from "../base/secret.ts";
import type { KeyPurpose } from "../crypto/hkdf.ts";
import { deriveKey } from "../crypto/hkdf.ts";
import { equalInConstantTime, hmacSha256 } from "../crypto/hmac.ts";
import type { Randomness } from "../crypto/random.ts";
import type { X25519KeyPair } from "../crypto/x25519.ts";
import { newX25519KeyPair } from "../crypto/x25519.ts";
import type { KeyringContent, StoredInbox, StoredKeyring } from "./keyring-format.ts";
import { encodeKeyring, FIRST_INBOX_EPOCH, KEYRING_VERSION, keyringMessage } from "./keyring-format.ts";
import { unwrapKey, wrapKey } from "./wrap.ts";

/** A key pair of the inbox and its number. */
export interface InboxPair extends X25519KeyPair {
  readonly epoch: number;
}

/** Every key of a keyring; whoever holds the object wipes them. */
export interface KeyringKeys {
  readonly master: Secret;
  /** By term, in ascending order. The last one is active. */
  readonly data: ReadonlyMap<number, { readonly key: Secret; readonly created: number }>;
  readonly identity: Secret;
  readonly inbox: InboxPair;
  /** The pair before, while something that was sealed to it may still wait. */
  readonly retiredInbox: InboxPair | undefined;
}

/** What a keyring says besides its keys. */
export type KeyringFacts = Pick<KeyringContent, "vaultId" | "epoch" | "generation" | "slots">;

type InnerKey =
  | { readonly kind: "data"; readonly term: number }
  | { readonly kind: "identity" }
  | { readonly kind: "inbox"; readonly publicKey: Uint8Array };

const DOMAIN = utf8("keepsake/inner-key/v1");
const WRAPPING = {
  data: "data-key-wrap",
  identity: "identity-key-wrap",
  inbox: "inbox-key-wrap",
} as const satisfies Record<InnerKey["kind"], KeyPurpose>;

/** Wraps every key afresh and authenticates the whole. */
export function sealKeyring(facts: KeyringFacts, keys: KeyringKeys, randomness: Randomness): StoredKeyring {
  const wrap = (inner: InnerKey, key: Secret) => {
    const binding = bindingOf(facts.vaultId, inner);
    return withWrappingKey(keys.master, inner, (wrapping) => wrapKey(wrapping, binding, key, randomness));
  };
  const wrapPair = ({ epoch, publicKey, privateKey }: InboxPair): StoredInbox => ({
    epoch,
    publicKey,
    wrappedKey: wrap({ kind: "inbox", publicKey }, privateKey),
  });
  const active = [...keys.data.keys()].at(-1);
  const content: KeyringContent = {
    version: KEYRING_VERSION,
    ...facts,
    dataKeys: Array.from(keys.data, ([term, { key, created }]) => ({
      term,
      created,
      state: term === active ? "active" : "decrypt-only",
      wrappedKey: wrap({ kind: "data", term }, key),
    })),
    identityKey: wrap({ kind: "identity" }, keys.identity),
    inbox: wrapPair(keys.inbox),
    ...(keys.retiredInbox !== undefined && { retiredInbox: wrapPair(keys.retiredInbox) }),
  };
  const mac = macOf(content, keys.master);
  return { content, mac, bytes: encodeKeyring(content, mac) };
}

/**
 * Checks the MAC and unwraps every key.
 *
 * @param master - becomes part of the result; the caller's to wipe when this throws
 * @throws KEYRING_TAMPERED when the MAC does not hold or a key does not authenticate
 */
export function unsealKeyring(stored: StoredKeyring, master: Secret): KeyringKeys {
  const { vaultId, dataKeys, identityKey, inbox, retiredInbox } = stored.content;
  if (!equalInConstantTime(macOf(stored.content, master), stored.mac)) {
    throw new KeepsakeError("KEYRING_TAMPERED");
  }
  const unwrapped: Secret[] = [];
  const unwrap = (inner: InnerKey, wrapped: Uint8Array) => {
    const binding = bindingOf(vaultId, inner);
    const key = withWrappingKey(master, inner, (wrapping) => unwrapKey(wrapping, binding, wrapped));
    if (key === undefined) throw new KeepsakeError("KEYRING_TAMPERED");
    unwrapped.push(key);
    return key;
  };
  const unwrapPair = ({ epoch, publicKey, wrappedKey }: StoredInbox): InboxPair => ({
    epoch,
    publicKey,
    privateKey: unwrap({ kind: "inbox", publicKey }, wrappedKey),
  });
  try {
    const data = dataKeys.map(({ term, created, wrappedKey }) => {
      return [term, { key: unwrap({ kind: "data", term }, wrappedKey), created }] as const;
    });
    const identity = unwrap({ kind: "identity" }, identityKey);
    return {
      master,
      data: new Map(data),
      identity,
      inbox: unwrapPair(inbox),
      retiredInbox: retiredInbox && unwrapPair(retiredInbox),
    };
  } catch (error) {
    for (const key of unwrapped) key.wipe();
    throw error;
  }
}

/** The pair of a new vault. */
export function newInboxPair(randomness: Randomness): InboxPair {
  return { epoch: FIRST_INBOX_EPOCH + 1, ...newX25519KeyPair(randomness) };
}

/** The pairs of the inbox after a change; see `KeyringChange`. */
export function pairsAfter(
  present: Pick<KeyringKeys, "inbox" | "retiredInbox">,
  inbox: X25519KeyPair | undefined,
  retiredInbox: "kept" | "dropped" | undefined,
): Pick<KeyringKeys, "inbox" | "retiredInbox"> {
  if (inbox === undefined) {
    return {
      inbox: present.inbox,
      retiredInbox: retiredInbox === "dropped" ? undefined : present.retiredInbox,
    };
  }
  const next = { epoch: present.inbox.epoch + 1, ...inbox };
  return { inbox: next, retiredInbox: retiredInbox === "kept" ? present.inbox : undefined };
}

export function secretsOf(keys: KeyringKeys): readonly Secret[] {
  return [
    keys.master,
    ...[...keys.data.values()].map(({ key }) => key),
    keys.identity,
    keys.inbox.privateKey,
    ...(keys.retiredInbox === undefined ? [] : [keys.retiredInbox.privateKey]),
  ];
}

function macOf(content: KeyringContent, master: Secret): Uint8Array {
  const key = deriveKey(master, "keyring-mac");
  try {
    return hmacSha256(key.bytes, keyringMessage(content));
  } finally {
    key.wipe();
  }
}

function withWrappingKey<T>(master: Secret, inner: InnerKey, use: (wrappingKey: Secret) => T): T {
  const wrappingKey = deriveKey(master, WRAPPING[inner.kind]);
  try {
    return use(wrappingKey);
  } finally {
    wrappingKey.wipe();
  }
}

function bindingOf(vaultId: Uint8Array, inner: InnerKey): Uint8Array {
  const parts = [DOMAIN, vaultId, utf8(inner.kind)];
  if (inner.kind === "data") parts.push(uint32(inner.term));
  if (inner.kind === "inbox") parts.push(inner.publicKey);
  return encodeParts(...parts);
}
