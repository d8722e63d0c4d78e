/** Slots as others see them. */
import { KeepsakeError } from "../../base/errors.ts";
import type { Secret } from "../../base/secret.ts";
import type { StoredSlot } from "../../keys/keyring-format.ts";
import type { NewSlot } from "./slot-changes.ts";
import type { SlotSummary } from "../vault.ts";

export function summaryOf(slot: StoredSlot): SlotSummary {
  const { id, kind, label, created } = slot;
  if (slot.kind !== "passphrase") return { id, kind, label, created, kdf: undefined };
  const { memoryKiB, passes, parallelism } = slot.kdf;
  return { id, kind, label, created, kdf: { memoryKiB, passes, parallelism } };
}

/**
 * @param secret - the passphrase or recovery key
 * @throws WEAK_PASSPHRASE when a slot that needs a secret has none
 */
export function newSlotOf(kind: SlotSummary["kind"], label: string, secret: Secret | undefined): NewSlot {
  if (kind === "keychain") return { kind, label };
  if (secret === undefined) throw new KeepsakeError("WEAK_PASSPHRASE");
  return { kind, label, secret };
}
