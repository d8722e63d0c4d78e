/**
 * Keeps an import from bringing versions that supersede each other in a circle: none of them would be current, and all of
 * them gone from every answer.
 *
 * Every memory supersedes at most one other, so a chain that is followed ends at a memory that supersedes nothing; a new
 * link closes a circle exactly when the chain it leads to ends at the memory it starts from. Where a chain leads is
 * remembered, so that each stored memory is read once; all of it is forgotten when a memory is. What a chain ends at is
 * read every time: others may have stored its link meanwhile.
 */
import { hasCode } from "../../base/errors.ts";
import type { RecordId } from "../../vault/vault.ts";
import type { Memories, NewMemory } from "./memories.ts";

export class VersionCircles {
  readonly #memories: Pick<Memories, "read" | "removals">;
  /** From a memory to one further down its chain: of what is stored and of what this import brings. */
  readonly #further = new Map<RecordId, RecordId>();
  #removals: number;

  constructor(memories: Pick<Memories, "read" | "removals">) {
    this.#memories = memories;
    this.#removals = memories.removals;
  }

  /**
   * Whether storing the memory, whose id is free, would close a circle; when it would not, its link counts from now on. To be
   * asked while nobody else changes a chain.
   */
  async wouldClose({ id, stored: { supersedes } }: NewMemory): Promise<boolean> {
    if (this.#removals !== this.#memories.removals) this.#further.clear();
    this.#removals = this.#memories.removals;
    if (supersedes === undefined) return false;
    const end = await this.#endOf(supersedes);
    if (end === id) return true;
    this.#further.set(id, end ?? supersedes);
    return false;
  }

  /** `undefined` for a chain that is a circle already. */
  async #endOf(start: RecordId): Promise<RecordId | undefined> {
    const passed = new Set<RecordId>();
    let at = start;
    for (;;) {
      const next = this.#further.get(at) ?? (await this.#linkOf(at));
      if (next === undefined) break;
      passed.add(at);
      if (passed.has(next)) return undefined;
      at = next;
    }
    for (const each of passed) this.#further.set(each, at);
    return at;
  }

  async #linkOf(id: RecordId): Promise<RecordId | undefined> {
    try {
      return (await this.#memories.read(id))?.supersedes;
    } catch (error) {
      if (!hasCode(error, "RECORD_DAMAGED")) throw error;
      return undefined;
    }
  }
}
