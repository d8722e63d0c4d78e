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
import { concatBytes, fromUtf8 } from "../../base/bytes.ts";
import { systemErrorCode } from "../../base/logger.ts";
import { Malformed } from "./byte-reader.ts";
import type { InternalKey } from "./internal-key.ts";
import { compareInternalKeys, encodeTrailer, isBefore, STORED, TRAILER_BYTES } from "./internal-key.ts";
import { KeyWalk } from "./key-walk.ts";
import { readLogRecords } from "./log-records.ts";
import type { TableEntry } from "./manifest.ts";
import { readManifest } from "./manifest.ts";
import { listStoreFiles, readBytes, readInTurn } from "./store-files.ts";
import type { BlockHandle } from "./table.ts";
import { readIndex } from "./table.ts";
import { readWriteBatch } from "./write-batch.ts";

const KEYS_A_TURN = 2_000;
/** LevelDB keeps to fewer; more of them would take as many tables into memory at once. */
const SOURCES_MOST = 64;
const ATTEMPTS = 10;
const RETRY_MS = 10;

/** Given the bytes in which the key stands first, and its length; they are overwritten afterwards. */
export type VisitKey = (bytes: Uint8Array, length: number) => void;

/** A compaction took a table away that the manifest named a moment ago. */
class TableGone extends Malformed {}

/** One sorted row of internal keys, standing at one of them. */
interface Source {
  readonly key: Uint8Array;
  readonly length: number;
  /** Goes on to the next; a promise where that has to be read first. False at the end. */
  next(): boolean | Promise<boolean>;
}

/** How far the walk has come: the last user key that was met, in the first `length` bytes. */
interface Reached {
  key: Uint8Array;
  length: number;
}

/**
 * Visits every key that is there once, in byte order.
 *
 * @throws Malformed, or the system's error for a file that cannot be read or keeps going away
 */
export async function walkLiveKeys(folder: string, visit: VisitKey): Promise<void> {
  const reached: Reached = { key: new Uint8Array(0), length: 0 };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await merge(await openSources(folder, reached), reached, visit);
    } catch (error) {
      const isGone = error instanceof TableGone || systemErrorCode(error) === "ENOENT";
      if (!isGone || attempt === ATTEMPTS) throw error;
      await delay(attempt * RETRY_MS);
    }
  }
}

async function merge(sources: readonly Source[], reached: Reached, visit: VisitKey): Promise<void> {
  const standing: Source[] = [];
  for (const source of sources) if (await source.next()) insert(standing, source);
  let sinceTurn = 0;
  for (let first = standing[0]; first !== undefined; first = standing[0]) {
    const { key } = first;
    const length = first.length - TRAILER_BYTES;
    if (isBeyond(key, length, reached)) {
      if (key[length] === STORED) visit(key, length);
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
  const logs = (await listStoreFiles(folder)).logs;
  const written = await Promise.all(logs.map(({ path }) => readBytes(path)));
  const manifestName = fromUtf8(await readBytes(join(folder, "CURRENT"))).trim();
  const { tables, logNumber } = readManifest(await readBytes(join(folder, manifestName)));
  const files = await listStoreFiles(folder);
  const pathOf = ({ number }: TableEntry) => {
    const file = files.tables.find((each) => each.number === number);
    if (file === undefined) throw new TableGone("a table is missing");
    return file.path;
  };
  const sources: Source[] = [];
  for (const [index, { number }] of logs.entries()) {
    if (number >= logNumber) sources.push(new LogSource(written[index]!));
  }
  for (const level of new Set(tables.map((table) => table.level))) {
    const sorted = tables
      .filter(
        (table) => table.level === level && isBeyond(largestOf(table), largestOf(table).length, reached),
      )
      .toSorted((a, b) => compareInternalKeys(a.smallest, b.smallest));
    const rows = level === 0 ? sorted.map((table) => [table]) : [sorted];
    for (const row of rows) sources.push(new TableSource(row.map((table) => pathOf(table))));
  }
  if (sources.length > SOURCES_MOST) throw new Malformed("too many sources");
  return sources;
}

function largestOf({ largest }: TableEntry): Uint8Array {
  return largest.userKey;
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

/** The changes of a log, sorted. */
class LogSource implements Source {
  readonly #keys: readonly Uint8Array[];
  #place = -1;

  constructor(log: Uint8Array) {
    const { records } = readLogRecords(log);
    const keys = records.flatMap((record) => readWriteBatch(record).map((change) => change.key));
    this.#keys = keys.toSorted(compareInternalKeys).map((key) => encodeInternalKey(key));
  }

  get key(): Uint8Array {
    return this.#keys[this.#place]!;
  }

  get length(): number {
    return this.key.length;
  }

  next(): boolean {
    this.#place += 1;
    return this.#place < this.#keys.length;
  }
}

function encodeInternalKey(key: InternalKey): Uint8Array {
  return concatBytes(key.userKey, encodeTrailer(key));
}

/** Tables whose keys follow one another. */
class TableSource implements Source {
  readonly #walk = new KeyWalk();
  readonly #tables: AsyncGenerator<Uint8Array, void>;
  #table: Uint8Array = new Uint8Array(0);
  #blocks: readonly BlockHandle[] = [];
  #block = 0;

  constructor(paths: readonly string[]) {
    this.#tables = readInTurn(paths);
  }

  get key(): Uint8Array {
    return this.#walk.key;
  }

  get length(): number {
    return this.#walk.length;
  }

  next(): boolean | Promise<boolean> {
    while (!this.#walk.next()) {
      const block = this.#blocks[this.#block];
      if (block === undefined) return this.#nextTable();
      this.#walk.open(this.#table, block);
      this.#block += 1;
    }
    return true;
  }

  async #nextTable(): Promise<boolean> {
    const table = await this.#tables.next();
    if (table.done === true) return false;
    this.#table = table.value;
    this.#blocks = readIndex(this.#table).map(({ block }) => block);
    this.#block = 0;
    return this.next();
  }
}
