/** What exists only while the vault is open, made at unlock and gone with the engine process. */
import type { Result } from "../protocol/method-table.ts";
import type { Damage } from "../vault/vault.ts";
import type { InboxDrain } from "./memories/drain-inbox.ts";
import type { IndexKeeper } from "./index/index-keeper.ts";
import type { Memories } from "./memories/memories.ts";

/** Most damaged ids a reply names; the count says how many there are. */
const MAX_NAMED_DAMAGE = 100;

export interface OpenSession {
  readonly memories: Memories;
  readonly keeper: IndexKeeper;
  readonly drain: InboxDrain;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** Nothing damaged, nothing missing. */
export function isWhole({ damaged, missingCount }: Damage): boolean {
  return damaged.length === 0 && missingCount === 0;
}

export interface Rewritten {
  readonly records: number;
  readonly generation: number;
  readonly damage: Damage;
}

/** Purge, rotation, repair: writes the vault anew. What that had to leave behind is no longer found afterwards either. */
export async function rewrite<T extends Omit<Rewritten, "generation">>(
  { memories, keeper }: OpenSession,
  work: () => Promise<T>,
): Promise<T & Rewritten> {
  const done = await work();
  if (!isWhole(done.damage)) keeper.reload();
  return { ...done, generation: memories.vault.health.generation };
}

/** What a purge, or another way to write the vault anew, came to. */
export function presentRewrite({ records, generation, damage }: Rewritten) {
  return { records, generation, damage: presentDamage(damage) };
}

export function presentDamage({ damaged, missingCount }: Damage): Result<"vault.verify">["damage"] {
  return { damaged: damaged.slice(0, MAX_NAMED_DAMAGE), damagedCount: damaged.length, missingCount };
}
