/** What the removal of a slot comes to, as a question. */
import { KeepsakeError } from "../../base/errors.ts";
import { visibleLine } from "../../base/visible-text.ts";
import type { Result } from "../../protocol/method-table.ts";

type Slot = Result<"key.list">["slots"][number];

const NAMES = { passphrase: "passphrase", recovery: "recovery key", keychain: "keychain slot" } as const;

/**
 * Names the slot, and what alone opens the vault when its last passphrase goes.
 *
 * @throws NOT_FOUND
 */
export function removalQuestion(slots: readonly Slot[], id: string): string {
  const slot = slots.find((each) => each.id === id);
  if (slot === undefined) throw new KeepsakeError("NOT_FOUND");
  const label = slot.label === "" ? "" : ` "${visibleLine(slot.label)}"`;
  const question = `Remove the ${NAMES[slot.kind]}${label} (${id}) for good?`;
  const left = new Set(slots.filter((each) => each.id !== id).map(({ kind }) => kind));
  if (slot.kind !== "passphrase" || left.has("passphrase") || !left.has("recovery")) return question;
  const others = left.has("keychain") ? " and this login's keychain open" : " opens";
  return `${question} It is the last passphrase: only the recovery key${others} the vault then.`;
}
