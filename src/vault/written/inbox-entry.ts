/** Seals and opens entries of the inbox; `inbox-layout.ts` has what they look like. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { concatBytes, encodeParts, uint32, utf8 } from "../../base/bytes.ts";
import { KeepsakeError } from "../../base/errors.ts";
import { RECORD_ID_BYTES } from "../../base/record-id.ts";
import type { Secret } from "../../base/secret.ts";
import { equalInConstantTime, hmacSha256, SHA256_BYTES } from "../../crypto/hmac.ts";
import { hpkeOpen, hpkeSeal } from "../../crypto/hpke.ts";
import { pad, unpad } from "../../crypto/padding.ts";
import type { Randomness } from "../../crypto/random.ts";
import type { X25519Private } from "../../crypto/x25519.ts";
import type { StoredInbox } from "../../keys/keyring-format.ts";
import type { StoreEntry } from "../../store/record-store.ts";
import type { Captured, InboxKind } from "./inbox-layout.ts";
import {
  BODY_START,
  epochOfEntry,
  FIRST_VERSION,
  isNote,
  isOfAuthor,
  MAC_START,
  NOTE_VERSION,
  TURN_VERSION,
} from "./inbox-layout.ts";
import { KEYSPACE_BYTES } from "./keyspaces.ts";
import { idOfKey, storeKey } from "./store-key.ts";

const INFO = utf8("keepsake/inbox/v1");
const AUTHOR = utf8("keepsake/inbox-author/v1");
const NOBODY = new Uint8Array(SHA256_BYTES);

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
