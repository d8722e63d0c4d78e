/**
 * Storing what has an identity of its own (captured turns, imported entries): each once, however often it arrives. One
 * whose record was damaged is stored anew; one that was forgotten is not, unless that is asked for.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { RecallPass } from "../../policy/recall-pass.ts";
import type { Change, RecordId } from "../../vault/vault.ts";
import type { ForgottenWords } from "../forgotten-words.ts";
import { KnownTurns, nothingTaken } from "./known-turns.ts";
import type { Place, Taken } from "./known-turns.ts";
import type { Arrival, Memories, NewMemory } from "./memories.ts";

interface StoredOnce {
  readonly stored: number;
  readonly duplicates: number;
  /** Not stored, since it was forgotten. */
  readonly forgotten: number;
}

/** Which tombstones refuse an arrival: all, those of its own project, or none: what is stored then has none any more. */
export type Heeded = "all" | "own-project" | "none";

/** What becomes of arrivals: those neither new nor refused nor forgotten are there already. */
export interface Sorted {
  readonly fresh: readonly NewMemory[];
  /** The arrivals that became them. */
  readonly taken: ReadonlySet<Arrival>;
  readonly refused: readonly Arrival[];
  readonly forgotten: ReadonlySet<Arrival>;
  /** Takes away the tombstones of what is stored all the same. */
  readonly lifted: readonly Change[];
  /** Says which names stand for what is there now. */
  readonly named: readonly Change[];
  readonly outcome: StoredOnce;
  /** Of the duplicates, turns that are known in another project. */
  readonly elsewhere: number;
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
  /** Projects in which a turn may be known under another name than its own; none unless given. */
  readonly mayMeet?: (project: string | null) => boolean;
  readonly heeded?: Heeded;
  /** For imports, which heed all or none. */
  readonly words?: ForgottenWords;
}

/** What hosts make that no other message has; a part of a long one has its number behind it. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:#\d+)?$/i;

/** Durable when it resolves. */
export async function storeOnce(
  memories: Memories,
  arrivals: readonly Arrival[],
  { signal, more = () => [], pass, ...rules }: StoreOnceOptions = {},
): Promise<Sorted> {
  return memories.serialise("store-once", async () => {
    const store = async () => {
      const sorted = await sortArrivals(memories, arrivals, rules);
      const settled = arrivals.flatMap(({ settles }) => (settles === undefined ? [] : [settles]));
      const changes = [...settled, ...sorted.lifted, ...sorted.named, ...more(sorted.outcome)];
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

/**
 * Takes each once, the first that is not refused.
 *
 * @param taken - what takes its place before these without being stored, as in a dry run
 */
export async function sortArrivals(
  memories: Memories,
  arrivals: readonly Arrival[],
  {
    isRefused = () => Promise.resolve(false),
    mayMeet = () => false,
    heeded = "own-project",
    words,
  }: Pick<StoreOnceOptions, "isRefused" | "mayMeet" | "heeded" | "words">,
  taken: Taken = nothingTaken(),
): Promise<Sorted> {
  const known = new KnownTurns(memories, taken, mayMeet);
  const fresh = new Map<Arrival, NewMemory>();
  const refused: Arrival[] = [];
  const [lifted, named]: [Change[], Change[]] = [[], []];
  const forgotten = new Set<Arrival>();
  let elsewhere = 0;
  for (const arrival of arrivals) {
    const { id, known: where, newNames } = await placeOf(arrival, known);
    if (where === "elsewhere") elsewhere += 1;
    if (where !== undefined) {
      named.push(...known.name(newNames));
      continue;
    }
    const { turnName, isById = false, stored } = arrival;
    const names = turnName === undefined ? [id] : [id, ...(await known.namesOf(turnName, id))];
    const saidBefore = isById ? undefined : words;
    await saidBefore?.refresh();
    if (heeded !== "none" && (await isForgotten(memories, heeded === "all", names, arrival, saidBefore))) {
      forgotten.add(arrival);
      continue;
    }
    if (await isRefused({ ...arrival, id })) {
      refused.push(arrival);
      continue;
    }
    known.take(id, stored);
    named.push(...known.name(newNames));
    lifted.push(...(await liftedBy(memories, heeded !== "own-project", names, { ...arrival, id })));
    lifted.push(...(saidBefore?.lifted(stored) ?? []));
    fresh.set(arrival, { id, stored });
  }
  const duplicates = arrivals.length - fresh.size - refused.length - forgotten.size;
  const outcome = { stored: fresh.size, duplicates, forgotten: forgotten.size };
  const taking = { fresh: [...fresh.values()], taken: new Set(fresh.keys()) };
  return { ...taking, refused, forgotten, lifted, named, outcome, elsewhere };
}

async function isForgotten(
  memories: Memories,
  everyProject: boolean,
  names: readonly RecordId[],
  arrival: Arrival,
  words: ForgottenWords | undefined,
): Promise<boolean> {
  if (words?.refuses(arrival.stored) === true) return true;
  return (await refusing(memories, everyProject, names, arrival)).length > 0;
}

/** What takes away the tombstones that mean what is stored now: not those of others that only have one of its names. */
async function liftedBy(
  memories: Memories,
  everyProject: boolean,
  names: readonly RecordId[],
  arrival: Arrival,
): Promise<readonly Change[]> {
  const meant = new Set([arrival.id, ...(await refusing(memories, everyProject, names, arrival))]);
  return [...meant].flatMap((name) => memories.tombstones.lifted(name));
}

/** The names that were forgotten and mean the arrival. */
async function refusing(
  { tombstones }: Memories,
  everyProject: boolean,
  names: readonly RecordId[],
  { stored, turnName }: Arrival,
): Promise<readonly RecordId[]> {
  if (turnName === undefined) return names.filter((name) => tombstones.stands(name));
  const rules = { everyProject, isUnique: UUID.test(turnName.messageId) };
  const found: RecordId[] = [];
  for (const name of names) if (await tombstones.refusesTurn(name, stored, rules)) found.push(name);
  return found;
}

const NO_NAMES: Place["newNames"] = new Map();

/** What nobody vouches for keeps its own id, and takes no name from others. */
async function placeOf(
  { id, turnName, keepsId = false, stored }: Arrival,
  known: KnownTurns,
): Promise<Place> {
  const place =
    turnName === undefined
      ? { id, known: undefined, newNames: NO_NAMES }
      : await known.placeOf(turnName, stored.text);
  const own = keepsId ? { ...place, id, newNames: NO_NAMES } : place;
  return { ...own, known: own.known ?? (known.isHeld(own.id) ? "here" : undefined) };
}
