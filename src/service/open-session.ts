/** What exists only while the vault is open, made at unlock and gone with the engine process. */
import type { Damage } from "../vault/vault.ts";
import type { InboxDrain } from "./memories/drain-inbox.ts";
import type { IndexKeeper } from "./index/index-keeper.ts";
import type { Memories } from "./memories/memories.ts";

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
