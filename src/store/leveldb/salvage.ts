/**
 * Gets everything readable out of the files of a damaged store: from each table every block that holds together, from each
 * log every whole record. Of each key the newest change counts, a removal too. What is wrong inside a value shows when the
 * vault authenticates it.
 *
 * Reads the files twice, so that keys are held in memory and values are not.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { attempt } from "../../base/attempt.ts";
import { toHex } from "../../base/bytes.ts";
import { systemErrorCode } from "../../base/logger.ts";
import type { StoreEntry } from "../record-store.ts";
import { STORED } from "./internal-key.ts";
import { readLogRecords } from "./log-records.ts";
import { listStoreFiles, readBytes } from "./store-files.ts";
import type { TableRecord } from "./sorted-table.ts";
import { readBlock, readIndex } from "./sorted-table.ts";
import { readWriteBatch } from "./write-batch.ts";

/** Keys of the vault are shorter; longer ones are damage. */
const MAX_KEY_BYTES = 64;

/**
 * The entries of a damaged store, a few at a time; each key once.
 *
 * @throws the system's error when a file cannot be read
 */
export async function* salvageEntries(folder: string): AsyncIterable<readonly StoreEntry[]> {
  const newest = new Map<string, number>();
  for await (const records of readRecords(folder)) {
    for (const { key } of records) {
      const name = toHex(key.userKey);
      if (key.sequence >= (newest.get(name) ?? 0)) newest.set(name, key.sequence);
    }
  }
  for await (const records of readRecords(folder)) {
    const entries: StoreEntry[] = [];
    for (const { key, value } of records) {
      const name = toHex(key.userKey);
      if (newest.get(name) !== key.sequence) continue;
      newest.delete(name);
      if (key.type === STORED) entries.push({ key: key.userKey.slice(), value: value.slice() });
    }
    if (entries.length > 0) yield entries;
  }
}

async function* readRecords(folder: string): AsyncIterable<readonly TableRecord[]> {
  const { tables, logs } = await listStoreFiles(folder);
  for (const { path } of tables) yield* tableRecords(await readOrNothing(path));
  for (const { path } of logs) yield* logBatches(await readOrNothing(path));
}

/** A file on a broken place of the disk is lost; what fails for another reason may work the next time. */
async function readOrNothing(path: string): Promise<Uint8Array> {
  try {
    return await readBytes(path);
  } catch (error) {
    if (systemErrorCode(error) === "EIO") return new Uint8Array(0);
    throw error;
  }
}

async function* tableRecords(table: Uint8Array): AsyncIterable<readonly TableRecord[]> {
  const index = attempt(() => readIndex(table)) ?? [];
  for (const { block } of index) {
    yield (attempt(() => readBlock(table, block)) ?? []).filter(isPlausible);
    await nextTurn();
  }
}

async function* logBatches(log: Uint8Array): AsyncIterable<readonly TableRecord[]> {
  for (const record of readLogRecords(log).records) {
    yield (attempt(() => readWriteBatch(record)) ?? []).filter(isPlausible);
    await nextTurn();
  }
}

function isPlausible({ key }: TableRecord): boolean {
  return key.userKey.length > 0 && key.userKey.length <= MAX_KEY_BYTES;
}
