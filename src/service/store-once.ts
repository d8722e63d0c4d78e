/**
 * Storing what has an identity of its own (captured turns, imported entries): each once, however often it arrives. One
 * whose record was damaged is stored anew.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Change, RecordId } from "../vault/vault.ts";
import type { Memories, NewMemory } from "./memories.ts";

export interface Arrival extends NewMemory {
  /** Removes the arrival from where it waited, whether it is new or not. */
  readonly settles?: Change;
}

export interface StoredOnce {
  readonly stored: number;
  readonly duplicates: number;
}

export interface StoreOnceOptions {
  /** Nothing is written once it is aborted. */
  readonly signal?: AbortSignal;
  /** Receives the outcome and adds changes to the same batch. */
  readonly more?: (outcome: StoredOnce) => readonly Change[];
}

/** Durable when it resolves. */
export async function storeOnce(
  memories: Memories,
  arrivals: readonly Arrival[],
  { signal, more = () => [] }: StoreOnceOptions = {},
): Promise<StoredOnce> {
  return memories.serialise("store-once", async () => {
    const isFree = memories.freeIds();
    const seen = new Set<RecordId>();
    const fresh = arrivals.filter(({ id }) => {
      if (seen.has(id) || !isFree(id)) return false;
      seen.add(id);
      return true;
    });
    const outcome = { stored: fresh.length, duplicates: arrivals.length - fresh.length };
    const settled = arrivals.flatMap(({ settles }) => (settles === undefined ? [] : [settles]));
    const changes = [...settled, ...more(outcome)];
    if (fresh.length === 0 && changes.length === 0) return outcome;
    const insert = () => {
      signal?.throwIfAborted();
      return memories.insert(fresh, changes);
    };
    const joinsChains = fresh.some(({ stored }) => stored.supersedes !== undefined);
    await (joinsChains ? memories.onAllChains(insert) : insert());
    // The next batch of an import is ready at once; requests of others come before it.
    if (fresh.length > 1) await nextTurn();
    return outcome;
  });
}
