/**
 * The keys that are in a store, read from its files while it is open and nobody writes to it. LevelDB's own iterator makes
 * an object of each key, which for a million takes seconds; here they are walked through where they lie.
 *
 * A key may be on record several times, in logs and in tables of several levels; of all these the newest counts. So the
 * sources, each sorted, are merged: every log, every table of level 0, and each further level, whose tables follow one
 * another.
 *
 * A compaction of LevelDB's may take a file away meanwhile. The walk then goes on, behind the last key it met, in the
 * files there are now. Anything that does not hold makes it throw, and what was visited says nothing.
 */
import { join } from "node:path";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { fromUtf8 } from "../../base/bytes.ts";
import { systemErrorCode } from "../../base/logger.ts";
import { Malformed } from "./encoding-reader.ts";
import { compareInternalKeys, isBefore, STORED, TRAILER_BYTES } from "./internal-key.ts";
import type { Source } from "./key-sources.ts";
import { LogSource, TableSource } from "./key-sources.ts";
import type { Manifest, TableEntry } from "./manifest.ts";
import { readManifest } from "./manifest.ts";
import { listStoreFiles, readBytes } from "./store-files.ts";

const KEYS_A_TURN = 2_000;
/** LevelDB keeps to fewer; more of them would take as many tables into memory at once. */
const MAX_SOURCES = 64;
/** LevelDB's tables and logs have about 2 MiB. */
const MAX_FILE_BYTES = 64 << 20;
const ATTEMPTS = 10;
const RETRY_MS = 10;

/** Given the bytes in which the key stands first, and its length; they are overwritten afterwards. */
export type VisitKey = (bytes: Uint8Array, length: number) => void;

/** What the newest word on a key is, where it stands in a log. */
export interface LoggedKey {
  readonly key: Uint8Array;
  readonly isStored: boolean;
}

/** A compaction took a table away that the manifest named a moment ago. */
class TableGone extends Malformed {}

/** How far the walk has come: the last user key that was met, in the first `length` bytes. */
interface Reached {
  key: Uint8Array;
  length: number;
}

/**
 * Visits every key that is there once, in byte order.
 *
 * @returns the keys on which a log has the newest word. The manifest names tables but not logs: whoever has the store open
 *   can tell whether it knows this one.
 * @throws Malformed, or the system's error for a file that cannot be read or keeps going away
 */
export async function walkLiveKeys(folder: string, visit: VisitKey): Promise<readonly LoggedKey[]> {
  const reached: Reached = { key: new Uint8Array(0), length: 0 };
  const logged: LoggedKey[] = [];
  for (let attempt = 1; ; attempt += 1) {
    try {
      await merge(await openSources(folder, reached), reached, visit, logged);
      return logged;
    } catch (error) {
      const isGone = error instanceof TableGone || systemErrorCode(error) === "ENOENT";
      if (!isGone || attempt === ATTEMPTS) throw error;
      await delay(attempt * RETRY_MS);
    }
  }
}

async function merge(
  sources: readonly Source[],
  reached: Reached,
  visit: VisitKey,
  logged: LoggedKey[],
): Promise<void> {
  const standing: Source[] = [];
  for (const source of sources) if (await source.next()) insert(standing, source);
  let sinceTurn = 0;
  for (let first = standing[0]; first !== undefined; first = standing[0]) {
    const { key } = first;
    const length = first.length - TRAILER_BYTES;
    if (isBeyond(key, length, reached)) {
      const isStored = key[length] === STORED;
      if (isStored) visit(key, length);
      if (first.isLog) logged.push({ key: key.slice(0, length), isStored });
      if (reached.key.length < length) reached.key = new Uint8Array(length * 2);
      for (let index = 0; index < length; index += 1) reached.key[index] = key[index]!;
      reached.length = length;
    }
    const isThere = first.next();
    if (isThere === true || (isThere !== false && (await isThere))) settle(standing);
    else standing.shift();
    sinceTurn += 1;
    if (sinceTurn < KEYS_A_TURN) continue;
    await nextTurn();
    sinceTurn = 0;
  }
}

/** Whether a user key comes behind the one that was reached: a key that was met is older wherever it is met again. */
function isBeyond(key: Uint8Array, length: number, reached: Reached): boolean {
  const shorter = Math.min(length, reached.length);
  for (let index = 0; index < shorter; index += 1) {
    if (key[index] !== reached.key[index]) return key[index]! > reached.key[index]!;
  }
  return length > reached.length;
}

/** Tables that end before the walk got to are left out. */
async function openSources(folder: string, reached: Reached): Promise<readonly Source[]> {
  // Logs first: what is written out of one before the manifest is read is in a table that the manifest names.
  const logs = await readLogs(folder, (await readNewestManifest(folder)).logNumber);
  const { tables, logNumber, lastSequence } = await readNewestManifest(folder);
  const files = await listStoreFiles(folder);
  const sizedFile = ({ number, size }: TableEntry) => {
    if (size > MAX_FILE_BYTES) throw new Malformed("a table is too large");
    const file = files.tables.find((each) => each.number === number);
    if (file === undefined) throw new TableGone("a table is missing");
    return { path: file.path, size };
  };
  const sources: Source[] = logs.filter(({ number }) => number >= logNumber);
  const newest = Math.max(lastSequence, ...logs.map((log) => log.newest));
  for (const level of new Set(tables.map((table) => table.level))) {
    const sorted = tables
      .filter((table) => table.level === level && isAhead(table, reached))
      .toSorted((a, b) => compareInternalKeys(a.smallest, b.smallest));
    const rows = level === 0 ? sorted.map((table) => [table]) : [sorted];
    for (const row of rows) sources.push(new TableSource(row.map(sizedFile), newest));
  }
  if (sources.length > MAX_SOURCES) throw new Malformed("too many sources");
  return sources;
}

async function readNewestManifest(folder: string): Promise<Manifest> {
  const name = /^(MANIFEST-\d+)\n$/.exec(fromUtf8(await readBytes(join(folder, "CURRENT"), checkSize)))?.[1];
  if (name === undefined) throw new Malformed("CURRENT names no manifest");
  return readManifest(await readBytes(join(folder, name), checkSize));
}

/** Those that are not written out; one at a time, whatever lies in the folder. */
async function readLogs(folder: string, from: number): Promise<readonly LogSource[]> {
  const logs: LogSource[] = [];
  const waiting = (await listStoreFiles(folder)).logs.filter(({ number }) => number >= from);
  for (const { path, number } of waiting) {
    logs.push(new LogSource(number, await readBytes(path, checkSize)));
    if (logs.length > MAX_SOURCES) throw new Malformed("too many sources");
  }
  return logs;
}

function checkSize(bytes: number): void {
  if (bytes > MAX_FILE_BYTES) throw new Malformed("a file is too large");
}

function isAhead({ largest }: TableEntry, reached: Reached): boolean {
  return isBeyond(largest.userKey, largest.userKey.length, reached);
}

/** Puts a source where its key belongs among those that stand in order. */
function insert(standing: Source[], source: Source): void {
  standing.unshift(source);
  settle(standing);
}

/** Moves the first source back to where its key belongs: mostly nowhere, since one level holds most keys. */
function settle(standing: Source[]): void {
  const moved = standing[0]!;
  let place = 0;
  for (; place + 1 < standing.length; place += 1) {
    const other = standing[place + 1]!;
    if (isBefore(moved.key, moved.length, other.key, other.length)) break;
    standing[place] = other;
  }
  standing[place] = moved;
}
