/**
 * Decides when a checkpoint of the index is worth writing, and writes it while memories come and go: the vault lists what
 * changed from the moment a checkpoint begins, and whoever loads it takes exactly that out of the index and puts it in again.
 */
import type { SearchIndex } from "../../search/search-index.ts";
import type { Clock } from "../../base/clock.ts";
import type { OpenVault } from "../../vault/vault.ts";

/** Changes since the last checkpoint that make a new one worth writing, at least; above that, this share of the index. */
const CHECKPOINT_CHANGES = 1_000;
const CHECKPOINT_SHARE = 0.02;
const QUIET_MS = 1_000;
/** Changes that do not wait for a quiet moment, at least; above that, this share of the index. */
const PRESSING_CHANGES = 50_000;
const PRESSING_SHARE = 0.5;
/** An index of this size is written in the time that a lock may take. */
const MAX_QUICK_MEMORIES = 20_000;

interface CheckpointMeans {
  readonly vault: OpenVault;
  readonly clock: Clock;
}

export class Checkpointer {
  readonly #source: CheckpointMeans;
  /** Memories written or forgotten since the checkpoint of `#generation`. */
  #changes = 0;
  #generation: number | undefined;
  #lastChangeAt = 0;

  constructor(source: CheckpointMeans) {
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

  /** Whether catching up from the last checkpoint would cost noticeably more than writing a new one. */
  isWorthwhile(index: SearchIndex): boolean {
    return this.#misses(index, CHECKPOINT_CHANGES, CHECKPOINT_SHARE);
  }

  /**
   * Whether one should be written now: when nothing was written to the vault for a while, or when a long import has left
   * the last one so far behind that an unlock after a crash would take long.
   */
  isDue(index: SearchIndex): boolean {
    const isQuiet = this.#source.clock.monotonic() - this.#lastChangeAt >= QUIET_MS;
    return isQuiet ? this.isWorthwhile(index) : this.#misses(index, PRESSING_CHANGES, PRESSING_SHARE);
  }

  /** Whether one should be written although somebody waits for the vault to be locked. */
  isDueAtLock(index: SearchIndex): boolean {
    const isQuick = index.size <= MAX_QUICK_MEMORIES;
    return this.isWorthwhile(index) && (isQuick || this.#generation !== this.#source.vault.health.generation);
  }

  /** @param chunks - of an index that must not be compacted meanwhile. @throws DISK_FULL, WRITE_FAILED, VAULT_READ_ONLY, BUSY */
  async write(chunks: Iterable<Uint8Array>): Promise<void> {
    const { vault } = this.#source;
    const { generation } = vault.health;
    const changes = this.#changes;
    await vault.writeCheckpoint(chunks);
    this.#generation = generation;
    this.#changes -= changes;
  }

  #misses({ size }: SearchIndex, changes: number, share: number): boolean {
    const { generation, readOnly } = this.#source.vault.health;
    const missing = this.#generation === generation ? this.#changes : size;
    return readOnly === undefined && missing >= Math.max(changes, size * share);
  }
}
