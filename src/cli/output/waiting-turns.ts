/** What `keepsake status` says of the inbox and the drop folder. */
import { LIMITS } from "../../base/limits.ts";
import { counted } from "../../base/shown-values.ts";
import type { Result } from "../../protocol/method-table.ts";
import type { Cell } from "./text-table.ts";

const BYTES_PER_MIB = 1 << 20;

/** @param warn - the style of what asks for attention */
export function inboxPairs(
  { open, waiting = 0, waitingBytes = 0, dropsSetAside }: Result<"vault.status">,
  warn: NonNullable<Cell["style"]>,
): readonly (readonly [string, Cell | string])[] {
  const { unverified, setAside } = open?.inbox ?? { unverified: 0, setAside: 0 };
  const pairs: (readonly [string, Cell | string])[] = [];
  if (waiting > 0) {
    const size = `${(waitingBytes / BYTES_PER_MIB).toFixed(1)} of ${LIMITS.inboxBytes / BYTES_PER_MIB} MiB`;
    pairs.push([
      "inbox",
      `${counted(waiting, "turn or note", "turns or notes")} waiting for the next unlock, repeats counted, ${size}`,
    ]);
  }
  if (unverified > 0) {
    const text = `${counted(unverified, "turn or note", "turns or notes")} of unknown origin since the unlock, marked unverified`;
    pairs.push(["inbox", { text, style: warn }]);
  }
  if (setAside > 0) {
    const text = `${counted(setAside, "entry", "entries")} no key opens, set aside until the next purge`;
    pairs.push(["inbox", { text, style: warn }]);
  }
  for (const line of dropLines(dropsSetAside)) pairs.push(["drop", { text: line, style: warn }]);
  return pairs;
}

/** What is said of the drop folder: one line, without a full stop, when something there is not taken in. */
export function dropLines(setAside = 0): readonly string[] {
  if (setAside === 0) return [];
  return [
    `${counted(setAside, "thing")} in the vault's folder "drop" cannot be taken in and stays; look at it, then remove it`,
  ];
}
