/**
 * Storing what has an identity of its own (captured turns, imported entries): each once, however often it arrives. One
 * whose record was damaged is stored anew.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { RecallPass } from "../../policy/recall-gate.ts";
import type { Change, RecordId } from "../../vault/vault.ts";
import type { Memories, NewMemory } from "./memories.ts";

export interface Arrival extends NewMemory {
  /** Removes the arrival from where it waited, whether it is new or not. */
  readonly settles?: Change;
}

interface StoredOnce {
  readonly stored: number;
  readonly duplicates: number;
}

/** What becomes of arrivals: those neither new nor refused are there already. */
export interface Sorted {
  readonly fresh: readonly Arrival[];
  readonly refused: readonly Arrival[];
  readonly outcome: StoredOnce;
}

export interface StoreOnceOptions {
  /** Nothing is written once it is aborted. */
  readonly signal?: AbortSignal;
  /** Receives the outcome and adds changes to the same batch. */
  readonly more?: (outcome: StoredOnce) => readonly Change[];
  /** Needed when an arrival supersedes another memory. */
  readonly pass?: RecallPass | undefined;
  /** Asked of each new arrival in turn, while no version is added to any chain and none is forgotten. */
  readonly isRefused?: (arrival: Arrival) => Promise<boolean>;
}

/** Durable when it resolves. */
export async function storeOnce(
  memories: Memories,
  arrivals: readonly Arrival[],
  { signal, more = () => [], pass, isRefused = () => Promise.resolve(false) }: StoreOnceOptions = {},
): Promise<Sorted> {
  return memories.serialise("store-once", async () => {
    const store = async () => {
      const sorted = await sortArrivals(arrivals, memories.freeIds(), isRefused);
      const settled = arrivals.flatMap(({ settles }) => (settles === undefined ? [] : [settles]));
      const changes = [...settled, ...more(sorted.outcome)];
      // That something was asked for is no reason for a batch.
      if (sorted.fresh.length === 0 && changes.every(({ type }) => type === "noted")) return sorted;
      signal?.throwIfAborted();
      await memories.insert(sorted.fresh, changes, pass);
      return sorted;
    };
    const joinsChains = arrivals.some(({ stored }) => stored.supersedes !== undefined);
    const sorted = await (joinsChains ? memories.onAllChains(store) : store());
    // The next batch of an import is ready at once; requests of others come before it.
    if (sorted.fresh.length > 1) await nextTurn();
    return sorted;
  });
}

/** Takes each id once, the first that is not refused. */
export async function sortArrivals(
  arrivals: readonly Arrival[],
  isFree: (id: RecordId) => boolean,
  isRefused: (arrival: Arrival) => Promise<boolean>,
): Promise<Sorted> {
  const seen = new Set<RecordId>();
  const fresh: Arrival[] = [];
  const refused: Arrival[] = [];
  for (const arrival of arrivals) {
    if (seen.has(arrival.id) || !isFree(arrival.id)) continue;
    if (await isRefused(arrival)) {
      refused.push(arrival);
      continue;
    }
    seen.add(arrival.id);
    fresh.push(arrival);
  }
  const duplicates = arrivals.length - fresh.length - refused.length;
  return { fresh, refused, outcome: { stored: fresh.length, duplicates } };
}
