/**
 * An entry of the inbox: a captured turn, encrypted to the vault's public key, so that it can be stored without any key of the
 * vault, under a MAC that says who captured it.
 *
 *   version(1) = 2 ‖ inbox epoch(4) ‖ MAC(32) ‖ HPKE encapsulated key(32) ‖ ciphertext ‖ tag(16)
 *
 * Integers are big-endian. The inbox epoch is the number of the key pair that opens it. Associated data:
 * `parts(vault id, entry id, inbox epoch)`. MAC: HMAC-SHA256 under the inbox token of this machine, over
 * `parts("keepsake/inbox-author/v1", vault id, entry id, inbox epoch, everything behind the MAC)`; 32 zeros where nobody
 * vouches for it. Padded like a record. The generation is not bound.
 *
 * Version 3 is the same and holds a note of keepsake's own, such as one of its record of calls, where version 2 holds a
 * turn. The version stands behind the inbox epoch as one part more in both lists: which of the two it is can be told
 * without a key, and not be changed without the token.
 *
 *   version(1) = 1 ‖ HPKE encapsulated key(32) ‖ ciphertext ‖ tag(16)
 *
 * is what 0.1.0 wrote: of epoch 0, with the associated data `parts(vault id, entry id)` and no author. It is read, and never written.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { concatBytes, encodeParts, uint32, utf8 } from "../../base/bytes.ts";
import { KeepsakeError } from "../../base/errors.ts";
import { RECORD_ID_BYTES } from "../../base/record-id.ts";
import type { Secret } from "../../base/secret.ts";
import { equalInConstantTime, hmacSha256, SHA256_BYTES } from "../../crypto/hmac.ts";
import { HPKE_OVERHEAD_BYTES, hpkeOpen, hpkeSeal } from "../../crypto/hpke.ts";
import { pad, unpad } from "../../crypto/padding.ts";
import type { Randomness } from "../../crypto/random.ts";
import type { X25519Private } from "../../crypto/x25519.ts";
import type { StoredInbox } from "../../keys/keyring-format.ts";
import { FIRST_INBOX_EPOCH } from "../../keys/keyring-format.ts";
import type { StoreEntry } from "../../store/record-store.ts";
import { KEYSPACE_BYTES } from "./keyspaces.ts";
import { idOfKey, storeKey } from "./store-key.ts";

const FIRST_VERSION = 1;
const TURN_VERSION = 2;
const NOTE_VERSION = 3;
const INFO = utf8("keepsake/inbox/v1");
const AUTHOR = utf8("keepsake/inbox-author/v1");
const MAC_START = 1 + 4;
const BODY_START = MAC_START + SHA256_BYTES;
const MIN_FIRST_BYTES = 1 + HPKE_OVERHEAD_BYTES;
const MIN_ENTRY_BYTES = BODY_START + HPKE_OVERHEAD_BYTES;
const NOBODY = new Uint8Array(SHA256_BYTES);

type InboxKind = "turn" | "note";

/** What goes into the inbox together. Notes are keepsake's own, such as those of its record of calls. */
export interface Captured {
  readonly turns: readonly Uint8Array[];
  readonly notes: readonly Uint8Array[];
}

/** For whom entries are sealed, and by whom. */
export interface InboxSeal {
  /** 16 bytes. */
  readonly vaultId: Uint8Array;
  /** The pair that will open them. */
  readonly inbox: Pick<StoredInbox, "epoch" | "publicKey">;
  /** The inbox token of this machine, 32 bytes; undefined where nobody vouches for them. */
  readonly author: Secret | undefined;
}

/**
 * @param id - 16 random bytes
 * @throws KEYRING_TAMPERED when the public key is none that keepsake makes
 */
export function sealInboxEntry(
  { vaultId, inbox, author }: InboxSeal,
  id: Uint8Array,
  plaintext: Uint8Array,
  randomness: Randomness,
  kind: InboxKind = "turn",
): Uint8Array {
  const padded = pad(plaintext);
  try {
    const version = Uint8Array.of(kind === "turn" ? TURN_VERSION : NOTE_VERSION);
    const epoch = uint32(inbox.epoch);
    const bound = boundTo(vaultId, id, epoch, version);
    const body = hpkeSeal(inbox.publicKey, INFO, padded, encodeParts(...bound), randomness);
    const mac = author === undefined ? NOBODY : macOf(author, bound, body);
    return concatBytes(version, epoch, mac, body);
  } finally {
    padded.fill(0);
  }
}

