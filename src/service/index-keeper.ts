/**
 * Keeps the search index in step with the vault: loads the newest checkpoint and catches up, or rebuilds from every
 * record; takes changes as they are written; writes a new checkpoint when things are quiet.
 */
import type { Clock } from "../base/clock.ts";
import { KeepsakeError, hasCode } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import type { IndexedMemory, SearchIndex, SearchIndexFactory } from "../search/search-index.ts";
import type { LoadedCheckpoint, OpenVault, RecordId } from "../vault/vault.ts";
import { decodeMemory, indexedMemory } from "./memory-codec.ts";
import { createYielding } from "./yielding.ts";

/** Changes since the last checkpoint that make a new one worth writing, at least; above that, this share of the index. */
const CHECKPOINT_CHANGES = 1_000;
const CHECKPOINT_SHARE = 0.02;
const QUIET_MS = 2_000;

export interface IndexProgress {
  readonly complete: boolean;
  readonly done: number;
  readonly total: number;
}

export interface IndexKeeperDeps {
  readonly vault: OpenVault;
  readonly factory: SearchIndexFactory;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class IndexKeeper {
  readonly #deps: IndexKeeperDeps;
  #index: SearchIndex;
  #done = 0;
  #isComplete = false;
  #changes = 0;
  #lastChangeAt = 0;
  /** Memories written while a checkpoint was being loaded; they belong into the loaded index too. */
  #meanwhile: IndexedMemory[] | undefined = [];
  readonly #ready: Promise<void>;

  /** Starts loading at once; `current` answers from what is there. */
  constructor(deps: IndexKeeperDeps) {
    this.#deps = deps;
    this.#index = deps.factory.create();
    this.#ready = this.#load();
    // A failure is reported by whoever awaits `whenComplete`; until then it must not end the process.
    this.#ready.catch(() => {});
  }

  get current(): SearchIndex {
    return this.#index;
  }

  get progress(): IndexProgress {
    const total = this.#deps.vault.health.records;
    return { complete: this.#isComplete, done: this.#isComplete ? total : this.#done, total };
  }

  /** Resolves when every memory is in the index, or after `atMostMs`. */
  async whenComplete(atMostMs?: number): Promise<void> {
    if (this.#isComplete) return;
    if (atMostMs === undefined) return this.#ready;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, atMostMs)));
    await Promise.race([this.#ready, limit]).finally(() => clearTimeout(timer));
  }

  add(memories: readonly IndexedMemory[]): void {
    for (const memory of memories) this.#index.add(memory);
    this.#meanwhile?.push(...memories);
    this.#noteChanges(memories.length);
  }

  remove(ids: readonly RecordId[]): void {
    for (const id of ids) this.#index.remove(id);
    this.#noteChanges(ids.length);
  }

  /** Whether a checkpoint is due and nothing was written for a while. */
  get isCheckpointDue(): boolean {
    return this.isCheckpointWorthwhile && this.#deps.clock.monotonic() - this.#lastChangeAt >= QUIET_MS;
  }

  /** Whether catching up from the last checkpoint would cost noticeably more than writing a new one. */
  get isCheckpointWorthwhile(): boolean {
    return (
      this.#isComplete && this.#changes >= Math.max(CHECKPOINT_CHANGES, this.#index.size * CHECKPOINT_SHARE)
    );
  }

  /** Writes a checkpoint; given up without harm when something is written meanwhile. */
  async checkpoint(): Promise<void> {
    const changes = this.#changes;
    const isUnchanged = () => this.#changes === changes;
    try {
      await this.#deps.vault.writeCheckpoint(chunksWhile(isUnchanged, this.#index.serialize()));
      this.#changes -= changes;
    } catch (error) {
      if (!hasCode(error)) throw error;
      this.#deps.logger.log("checkpoint-abandoned", { code: error.code });
    }
  }

  /** Reclaims what removed memories still hold. */
  async compact(): Promise<void> {
    const giveWay = createYielding(this.#deps.clock);
    while (!this.#index.compact(5)) await giveWay();
  }

  #noteChanges(count: number): void {
    this.#changes += count;
    this.#lastChangeAt = this.#deps.clock.monotonic();
  }

  async #load(): Promise<void> {
    const checkpoint = await this.#deps.vault.loadCheckpoint();
    const loaded = checkpoint && (await this.#loadCheckpoint(checkpoint));
    if (checkpoint && loaded) {
      this.#adopt(loaded);
      for (const id of checkpoint.removed) loaded.remove(id);
      this.#done = loaded.size;
      await this.#catchUp(checkpoint.added);
      this.#changes = checkpoint.added.length + checkpoint.removed.length;
    } else {
      this.#adopt(this.#index);
      await this.#rebuild();
      this.#changes = this.#index.size;
    }
    this.#isComplete = true;
    this.#deps.logger.log("index-complete", { counts: { memories: this.#index.size } });
  }

  async #loadCheckpoint(checkpoint: LoadedCheckpoint): Promise<SearchIndex | undefined> {
    try {
      return await this.#deps.factory.load(checkpoint.chunks);
    } catch {
      this.#deps.logger.log("checkpoint-discarded");
      return undefined;
    }
  }

  /** Makes `index` the current one, with what was written while it was being loaded. */
  #adopt(index: SearchIndex): void {
    for (const memory of this.#meanwhile ?? []) index.add(memory);
    this.#meanwhile = undefined;
    this.#index = index;
  }

  async #catchUp(ids: readonly RecordId[]): Promise<void> {
    const giveWay = createYielding(this.#deps.clock);
    for (const id of ids) {
      const plaintext = await this.#deps.vault.read("memory", id).catch(ignoreDamage);
      if (plaintext !== undefined) this.#addRecord(id, plaintext);
      await giveWay();
    }
  }

  async #rebuild(): Promise<void> {
    const giveWay = createYielding(this.#deps.clock);
    for await (const { id, plaintext } of this.#deps.vault.scan("memory")) {
      this.#addRecord(id, plaintext);
      await giveWay();
    }
  }

  #addRecord(id: RecordId, plaintext: Uint8Array): void {
    this.#done += 1;
    try {
      this.#index.add(indexedMemory(id, decodeMemory(plaintext)));
    } catch (error) {
      ignoreDamage(error);
      this.#deps.logger.log("record-not-a-memory", { code: "RECORD_DAMAGED" });
    }
  }
}

/** The vault keeps the list of damaged records; the index simply lacks them. */
function ignoreDamage(error: unknown): undefined {
  if (!hasCode(error, "RECORD_DAMAGED")) throw error;
}

function* chunksWhile(isValid: () => boolean, chunks: Iterable<Uint8Array>): Iterable<Uint8Array> {
  for (const chunk of chunks) {
    if (!isValid())
      throw new KeepsakeError("CANCELLED", "the index changed while its checkpoint was written");
    yield chunk;
  }
}
