/**
 * Looks at a store before LevelDB does. LevelDB trusts the structure of its tables: a damaged length, or an order that is
 * none, aborts the whole process, in a read or in a compaction of its own accord. And in a log it drops up to 32 KiB of
 * whole records behind a damaged one. What its index or filter leads past, and what looks newer than the store, it does not
 * find. So every table is walked through entry by entry and every log piece by piece; a store in which something does not
 * hold is salvaged instead of opened. What is damaged inside keys and values is left to the vault, which authenticates all
 * of it.
 */
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fromUtf8 } from "../../base/bytes.ts";
import { systemErrorCode } from "../../base/logger.ts";
import { Malformed } from "./encoding-reader.ts";
import type { InternalKey } from "./internal-key.ts";
import { compareInternalKeys } from "./internal-key.ts";
import { KeyWalk } from "./key-walk.ts";
import { readLogRecords } from "./log-records.ts";
import type { TableEntry } from "./manifest.ts";
import { readManifest } from "./manifest.ts";
import { listStoreFiles, readBytes, readInTurn } from "./store-files.ts";
import { checkOwnBlocks, readIndex } from "./sorted-table.ts";
import { readWriteBatch } from "./write-batch.ts";

const BLOCKS_PER_TURN = 64;

/** What the system says of a file that is gone, or on a place of the disk that cannot be read any more. */
const LOST: ReadonlySet<string | undefined> = new Set(["ENOENT", "EIO"]);

/**
 * Whether LevelDB can open a store and read all of it.
 *
 * @throws the system's error when a file cannot be read at the moment
 */
export async function isSound(folder: string): Promise<boolean> {
  try {
    await inspect(folder);
    return true;
  } catch (error) {
    if (error instanceof Malformed || LOST.has(systemErrorCode(error))) return false;
    throw error;
  }
}

async function inspect(folder: string): Promise<void> {
  const current = await readBytes(join(folder, "CURRENT"));
  const manifestName = /^(MANIFEST-\d+)\n$/.exec(textOf(current))?.[1];
  if (manifestName === undefined) throw new Malformed("CURRENT names no manifest");
  const { tables, logNumber, lastSequence } = readManifest(await readBytes(join(folder, manifestName)));
  const files = await listStoreFiles(folder);
  let newest = lastSequence;
  for (const { path, number } of files.logs) {
    if (number >= logNumber) newest = Math.max(newest, await inspectLog(await readBytes(path)));
  }
  const sized = tables.map(({ number, size }) => {
    const file = files.tables.find((each) => each.number === number);
    if (file === undefined) throw new Malformed("a table is missing");
    return { path: file.path, size };
  });
  let index = 0;
  for await (const table of readInTurn(sized)) await inspectTable(table, tables[index++]!, newest);
}

/** Walks through every entry: each in order, and the first and last as the manifest has them. */
async function inspectTable(
  table: Uint8Array,
  { smallest, largest }: TableEntry,
  newest: number,
): Promise<void> {
  checkOwnBlocks(table);
  const walk = new KeyWalk(newest);
  for (const [index, { last, block }] of readIndex(table).entries()) {
    walk.walk(table, block);
    if (!isSame(walk.first, smallest)) throw new Malformed("begins with another key");
    if (walk.last === undefined || compareInternalKeys(walk.last, last) > 0)
      throw new Malformed("index out of order");
    if (index % BLOCKS_PER_TURN === 0) await nextTurn();
  }
  if (!isSame(walk.last, largest)) throw new Malformed("ends too early");
}

function isSame(found: InternalKey | undefined, expected: InternalKey): boolean {
  return found !== undefined && compareInternalKeys(found, expected) === 0;
}

/** @returns the highest sequence number in it, 0 for none */
async function inspectLog(log: Uint8Array): Promise<number> {
  const { records, hasGap } = readLogRecords(log);
  if (hasGap) throw new Malformed("log with a gap");
  let newest = 0;
  for (const record of records) newest = Math.max(newest, readWriteBatch(record).at(-1)?.key.sequence ?? 0);
  await nextTurn();
  return newest;
}

function textOf(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch {
    return "";
  }
}