/** Seals turns and notes as new entries of the inbox, giving way to others between two of them. */
export async function sealCaptured(
  seal: InboxSeal,
  { turns, notes }: Captured,
  randomness: Randomness,
): Promise<readonly StoreEntry[]> {
  const entries: StoreEntry[] = [];
  for (const [place, plaintext] of [...turns, ...notes].entries()) {
    const id = randomness.bytes(RECORD_ID_BYTES);
    const kind = place < turns.length ? "turn" : "note";
    const value = sealInboxEntry(seal, id, plaintext, randomness, kind);
    entries.push({ key: storeKey(KEYSPACE_BYTES.inbox, id), value });
    await nextTurn();
  }
  return entries;
}

/**
 * Seals an entry for another pair. Whether somebody vouches for it stays as it was.
 *
 * @param seal - of the vault that the entry is of
 * @param plaintext - of the entry; wiped
 */
export function renewInboxEntry(
  seal: InboxSeal & { readonly author: Secret },
  { key, value }: StoreEntry,
  plaintext: Uint8Array,
  randomness: Randomness,
): StoreEntry {
  const id = idOfKey(key)!;
  const isAuthored = isAuthoredBy(seal.author, seal.vaultId, id, value);
  const next = isAuthored ? seal : { ...seal, author: undefined };
  const kind = isNote(value) ? "note" : "turn";
  try {
    return { key, value: sealInboxEntry(next, id, plaintext, randomness, kind) };
  } finally {
    plaintext.fill(0);
  }
}

/** Whether it says that it is a note of keepsake's own, rather than a turn. */
export function isNote(sealed: Uint8Array): boolean {
  return sealed[0] === NOTE_VERSION;
}

/** The number of the pair that would open it, as it says itself; undefined when it is no entry of a known version. */
export function epochOfEntry(sealed: Uint8Array): number | undefined {
  if (sealed[0] === FIRST_VERSION && sealed.length >= MIN_FIRST_BYTES) return FIRST_INBOX_EPOCH;
  if (!isOfAuthor(sealed)) return undefined;
  return new DataView(sealed.buffer, sealed.byteOffset, sealed.byteLength).getUint32(1);
}

/**
 * Whether the holder of the token captured it.
 *
 * @param token - 32 bytes, of this machine
 */
export function isAuthoredBy(
  token: Secret,
  vaultId: Uint8Array,
  id: Uint8Array,
  sealed: Uint8Array,
): boolean {
  if (!isOfAuthor(sealed)) return false;
  const bound = boundTo(vaultId, id, sealed.subarray(1, MAC_START), sealed.subarray(0, 1));
  const expected = macOf(token, bound, sealed.subarray(BODY_START));
  return equalInConstantTime(expected, sealed.subarray(MAC_START, BODY_START));
}

/**
 * @param key - the private key of the pair whose number it names
 * @throws RECORD_DAMAGED when it was not sealed to this key, for this vault and under this id and number
 */
export function openInboxEntry(
  key: X25519Private,
  vaultId: Uint8Array,
  id: Uint8Array,
  sealed: Uint8Array,
): Uint8Array {
  if (epochOfEntry(sealed) === undefined) throw new KeepsakeError("RECORD_DAMAGED");
  const isFirst = sealed[0] === FIRST_VERSION;
  const body = sealed.subarray(isFirst ? 1 : BODY_START);
  const bound = isFirst
    ? [vaultId, id]
    : boundTo(vaultId, id, sealed.subarray(1, MAC_START), sealed.subarray(0, 1));
  const padded = hpkeOpen(key, INFO, body, encodeParts(...bound));
  if (padded === undefined) throw new KeepsakeError("RECORD_DAMAGED");
  return unpad(padded);
}

export function weightOfEntries(entries: readonly StoreEntry[]): number {
  return entries.reduce((sum, { value }) => sum + value.length, 0);
}

/** Of a version that says who captured it. */
function isOfAuthor(sealed: Uint8Array): boolean {
  return (sealed[0] === TURN_VERSION || isNote(sealed)) && sealed.length >= MIN_ENTRY_BYTES;
}

/** @param epoch - 4 bytes; @param version - 1 byte */
function boundTo(
  vaultId: Uint8Array,
  id: Uint8Array,
  epoch: Uint8Array,
  version: Uint8Array,
): readonly Uint8Array[] {
  return isNote(version) ? [vaultId, id, epoch, version] : [vaultId, id, epoch];
}

function macOf(token: Secret, bound: readonly Uint8Array[], body: Uint8Array): Uint8Array {
  return hmacSha256(token.bytes, encodeParts(AUTHOR, ...bound, body));
}
