/**
 * Keeps the search index in step with the vault: loads the newest checkpoint and catches up, or rebuilds from every
 * record; takes changes as they are written; writes a new checkpoint when things are quiet.
 */
import { codeOf, KeepsakeError } from "../../base/errors.ts";
import { startTimer } from "../../base/timer.ts";
import type { IndexedMemory, SearchIndex } from "../../search/search-index.ts";
import type { RecordId } from "../../vault/vault.ts";
import { Checkpointer } from "./checkpointer.ts";
import { HeldIndex } from "./held-index.ts";
import { createYielding, liveMemories, memoriesOf, openCheckpoint } from "./index-loading.ts";
import type { IndexSource, OpenedCheckpoint } from "./index-loading.ts";

const COMPACT_SLICE_MS = 5;

export interface IndexProgress {
  readonly complete: boolean;
  readonly done: number;
  readonly total: number;
}

/** How a load begins: with the index of a checkpoint, or with none. */
type Opening = (source: IndexSource) => Promise<OpenedCheckpoint | undefined>;

export class IndexKeeper {
  readonly #source: IndexSource;
  readonly #checkpointer: Checkpointer;
  readonly #held: HeldIndex;
  #isComplete = false;
  #isClosed = false;
  #isWritingCheckpoint = false;
  #done = 0;
  #loading: { readonly ended: Promise<void>; readonly stop: AbortController } | undefined;
  /** While a checkpoint is being read: what was written meanwhile and belongs into its index too. */
  #meanwhile: IndexedMemory[] = [];
  #isOpening = true;
  /** While the index is incomplete: ids written meanwhile, whose records may have been read before that. */
  #touched = new Set<RecordId>();
  /** Ids of failed writes: they may have reached the disk or not. */
  readonly #doubtful = new Set<RecordId>();

  /** Starts loading at once; `current` answers from what is there. */
  constructor(source: IndexSource) {
    this.#source = source;
    this.#checkpointer = new Checkpointer(source);
    this.#held = new HeldIndex(source.factory.create(), (id) => this.#doubtful.add(id));
    this.#load(openCheckpoint);
  }

  get current(): SearchIndex {
    return this.#held.current;
  }

  /** Not while it is complete, nor after loading failed. */
  get isLoading(): boolean {
    return this.#loading !== undefined;
  }

