/** Where the search index comes from: the newest checkpoint without what changed since, or the records themselves. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../../base/clock.ts";
import { hasCode } from "../../base/errors.ts";
import type { Logger } from "../../base/logger.ts";
import type { IndexedMemory, SearchIndex, SearchIndexFactory } from "../../search/search-index.ts";
import type { OpenVault, RecordId } from "../../vault/vault.ts";
import { decodeMemory, indexedMemory } from "../memory-codec.ts";

/**
 * Above this share of all memories a checkpoint is not worth catching up from: reading one memory after the other takes more
 * than twice as long as reading all of them in the order of the store.
 */
const MAX_CHANGED_SHARE = 0.5;
/** How long a loop runs before it gives way: no request waits longer for one. */
const SLICE_MS = 4;

export interface IndexSource {
  readonly vault: OpenVault;
  readonly factory: SearchIndexFactory;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface OpenedCheckpoint {
  /** Holds nothing that was forgotten or written again since. */
  readonly index: SearchIndex;
  /** Memories to add to it. */
  readonly missing: readonly RecordId[];
  /** How many memories differ between the checkpoint and now. */
  readonly changes: number;
}

/** @returns `undefined` when there is no checkpoint or it cannot be read: the index is then made from the records */
export async function openCheckpoint(source: IndexSource): Promise<OpenedCheckpoint | undefined> {
  const { vault, factory, clock, logger } = source;
  try {
    const checkpoint = await vault.loadCheckpoint();
    if (checkpoint === undefined || checkpoint.changes > vault.health.records * MAX_CHANGED_SHARE)
      return undefined;
    const index = await factory.load(checkpoint.chunks);
    const giveWay = createYielding(clock);
    const missing: RecordId[] = [];
    for (const id of checkpoint.changed) {
      index.remove(id);
      if (vault.has("memory", id)) missing.push(id);
      await giveWay();
    }
    return { index, missing, changes: checkpoint.changes };
  } catch (error) {
    logger.log("checkpoint-discarded", hasCode(error) ? { code: error.code } : {});
    return undefined;
  }
}

/** Every live memory that can be read, in no particular order. */
export async function* liveMemories({ vault, logger }: IndexSource): AsyncIterable<IndexedMemory> {
  for await (const { id, plaintext } of vault.scan("memory")) {
    const memory = readableMemory(id, plaintext, logger);
    if (memory !== undefined) yield memory;
  }
}

/** Those of `ids` that are there and can be read. */
export async function* memoriesOf(
  ids: Iterable<RecordId>,
  { vault, logger }: IndexSource,
): AsyncIterable<IndexedMemory> {
  for (const id of ids) {
    const plaintext = await vault.read("memory", id).catch(ignoreDamage);
    const memory = plaintext && readableMemory(id, plaintext, logger);
    if (memory !== undefined) yield memory;
  }
}

function readableMemory(id: RecordId, plaintext: Uint8Array, logger: Logger): IndexedMemory | undefined {
  try {
    return indexedMemory(id, decodeMemory(plaintext));
  } catch (error) {
    logger.log("record-not-a-memory", { code: "RECORD_DAMAGED" });
    return ignoreDamage(error);
  }
}

/** The vault keeps the list of damaged records; the index simply lacks them. */
function ignoreDamage(error: unknown): undefined {
  if (!hasCode(error, "RECORD_DAMAGED")) throw error;
}

/** Call the returned function in every round of a long loop; it yields to the event loop once a slice is used up. */
export function createYielding(clock: Clock): () => Promise<void> {
  let sliceEnd = clock.monotonic() + SLICE_MS;
  return async () => {
    if (clock.monotonic() < sliceEnd) return;
    await nextTurn();
    sliceEnd = clock.monotonic() + SLICE_MS;
  };
}
