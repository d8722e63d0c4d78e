/** The files that were imported, with what each held: read when an import of sections begins, written a file at a time. */
import { attempt } from "../../base/attempt.ts";
import { hasCode } from "../../base/errors.ts";
import type { Change, RecordId } from "../../vault/vault.ts";
import type { Memories } from "../memories/memories.ts";
import { decodeSource, encodeSource, sourceId } from "./stored-source.ts";
import type { StoredSource } from "./stored-source.ts";

export class SourceBook {
  readonly #memories: Memories;
  readonly #sources = new Map<RecordId, StoredSource>();
  /** Which files hold a memory, by its id. */
  readonly #holders = new Map<RecordId, Set<RecordId>>();

  private constructor(memories: Memories) {
    this.#memories = memories;
  }

  /** A record that cannot be read is as one that is not there: its sections are known by what they say. */
  static async read(memories: Memories): Promise<SourceBook> {
    const book = new SourceBook(memories);
    for await (const { id, plaintext } of memories.vault.scan("source")) {
      book.#replace(
        id,
        attempt(() => decodeSource(plaintext)),
      );
    }
    return book;
  }

  /** Looks again at one file, which another import may have brought meanwhile. */
  async refresh(source: string): Promise<StoredSource> {
    const { vault } = this.#memories;
    const id = sourceId(vault, source);
    const plaintext = await vault.read("source", id).catch((error: unknown) => {
      if (!hasCode(error, "RECORD_DAMAGED")) throw error;
      return undefined;
    });
    this.#replace(id, plaintext && attempt(() => decodeSource(plaintext)));
    return this.#sources.get(id) ?? { source, tags: [], sections: [], gone: [] };
  }

  [Symbol.iterator](): Iterator<StoredSource> {
    return this.#sources.values();
  }

  /** Whether one of `others` has the memory among its sections. */
  isHeldBy(memory: RecordId, others: (source: string) => boolean): boolean {
    for (const holder of this.#holders.get(memory) ?? []) {
      if (others(this.#sources.get(holder)!.source)) return true;
    }
    return false;
  }

  /** What is known of a file from now on. @returns what writes it; nothing when that is known already */
  replace(stored: StoredSource): readonly Change[] {
    const id = sourceId(this.#memories.vault, stored.source);
    const before = this.#sources.get(id);
    const after = stored.sections.length + stored.gone.length === 0 ? undefined : stored;
    if (JSON.stringify(before) === JSON.stringify(after)) return [];
    this.#replace(id, after);
    if (after === undefined) return [{ type: "delete", keyspace: "source", id }];
    return [{ type: "put", keyspace: "source", id, plaintext: encodeSource(after) }];
  }

  #replace(id: RecordId, stored: StoredSource | undefined): void {
    for (const { memory } of this.#sources.get(id)?.sections ?? []) this.#holders.get(memory)?.delete(id);
    this.#sources.delete(id);
    if (stored === undefined) return;
    this.#sources.set(id, stored);
    for (const { memory } of stored.sections) {
      const holders = this.#holders.get(memory) ?? new Set();
      this.#holders.set(memory, holders.add(id));
    }
  }
}
