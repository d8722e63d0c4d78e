/** Memories as one client may see them: those of other projects look like ones that do not exist. */
import { LIMITS } from "../../base/limits.ts";
import { KeepsakeError, hasCode } from "../../base/errors.ts";
import type { ClientIdentity } from "../../policy/clients.ts";
import { maySeeProject } from "../../policy/project-grants.ts";
import type { Result } from "../../protocol/method-table.ts";
import type { Memory } from "../../protocol/schemas.ts";
import type { MemoryFilter, SearchIndex } from "../../search/search-index.ts";
import type { RecordId } from "../../vault/vault.ts";
import type { Memories } from "./memories.ts";
import type { StoredMemory } from "../memory-codec.ts";
import { readAhead } from "./read-ahead.ts";
import { ResultBudget } from "./result-budget.ts";

type Found = Result<"memory.get">["memories"][number];

/**
 * What a client may see: of its projects, and not past its time.
 *
 * @throws RECORD_DAMAGED, to a client that may see every project: a damaged memory could be of any
 */
export async function findVisible(
  memories: Memories,
  id: RecordId,
  client: ClientIdentity,
): Promise<StoredMemory | undefined> {
  try {
    const stored = await memories.read(id);
    if (stored === undefined || memories.isExpired(id, stored)) return undefined;
    return maySeeProject(stored.project, client) ? stored : undefined;
  } catch (error) {
    if (hasCode(error, "RECORD_DAMAGED") && client.projects !== undefined) return undefined;
    throw error;
  }
}

/** @throws NOT_FOUND, RECORD_DAMAGED */
export async function requireVisible(
  memories: Memories,
  id: RecordId,
  client: ClientIdentity,
): Promise<StoredMemory> {
  const stored = await findVisible(memories, id, client);
  if (stored === undefined) throw notFoundError();
  return stored;
}

/** Says nothing of the id, which is the caller's. */
export function notFoundError(): KeepsakeError {
  return new KeepsakeError("NOT_FOUND", "there is no such memory");
}

/** Room for what `versions` and `context` may say beside a memory. */
const BESIDE_BYTES = 320;

interface Fitting {
  readonly found: readonly Memory[];
  /** What was not looked at any more, since there was no room. */
  readonly left: readonly RecordId[];
}

/** What one result holds: every memory is checked against the client's projects and counted. */
export class VisibleMemories {
  readonly budget = new ResultBudget();
  readonly #memories: Memories;
  readonly #index: SearchIndex;
  readonly #client: ClientIdentity;
  readonly #isWanted: (memory: StoredMemory) => boolean;

  /** @param isWanted - tells what may be shown at all, also beside others; everything unless it is given */
  constructor(
    memories: Memories,
    index: SearchIndex,
    client: ClientIdentity,
    isWanted: (memory: StoredMemory) => boolean = () => true,
  ) {
    this.#memories = memories;
    this.#index = index;
    this.#client = client;
    this.#isWanted = isWanted;
  }