  get progress(): IndexProgress {
    const { size } = this.current;
    if (this.#isComplete) return { complete: true, done: size, total: size };
    const total = Math.max(this.#done, this.#source.vault.health.records);
    return { complete: false, done: this.#done, total };
  }

  /**
   * Resolves when every memory is in the index, or after `atMostMs`. Loading that failed starts again from the records.
   *
   * @throws what made the loading fail; VAULT_SEALED when the vault closes meanwhile
   */
  async whenComplete(atMostMs = Infinity): Promise<void> {
    await within(atMostMs, this.#loaded());
    if (this.#isComplete) await this.#settleDoubts();
  }

  /**
   * Every write of memories goes through here.
   *
   * @param work - stores or deletes the memories `ids`, and calls `add` or `remove` once that is durable
   */
  async whileWriting<T>(ids: readonly RecordId[], work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      for (const id of ids) this.#doubtful.add(id);
      throw error;
    }
  }

  /** Adds memories, in the place of what was there under the same id: they are in whatever `current` gives from now on. */
  add(memories: readonly IndexedMemory[]): void {
    this.#held.put(memories);
    if (this.#isOpening) this.#meanwhile.push(...memories);
    this.#noteChanges(memories.map(({ id }) => id));
  }

  remove(ids: readonly RecordId[]): void {
    for (const id of ids) this.current.remove(id);
    const gone = new Set(ids);
    this.#meanwhile = this.#meanwhile.filter(({ id }) => !gone.has(id));
    this.#noteChanges(ids);
  }

  /** Starts over from the records, after something else than `add` and `remove` changed them. */
  reload(): void {
    this.#loading?.stop.abort();
    this.#held.replace(this.#source.factory.create());
    this.#load(nothingToOpen);
  }

  get isCheckpointDue(): boolean {
    return this.#isInStep && this.#checkpointer.isDue(this.current);
  }

  /** Whether a checkpoint should be written although somebody waits for the vault to be locked. */
  get isCheckpointDueAtLock(): boolean {
    return this.#isInStep && this.#checkpointer.isDueAtLock(this.current);
  }

  /** Whether catching up from the last checkpoint would cost noticeably more than writing a new one. */
  get isCheckpointWorthwhile(): boolean {
    return this.#isInStep && this.#checkpointer.isWorthwhile(this.current);
  }

  /**
   * Writes a checkpoint, without anything of what was forgotten before, while memories come and go.
   *
   * @throws DISK_FULL, WRITE_FAILED, VAULT_READ_ONLY, BUSY
   */
  async checkpoint(): Promise<void> {
    // Compacting would take away what another one is writing.
    if (this.#isWritingCheckpoint) throw new KeepsakeError("BUSY");
    this.#isWritingCheckpoint = true;
    try {
      const index = this.current;
      const giveWay = createYielding(this.#source.clock);
      while (!index.compact(COMPACT_SLICE_MS)) await giveWay();
      await this.#checkpointer.write(this.#held.chunksOf(index));
    } finally {
      this.#isWritingCheckpoint = false;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#loading?.stop.abort();
    await this.#loading?.ended.catch(() => {});
  }

  get #isInStep(): boolean {
    this.#held.takeIn();
    return this.#isComplete && this.#doubtful.size === 0;
  }

  #noteChanges(ids: readonly RecordId[]): void {
    this.#checkpointer.noteChanges(ids.length);
    if (!this.#isComplete) for (const id of ids) this.#touched.add(id);
  }

  async #loaded(): Promise<void> {
    while (!this.#isComplete) await (this.#loading ?? this.#load(nothingToOpen)).ended;
  }

  #load(open: Opening) {
    this.#isComplete = false;
    this.#done = 0;
    this.#touched = new Set();
    const stop = new AbortController();
    const ended = this.#run(open, stop.signal);
    // A failure is reported to whoever awaits `whenComplete`; until then it must not end the process.
    ended.catch(() => {});
    const loading = { ended, stop };
    this.#loading = loading;
    return loading;
  }

  async #run(open: Opening, signal: AbortSignal): Promise<void> {
    const { logger } = this.#source;
    try {
      const checkpoint = await open(this.#source);
      signal.throwIfAborted();
      if (checkpoint !== undefined) this.#adopt(checkpoint);
      this.#isOpening = false;
      this.#meanwhile = [];
      const missing =
        checkpoint === undefined ? liveMemories(this.#source) : memoriesOf(checkpoint.missing, this.#source);
      await this.#addAll(missing, signal);
      signal.throwIfAborted();
    } catch (error) {
      if (this.#isClosed) throw new KeepsakeError("VAULT_SEALED");
      // A reload took over: whoever waited for this load waits for that one.
      if (signal.aborted) return;
      this.#loading = undefined;
      logger.log("index-failed", { code: codeOf(error) });
      throw error;
    }
    this.#isComplete = true;
    this.#loading = undefined;
    this.#touched.clear();
    logger.log("index-complete", { counts: { memories: this.current.size } });
  }

  /** Makes a checkpoint's index the current one, with what was written while it was being read. */
  #adopt({ index, changes }: OpenedCheckpoint): void {
    for (const id of this.#touched) index.remove(id);
    for (const memory of this.#meanwhile) index.add(memory);
    this.#held.replace(index);
    this.#done = index.size;
    this.#checkpointer.noteLoaded(changes);
  }

  async #addAll(memories: AsyncIterable<IndexedMemory>, signal: AbortSignal): Promise<void> {
    const giveWay = createYielding(this.#source.clock);
    for await (const memory of memories) {
      signal.throwIfAborted();
      this.#done += 1;
      if (!this.#touched.has(memory.id)) this.current.add(memory);
      await giveWay();
    }
  }

  /** Brings the index in line with what failed writes left behind, once the vault knows that itself. */
  async #settleDoubts(): Promise<void> {
    const { vault } = this.#source;
    this.#held.takeIn();
    if (this.#doubtful.size === 0 || vault.health.readOnly !== undefined) return;
    const ids = [...this.#doubtful];
    const found = new Map<RecordId, IndexedMemory>();
    for await (const memory of memoriesOf(ids, this.#source)) found.set(memory.id, memory);
    for (const id of ids) {
      const memory = found.get(id);
      this.#doubtful.delete(id);
      this.current.remove(id);
      if (memory !== undefined && vault.has("memory", id)) this.current.add(memory);
    }
    this.#noteChanges(ids);
  }
}

function nothingToOpen(): Promise<undefined> {
  return Promise.resolve(undefined);
}

/** Waits for `work`, but not longer than `ms`. */
function within(ms: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = startTimer(ms, resolve);
    void work.then(resolve, reject).finally(cancel);
  });
}
