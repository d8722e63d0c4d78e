/** What is wrong with a vault, by count and by id. */
import type { Result } from "../../protocol/method-table.ts";
import { counted } from "./numbers.ts";

export type Damage = Result<"vault.verify">["damage"];

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
