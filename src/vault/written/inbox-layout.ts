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
import { SHA256_BYTES } from "../../crypto/hmac.ts";
import { HPKE_OVERHEAD_BYTES } from "../../crypto/hpke-sizes.ts";
import { FIRST_INBOX_EPOCH } from "../../keys/keyring-format.ts";
import type { StoreEntry } from "../../store/record-store.ts";

export const FIRST_VERSION = 1;
export const TURN_VERSION = 2;
export const NOTE_VERSION = 3;
export const MAC_START = 1 + 4;
export const BODY_START = MAC_START + SHA256_BYTES;
const MIN_FIRST_BYTES = 1 + HPKE_OVERHEAD_BYTES;
const MIN_ENTRY_BYTES = BODY_START + HPKE_OVERHEAD_BYTES;

export type InboxKind = "turn" | "note";

/** What goes into the inbox together. Notes are keepsake's own, such as those of its record of calls. */
export interface Captured {
  readonly turns: readonly Uint8Array[];
  readonly notes: readonly Uint8Array[];
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

export function weightOfEntries(entries: readonly StoreEntry[]): number {
  return entries.reduce((sum, { value }) => sum + value.length, 0);
}

/** Of a version that says who captured it. */
export function isOfAuthor(sealed: Uint8Array): boolean {
  return (sealed[0] === TURN_VERSION || isNote(sealed)) && sealed.length >= MIN_ENTRY_BYTES;
}
