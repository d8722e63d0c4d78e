/**
 * The index of the moment, and what is durable and not in it yet. That goes into it before anybody reads it, or else as soon as those
 * were answered who wait for nothing but the disk.
 */
import type { IndexedMemory, SearchIndex } from "../../search/search-index.ts";
import type { RecordId } from "../../vault/vault.ts";

export class HeldIndex {
  readonly #failed: (id: RecordId) => void;
  #index: SearchIndex;
  #waiting: IndexedMemory[] = [];

  /** @param failed - told of what could not be put into the index */
  constructor(index: SearchIndex, failed: (id: RecordId) => void) {
    this.#index = index;
    this.#failed = failed;
  }

  /** With everything in it. */
  get current(): SearchIndex {
    this.takeIn();
    return this.#index;
  }

  /** From now on this is the index; what waited belongs to the one before. */
  replace(index: SearchIndex): void {
    this.#waiting = [];
    this.#index = index;
  }

  /** In the place of what is there under the same id. */
  put(memories: readonly IndexedMemory[]): void {
    if (this.#waiting.length === 0) setImmediate(() => this.takeIn());
    this.#waiting.push(...memories);
  }

  /** A checkpoint of an index that was the current one, with all that was put until its first chunk is taken. */
  *chunksOf(index: SearchIndex): Iterable<Uint8Array> {
    this.takeIn();
    yield* index.serialize();
  }

  /** Puts into the index what waits. */
  takeIn(): void {
    if (this.#waiting.length === 0) return;
    const memories = this.#waiting;
    this.#waiting = [];
    for (const memory of memories) {
      try {
        this.#index.remove(memory.id);
        this.#index.add(memory);
      } catch {
        this.#failed(memory.id);
      }
    }
  }
}
