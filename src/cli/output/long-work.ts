/** What the commands that rewrite or read the whole vault share: a progress bar, and a report of what was found. */
import { ERRORS, KeepsakeError } from "../../base/errors.ts";
import type { CallOptions } from "../../client/keepsake-client.ts";
import type { Context } from "../context.ts";
import type { Result } from "../../protocol/method-table.ts";
import { counted } from "../../base/shown-values.ts";

type Damage = Result<"vault.verify">["damage"];

export async function withProgress<R>(
  context: Context,
  label: string,
  call: (options: CallOptions) => Promise<R>,
): Promise<R> {
  const progress = context.progress(label);
  try {
    return await call({ onProgress: progress.update, signal: context.signal });
  } finally {
    progress.stop();
  }
}

/** Says how many records there are and what is damaged. @returns the exit code */
export function reportRecords(
  records: number,
  damage: Damage,
  what: string,
  { screen: { out } }: Context,
): number {
  out.write(`${what}: ${counted(records, "record")}\n`);
  for (const line of damageLines(damage)) out.write(`${out.style.bad(line)}\n`);
  for (const id of damage.damaged) out.write(`${id}\n`);
  return isWhole(damage) ? 0 : ERRORS.VAULT_DAMAGED.exit;
}

export function isWhole({ damagedCount, missingCount }: Damage): boolean {
  return damagedCount === 0 && missingCount === 0;
}

/** One sentence a kind of damage, without a full stop. */
export function damageLines({ damagedCount, missingCount }: Damage): readonly string[] {
  const lines: string[] = [];
  if (damagedCount > 0) lines.push(`${counted(damagedCount, "record")} cannot be authenticated`);
  if (missingCount > 0) lines.push(`${counted(missingCount, "record")} missing`);
  if (missingCount < 0) lines.push(`${counted(-missingCount, "record")} more than the vault knows of`);
  return lines;
}

/** Why writes are refused, as an answer of the daemon says. */
export function refusalError({
  code,
  message,
}: NonNullable<Result<"vault.unlock">["readOnly"]>): KeepsakeError {
  const { summary } = ERRORS[code];
  return new KeepsakeError(
    code,
    message === undefined || message === summary ? summary : `${summary}; ${message}`,
  );
}
