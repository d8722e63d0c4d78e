/**
 * Storing what has an identity of its own (captured turns, imported entries): each once, however often it arrives. One
 * whose record was damaged is stored anew; one that was forgotten is not, unless that is asked for.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { RecallPass } from "../../policy/recall-pass.ts";
import type { Change, RecordId } from "../../vault/vault.ts";
import type { Memories, NewMemory } from "./memories.ts";

export interface Arrival extends NewMemory {
  /** Other ids that the same thing may have been stored under: it was forgotten also where one of them was. */
  readonly formerIds?: readonly RecordId[];
  /** Removes the arrival from where it waited, whether it is new or not. */
  readonly settles?: Change;
}

interface StoredOnce {
  readonly stored: number;
  readonly duplicates: number;
  /** Not stored, since it was forgotten. */
  readonly forgotten: number;
}

/**
 * Which tombstones refuse an arrival: all, those of its own project, or none: what is stored then has none any more.
 */
export type Heeded = "all" | "own-project" | "none";

/** What becomes of arrivals: those neither new nor refused nor forgotten are there already. */
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
  readonly heeded?: Heeded;
}

/** Durable when it resolves. */
export async function storeOnce(
  memories: Memories,
  arrivals: readonly Arrival[],
  {
    signal,
    more = () => [],
    pass,
    isRefused = () => Promise.resolve(false),
    heeded = "own-project",
  }: StoreOnceOptions = {},
): Promise<Sorted> {
  return memories.serialise("store-once", async () => {
    const store = async () => {
      const rules = { isFree: memories.freeIds(), isForgotten: forgottenBy(memories, heeded), isRefused };
      const sorted = await sortArrivals(arrivals, rules);
      const settled = arrivals.flatMap(({ settles }) => (settles === undefined ? [] : [settles]));
      const lifted = sorted.fresh.flatMap((each) =>
        idsOf(each).flatMap((id) => memories.tombstones.lifted(id)),
      );
      const changes = [...settled, ...lifted, ...more(sorted.outcome)];
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

export interface SortingRules {
  readonly isFree: (id: RecordId) => boolean;
  readonly isForgotten: (arrival: Arrival) => Promise<boolean>;
  readonly isRefused: (arrival: Arrival) => Promise<boolean>;
}

/** Takes each id once, the first that is not refused. */
export async function sortArrivals(
  arrivals: readonly Arrival[],
  { isFree, isForgotten, isRefused }: SortingRules,
): Promise<Sorted> {
  const seen = new Set<RecordId>();
  const fresh: Arrival[] = [];
  const refused: Arrival[] = [];
  let forgotten = 0;
  for (const arrival of arrivals) {
    if (seen.has(arrival.id) || !isFree(arrival.id)) continue;
    if (await isForgotten(arrival)) {
      forgotten += 1;
      continue;
    }
    if (await isRefused(arrival)) {
      refused.push(arrival);
      continue;
    }
    seen.add(arrival.id);
    fresh.push(arrival);
  }
  const duplicates = arrivals.length - fresh.length - refused.length - forgotten;
  return { fresh, refused, outcome: { stored: fresh.length, duplicates, forgotten } };
}

/** Whether an arrival was forgotten, under any of its ids. */
export function forgottenBy(
  { tombstones }: Pick<Memories, "tombstones">,
  heeded: Heeded,
): (arrival: Arrival) => Promise<boolean> {
  return async (arrival) => {
    if (heeded === "none") return false;
    for (const id of idsOf(arrival)) {
      if (heeded === "all" ? tombstones.stands(id) : await tombstones.standsIn(id, arrival.stored.project))
        return true;
    }
    return false;
  };
}

function idsOf({ id, formerIds = [] }: Arrival): readonly RecordId[] {
  return [id, ...formerIds];
}
