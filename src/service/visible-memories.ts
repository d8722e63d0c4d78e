/** Memories as one client may see them: those of other projects look like ones that do not exist. */
import { KeepsakeError, hasCode } from "../base/errors.ts";
import type { ClientIdentity } from "../policy/client-registry.ts";
import { maySeeProject } from "../policy/project-grants.ts";
import type { Memory } from "../protocol/schemas.ts";
import type { SearchIndex } from "../search/search-index.ts";
import type { RecordId } from "../vault/vault.ts";
import type { Memories } from "./memories.ts";
import type { StoredMemory } from "./memory-codec.ts";
import { ResultBudget } from "./result-budget.ts";

/** @throws RECORD_DAMAGED, to a client that may see every project: a damaged memory could be of any */
export async function findVisible(
  memories: Memories,
  id: RecordId,
  client: ClientIdentity,
): Promise<StoredMemory | undefined> {
  try {
    const stored = await memories.read(id);
    return stored !== undefined && maySeeProject(stored.project, client) ? stored : undefined;
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
  if (stored === undefined) throw notFound();
  return stored;
}

/** Says nothing of the id, which is the caller's. */
export function notFound(): KeepsakeError {
  return new KeepsakeError("NOT_FOUND", "there is no such memory");
}

/** What one result holds: every memory is checked against the client's projects and counted. */
export class VisibleMemories {
  readonly budget = new ResultBudget();
  readonly #memories: Memories;
  readonly #index: SearchIndex;
  readonly #client: ClientIdentity;

  constructor(memories: Memories, index: SearchIndex, client: ClientIdentity) {
    this.#memories = memories;
    this.#index = index;
    this.#client = client;
  }

  /** @throws RECORD_DAMAGED, RESULT_TOO_LARGE */
  async find(id: RecordId): Promise<Memory | undefined> {
    const memory = await this.#look(id);
    return memory && this.budget.take(memory);
  }

  /** Those that can be read; damaged ones are left out, they are named in the vault's health. @throws RESULT_TOO_LARGE */
  async many(ids: readonly RecordId[]): Promise<Memory[]> {
    const found: Memory[] = [];
    for (const id of ids) {
      const memory = await this.#lookPastDamage(id);
      if (memory !== undefined) found.push(this.budget.take(memory));
    }
    return found;
  }

  /** The first of `ids`, as many as there is room for. */
  async asManyAsFit(ids: readonly RecordId[]): Promise<Memory[]> {
    const found: Memory[] = [];
    for (const id of ids) {
      const memory = await this.#lookPastDamage(id);
      if (memory === undefined) continue;
      if (!this.budget.takeIfRoom(memory)) break;
      found.push(memory);
    }
    return found;
  }

  /** The text of a memory of which only a part goes into the result; empty when it cannot be read. */
  async text(id: RecordId): Promise<string> {
    return (await this.#lookPastDamage(id))?.text ?? "";
  }

  /** Every version, oldest first, when there is more than one. @throws RESULT_TOO_LARGE */
  async versions(id: RecordId): Promise<{ versions?: Memory[] }> {
    const ids = this.#index.versions(id);
    const versions = ids.length > 1 ? await this.many(ids) : [];
    return versions.length > 1 ? { versions } : {};
  }

  /** Up to `limit` turns of the same session before and after, without those whose time is over. @throws RESULT_TOO_LARGE */
  async context(id: RecordId, limit: number): Promise<{ context?: { before: Memory[]; after: Memory[] } }> {
    if (limit === 0) return {};
    const { before, after } = this.#index.neighbours(id, limit);
    return { context: { before: await this.#current(before), after: await this.#current(after) } };
  }

  async #current(ids: readonly RecordId[]): Promise<Memory[]> {
    const now = this.#memories.now();
    const turns = await Promise.all(ids.map((id) => this.#lookPastDamage(id)));
    return turns
      .filter((turn) => turn !== undefined)
      .filter(({ expiresAt }) => expiresAt === undefined || Date.parse(expiresAt) > now)
      .map((turn) => this.budget.take(turn));
  }

  async #look(id: RecordId): Promise<Memory | undefined> {
    const stored = await findVisible(this.#memories, id, this.#client);
    return stored && this.#memories.present(id, stored);
  }

  #lookPastDamage(id: RecordId): Promise<Memory | undefined> {
    return this.#look(id).catch((error: unknown) => {
      if (!hasCode(error, "RECORD_DAMAGED")) throw error;
      return undefined;
    });
  }
}
