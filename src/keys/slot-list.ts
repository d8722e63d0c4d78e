/** What the list of slots must always hold: at most eight, and never without a passphrase or a recovery key. */
import { KeepsakeError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import type { StoredSlot } from "./keyring-format.ts";

/** @throws TOO_MANY_SLOTS */
export function withSlot(slots: readonly StoredSlot[], added: StoredSlot): readonly StoredSlot[] {
  checkSlotRoom(slots);
  return [...slots, added];
}

/** Whether one more slot fits, for asking before a derivation is spent on it. @throws TOO_MANY_SLOTS */
export function checkSlotRoom(slots: readonly StoredSlot[]): void {
  if (slots.length >= LIMITS.slots) throw new KeepsakeError("TOO_MANY_SLOTS");
}

/**
 * @throws NOT_FOUND when there is no slot with that id
 * @throws LAST_SLOT when no passphrase and no recovery key would be left: the keychain is never the only way
 */
export function withoutSlot(slots: readonly StoredSlot[], id: string): readonly StoredSlot[] {
  const left = slots.filter((slot) => slot.id !== id);
  if (left.length === slots.length) throw new KeepsakeError("NOT_FOUND", "there is no slot with that id");
  if (left.every(({ kind }) => kind === "keychain")) throw new KeepsakeError("LAST_SLOT");
  return left;
}

/** Puts `slot` in the place of the one with its id. @throws NOT_FOUND when there is none */
export function replaceSlot(slots: readonly StoredSlot[], slot: StoredSlot): readonly StoredSlot[] {
  if (!slots.some(({ id }) => id === slot.id)) {
    throw new KeepsakeError("NOT_FOUND", "there is no slot with that id");
  }
  return slots.map((present) => (present.id === slot.id ? slot : present));
}
