/** Decides when a checkpoint of the index is worth writing, and writes it so that it never differs from the records. */
import { KeepsakeError, hasCode } from "../base/errors.ts";
import type { SearchIndex } from "../search/search-index.ts";
import type { IndexSource } from "./index-loading.ts";

/** Changes since the last checkpoint that make a new one worth writing, at least; above that, this share of the index. */
const CHECKPOINT_CHANGES = 1_000;
const CHECKPOINT_SHARE = 0.02;
const QUIET_MS = 2_000;

export class Checkpointer {
  readonly #source: Omit<IndexSource, "factory">;
  /** Memories written or forgotten since the checkpoint of `#generation`. */
  #changes = 0;
  #generation: number | undefined;
  #lastChangeAt = 0;
  #writesBegun = 0;
  #writesInFlight = 0;

  constructor(source: Omit<IndexSource, "factory">) {
    this.#source = source;
  }

  /** The index came from the checkpoint of the live generation and `changes` memories differ from it. */
  noteLoaded(changes: number): void {
    this.#generation = this.#source.vault.health.generation;
    this.#changes += changes;
  }

  noteChanges(count: number): void {
    this.#changes += count;
    this.#lastChangeAt = this.#source.clock.monotonic();
  }

  /** Runs a write of memories; until it ended, records and index differ. */
  async whileWriting<T>(work: () => Promise<T>): Promise<T> {
    this.#writesBegun += 1;
    this.#writesInFlight += 1;
    try {
      return await work();
    } finally {
      this.#writesInFlight -= 1;
    }
  }

  /** Whether catching up from the last checkpoint would cost noticeably more than writing a new one. */
  isWorthwhile({ size }: SearchIndex): boolean {
    const { generation, readOnly } = this.#source.vault.health;
    const missing = this.#generation === generation ? this.#changes : size;
    return readOnly === undefined && missing >= Math.max(CHECKPOINT_CHANGES, size * CHECKPOINT_SHARE);
  }

  /** Whether nothing was written for a while. */
  get isQuiet(): boolean {
    return this.#source.clock.monotonic() - this.#lastChangeAt >= QUIET_MS;
  }

  /**
   * Writes a checkpoint; given up without harm when something is written meanwhile.
   *
   * @throws DISK_FULL, WRITE_FAILED, VAULT_READ_ONLY, BUSY
   */
  async write(index: SearchIndex): Promise<void> {
    const { vault, logger } = this.#source;
    const { generation } = vault.health;
    const [writes, changes] = [this.#writesBegun, this.#changes];
    const isInStep = () => this.#writesInFlight === 0 && this.#writesBegun === writes;
    try {
      await vault.writeCheckpoint(chunksWhile(isInStep, index.serialize()));
    } catch (error) {
      if (!hasCode(error, "CANCELLED")) throw error;
      logger.log("checkpoint-abandoned", { code: error.code });
      return;
    }
    this.#generation = generation;
    this.#changes -= changes;
  }
}

/** Also asks after the last chunk: a write that began behind it is in the records but not in the chunks. */
function* chunksWhile(isInStep: () => boolean, chunks: Iterable<Uint8Array>): Iterable<Uint8Array> {
  for (const chunk of chunks) {
    checkInStep(isInStep);
    yield chunk;
  }
  checkInStep(isInStep);
}

function checkInStep(isInStep: () => boolean): void {
  if (!isInStep()) throw new KeepsakeError("CANCELLED", "something was written while the checkpoint was");
}