  /** Not counted. @throws RECORD_DAMAGED */
  async find(id: RecordId): Promise<Memory | undefined> {
    const stored = await findVisible(this.#memories, id, this.#client);
    if (stored === undefined || !this.#isWanted(stored)) return undefined;
    return this.#withoutHiddenLinks(this.#memories.present(id, stored));
  }

  /** A version of another project is not named: to this client there is none. */
  async #withoutHiddenLinks(memory: Memory): Promise<Memory> {
    if (this.#client.projects === undefined) return memory;
    const { supersedes, supersededBy, ...rest } = memory;
    const [older, newer] = await this.#visibleOf([supersedes, supersededBy]);
    return {
      ...rest,
      ...(older !== undefined && { supersedes: older }),
      ...(newer !== undefined && { supersededBy: newer }),
    };
  }

  /** Each id in its place; `undefined` for what the client may not see. */
  async #visibleOf(ids: readonly (RecordId | undefined)[]): Promise<readonly (RecordId | undefined)[]> {
    const visible: (RecordId | undefined)[] = [];
    for (const id of ids) {
      const isVisible =
        id !== undefined && (await findVisible(this.#memories, id, this.#client)) !== undefined;
      visible.push(isVisible ? id : undefined);
    }
    return visible;
  }

  /** Not counted; nothing when it cannot be read: what is damaged is named in the vault's health. */
  async findSound(id: RecordId): Promise<Memory | undefined> {
    try {
      return await this.find(id);
    } catch (error) {
      if (!hasCode(error, "RECORD_DAMAGED")) throw error;
      return undefined;
    }
  }

  /** Not counted; a turn to be shown beside a hit, when it was there and held at the time that the filter looks at. */
  async findWithin(id: RecordId, { asOf, after, before }: MemoryFilter): Promise<Memory | undefined> {
    const memory = await this.findSound(id);
    if (memory === undefined) return undefined;
    const [at, savedAt] = [Date.parse(memory.at), Date.parse(memory.savedAt)];
    const expiresAt =
      memory.expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(memory.expiresAt);
    const wasThere = savedAt <= (asOf ?? savedAt) && (asOf === undefined || expiresAt > asOf);
    return wasThere && at >= (after ?? at) && at < (before ?? Number.POSITIVE_INFINITY) ? memory : undefined;
  }

  /** Counts a memory, and whatever stands beside it, that versions and neighbours are to be added to. */
  takeWithBeside(memory: object): boolean {
    return this.budget.takeIfRoom(memory, BESIDE_BYTES);
  }

  /** The first of `ids` that can be read, as many as there is room for. */
  async asManyAsFit(ids: readonly RecordId[]): Promise<Fitting> {
    const found: Memory[] = [];
    for await (const [id, memory] of readAhead(ids, (each) => this.findSound(each))) {
      if (memory === undefined) continue;
      if (!this.budget.takeIfRoom(memory)) {
        return { found, left: await this.#left(ids.slice(ids.indexOf(id))) };
      }
      found.push(memory);
    }
    return { found, left: [] };
  }

  /** To a limited client what it may not see is not left either: counts of it would tell of other projects. */
  async #left(ids: readonly RecordId[]): Promise<readonly RecordId[]> {
    if (this.#client.projects === undefined) return ids;
    return (await this.#visibleOf(ids)).filter((id) => id !== undefined);
  }

  /** Its versions, oldest first, when there is more than one: those before it first, then those after it. */
  async versions(id: RecordId): Promise<Pick<Found, "versions" | "versionsLeft">> {
    const ids = this.#index.versions(id);
    if (ids.length < 2) return {};
    const behind = ids.indexOf(id) + 1;
    const older = await this.asManyAsFit(ids.slice(0, behind).toReversed());
    const newer = await this.asManyAsFit(ids.slice(behind));
    const versions = [...older.found.toReversed(), ...newer.found];
    const count = older.left.length + newer.left.length;
    const [[nextOlder], [nextNewer]] = [older.left, newer.left];
    const versionsLeft = {
      count,
      ...(nextOlder !== undefined && { older: nextOlder }),
      ...(nextNewer !== undefined && { newer: nextNewer }),
    };
    return { ...(versions.length > 1 && { versions }), ...(count > 0 && { versionsLeft }) };
  }

  /**
   * Up to `limit` turns of the same session before and after, the nearest first.
   *
   * @param withExchange - counts from the ends of its exchange and not from the turn
   */
  async context(id: RecordId, limit: number, withExchange = false): Promise<Pick<Found, "context">> {
    const reach = withExchange ? this.#reachOfExchange(id) : { before: 0, after: 0 };
    const most = limit + Math.max(reach.before, reach.after);
    if (most === 0) return {};
    const around = this.#index.neighbours(id, most);
    const before = around.before.slice(Math.max(0, around.before.length - limit - reach.before));
    const after = around.after.slice(0, limit + reach.after);
    const { found, left } = await this.asManyAsFit(alternating(before.toReversed(), after));
    const known = new Map(found.map((turn) => [turn.id, turn]));
    const shown = (ids: readonly RecordId[]) => ids.flatMap((each) => known.get(each) ?? []);
    return {
      context: { before: shown(before), after: shown(after), ...(left.length > 0 && { more: true }) },
    };
  }

  /** How many turns of its exchange stand before and after a turn. */
  #reachOfExchange(id: RecordId): { readonly before: number; readonly after: number } {
    const { request, answers } = this.#index.exchange(id);
    const turns = [request, ...answers];
    const place = turns.indexOf(id);
    if (request === undefined || place < 0) return { before: 0, after: 0 };
    const most = LIMITS.maxContext;
    return { before: Math.min(most, place), after: Math.min(most, turns.length - 1 - place) };
  }
}

/** One of each in turn; what the longer one has more comes last. */
function alternating<T>(one: readonly T[], other: readonly T[]): readonly T[] {
  const [shorter, longer] = one.length < other.length ? [one, other] : [other, one];
  return longer.flatMap((each, place) => [each, ...shorter.slice(place, place + 1)]);
}
