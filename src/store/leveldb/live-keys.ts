/**
 * The keys that are in a store, read from its files while it is open and nobody writes to it. LevelDB's own iterator makes
 * an object of each key, which for a million takes seconds; here they are walked through where they lie.
 *
 * A key may be on record several times, in logs and in tables of several levels; of all these the newest counts. So the
 * sources, each sorted, are merged: every log, every table of level 0, and each further level, whose tables follow one
 * another.
 *
 * A compaction of LevelDB's may take a file away meanwhile. Then, as for anything that does not hold, this throws, and
 * what was visited says nothing.
 */
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { concatBytes, fromUtf8 } from "../../base/bytes.ts";
import { Malformed } from "./byte-reader.ts";
import type { InternalKey } from "./internal-key.ts";
import {
  compareInternalKeys,
  encodeTrailer,
  isBefore,
  isSameUserKey,
  STORED,
  TRAILER_BYTES,
} from "./internal-key.ts";
import { KeyWalk } from "./key-walk.ts";
import { readLogRecords } from "./log-records.ts";
import type { TableEntry } from "./manifest.ts";
import { readManifest } from "./manifest.ts";
import { listStoreFiles, readBytes } from "./store-files.ts";
import type { BlockHandle } from "./table.ts";
import { readIndex } from "./table.ts";
import { readWriteBatch } from "./write-batch.ts";

const KEYS_A_TURN = 2_000;
/** Above this the oldest logs and tables are not merged but left to LevelDB. */
const SOURCES_MOST = 64;

/** Given the bytes in which the key stands first, and its length; they are overwritten afterwards. */
export type VisitKey = (bytes: Uint8Array, length: number) => void;

/** One sorted row of internal keys, standing at one of them. */
interface Source {
  readonly key: Uint8Array;
  readonly length: number;
  /** Goes on to the next; a promise where that has to be read first. False at the end. */
  next(): boolean | Promise<boolean>;
}

/**
 * Visits every key that is there once, in byte order.
 *
 * @throws Malformed, or the system's error for a file that cannot be read or is gone
 */
export async function walkLiveKeys(folder: string, visit: VisitKey): Promise<void> {
  const sources = await openSources(folder);
  const standing: Source[] = [];
  for (const source of sources) if (await source.next()) insert(standing, source);
  let before = new Uint8Array(0);
  let beforeLength = 0;
  let sinceTurn = 0;
  for (let first = standing[0]; first !== undefined; first = standing[0]) {
    const { key, length } = first;
    if (!isSameUserKey(before, beforeLength, key, length)) {
      if (key[length - TRAILER_BYTES] === STORED) visit(key, length - TRAILER_BYTES);
      if (before.length < length) before = new Uint8Array(length * 2);
      for (let index = 0; index < length; index += 1) before[index] = key[index]!;
      beforeLength = length;
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

async function openSources(folder: string): Promise<readonly Source[]> {
  const manifestName = fromUtf8(await readBytes(join(folder, "CURRENT"))).trim();
  const { tables, logNumber } = readManifest(await readBytes(join(folder, manifestName)));
  const files = await listStoreFiles(folder);
  const pathOf = ({ number }: TableEntry) => {
    const file = files.tables.find((each) => each.number === number);
    if (file === undefined) throw new Malformed("a table is missing");
    return file.path;
  };
  const sources: Source[] = [];
  for (const { path, number } of files.logs) {
    if (number >= logNumber) sources.push(new LogSource(await readBytes(path)));
  }
  for (const level of new Set(tables.map((table) => table.level))) {
    const sorted = tables
      .filter((table) => table.level === level)
      .toSorted((a, b) => compareInternalKeys(a.smallest, b.smallest));
    const rows = level === 0 ? sorted.map((table) => [table]) : [sorted];
    for (const row of rows) sources.push(new TableSource(row.map((table) => pathOf(table))));
  }
  if (sources.length > SOURCES_MOST) throw new Malformed("too many sources");
  return sources;
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

/** Tables whose keys follow one another, read one ahead. */
class TableSource implements Source {
  readonly #paths: readonly string[];
  readonly #walk = new KeyWalk();
  #table: Uint8Array = new Uint8Array(0);
  #blocks: readonly BlockHandle[] = [];
  #block = 0;
  #file = 0;
  #ahead: Promise<Uint8Array> | undefined;

  constructor(paths: readonly string[]) {
    this.#paths = paths;
    this.#readAhead();
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
    if (this.#ahead === undefined) return false;
    this.#table = await this.#ahead;
    this.#blocks = readIndex(this.#table).map(({ block }) => block);
    this.#block = 0;
    this.#readAhead();
    return this.next();
  }

  #readAhead(): void {
    const path = this.#paths[this.#file];
    this.#file += 1;
    this.#ahead = path === undefined ? undefined : readBytes(path);
    // Whoever comes for it hears of the failure; until then it must not end the process.
    this.#ahead?.catch(() => undefined);
  }
}
