/** Operations that write the vault anew: purge, rotation, repair. */
import type { Damage } from "../vault/vault.ts";
import { isWhole } from "./open-session.ts";
import type { OpenSession } from "./open-session.ts";

export interface Rewritten {
  readonly records: number;
  readonly generation: number;
  readonly damage: Damage;
}

/** Runs one; what it had to leave behind is no longer found afterwards either. */
export async function rewrite<T extends Omit<Rewritten, "generation">>(
  { memories, keeper }: OpenSession,
  work: () => Promise<T>,
): Promise<T & Rewritten> {
  const done = await work();
  if (!isWhole(done.damage)) keeper.reload();
  return { ...done, generation: memories.vault.health.generation };
}
