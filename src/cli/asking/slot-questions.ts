/** What the removal of a slot comes to, or of all that a new master key leaves behind, as a question. */
import { visibleLine } from "../../base/visible-text.ts";
import type { Result } from "../../protocol/method-table.ts";

type Slot = Result<"key.list">["slots"][number];

const NAMES = { passphrase: "passphrase", recovery: "recovery key", keychain: "keychain slot" } as const;

/** Names the slot, and what alone opens the vault when its last passphrase goes. */
export function removalQuestion(slots: readonly Slot[], slot: Slot): string {
  const question = `Remove the ${named(slot)} for good?`;
  const left = new Set(slots.filter((each) => each.id !== slot.id).map(({ kind }) => kind));
  if (slot.kind === "recovery" && !left.has("recovery"))
    return `${question} It is the last recovery key: who loses the passphrase then loses the vault.`;
  if (slot.kind !== "passphrase" || left.has("passphrase") || !left.has("recovery")) return question;
  const others = left.has("keychain") ? " and this login's keychain open" : " opens";
  return `${question} It is the last passphrase: only the recovery key${others} the vault then.`;
}

/** Names what a new master key drops: every recovery key, and every passphrase but the one that is typed next. */
export function rotationQuestion(slots: readonly Slot[], makesRecoveryKey: boolean): string {
  const passphrases = slots.filter(({ kind }) => kind === "passphrase");
  const dropped = [
    ...slots.filter(({ kind }) => kind === "recovery").map((slot) => `the ${named(slot)}`),
    ...(passphrases.length > 1
      ? [`all but the one you type of the ${passphrases.map(named).join(", the ")}`]
      : []),
  ];
  const gone = dropped.length === 0 ? "" : ` These open the vault no more: ${dropped.join("; ")}.`;
  const made = makesRecoveryKey ? " A new recovery key is shown once." : "";
  return `Make a new master key and seal everything anew?${gone}${made}`;
}

function named({ id, kind, label }: Slot): string {
  return `${NAMES[kind]}${label === "" ? "" : ` "${visibleLine(label)}"`} (${id})`;
}
