/**
 * Looks at a store before LevelDB does. LevelDB trusts the structure of its tables: a damaged length, or an order that is
 * none, aborts the whole process, in a read or in a compaction of its own accord. And in a log it drops up to 32 KiB of
 * whole records behind a damaged one. So every table is walked through entry by entry and every log piece by piece; a store
 * in which something does not hold is salvaged instead of opened. What is damaged inside keys and values is left to the
 * vault, which authenticates all of it.
 */
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fromUtf8 } from "../../base/bytes.ts";
import { systemErrorCode } from "../../base/logger.ts";
import { Malformed } from "./byte-reader.ts";
import type { InternalKey } from "./internal-key.ts";
import { compareInternalKeys } from "./internal-key.ts";
import { KeyWalk } from "./key-walk.ts";
import { readLogRecords } from "./log-records.ts";
import type { TableEntry } from "./manifest.ts";
import { readManifest } from "./manifest.ts";
import { listStoreFiles, readBytes, readInTurn } from "./store-files.ts";
import { readIndex } from "./table.ts";
import { readWriteBatch } from "./write-batch.ts";

const BLOCKS_AT_ONCE = 64;

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
  const { tables, logNumber } = readManifest(await readBytes(join(folder, manifestName)));
  const files = await listStoreFiles(folder);
  const paths = tables.map(({ number }) => {
    const file = files.tables.find((each) => each.number === number);
    if (file === undefined) throw new Malformed("a table is missing");
    return file.path;
  });
  let index = 0;
  for await (const table of readInTurn(paths)) await inspectTable(table, tables[index++]!);
  for (const { path, number } of files.logs) {
    if (number >= logNumber) await inspectLog(await readBytes(path));
  }
}

/** Walks through every entry: each in order, and the first and last as the manifest has them. */
async function inspectTable(table: Uint8Array, { size, smallest, largest }: TableEntry): Promise<void> {
  if (table.length !== size) throw new Malformed("table of another size");
  const walk = new KeyWalk();
  for (const [index, { last, block }] of readIndex(table).entries()) {
    walk.walk(table, block);
    if (!isSame(walk.first, smallest)) throw new Malformed("begins with another key");
    if (walk.last === undefined || compareInternalKeys(walk.last, last) > 0)
      throw new Malformed("index out of order");
    if (index % BLOCKS_AT_ONCE === 0) await nextTurn();
  }
  if (!isSame(walk.last, largest)) throw new Malformed("ends too early");
}

function isSame(found: InternalKey | undefined, expected: InternalKey): boolean {
  return found !== undefined && compareInternalKeys(found, expected) === 0;
}

async function inspectLog(log: Uint8Array): Promise<void> {
  const { records, hasGap } = readLogRecords(log);
  if (hasGap) throw new Malformed("log with a gap");
  for (const record of records) readWriteBatch(record);
  await nextTurn();
}

function textOf(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch {
    return "";
  }
}
