/** Where the keys of a store stand in its files: each log, sorted, and rows of tables that follow one another. */
import { concatBytes } from "../../base/bytes.ts";
import type { InternalKey } from "./internal-key.ts";
import { compareInternalKeys, encodeTrailer } from "./internal-key.ts";
import { KeyWalk } from "./key-walk.ts";
import { readLogRecords } from "./log-records.ts";
import type { SizedFile } from "./store-files.ts";
import { readInTurn } from "./store-files.ts";
import type { BlockHandle } from "./sorted-table.ts";
import { readIndex } from "./sorted-table.ts";
import { readWriteBatch } from "./write-batch.ts";

/** One sorted row of internal keys, standing at one of them. */
export interface Source {
  readonly isLog: boolean;
  readonly key: Uint8Array;
  readonly length: number;
  /** Goes on to the next; a promise where that has to be read first. False at the end. */
  next(): boolean | Promise<boolean>;
}

/** The changes of a log, sorted. */
export class LogSource implements Source {
  readonly isLog = true;
  readonly number: number;
  /** The highest sequence number in it, 0 for none. */
  readonly newest: number;
  readonly #keys: readonly Uint8Array[];
  #place = -1;

  constructor(number: number, log: Uint8Array) {
    const { records } = readLogRecords(log);
    const keys = records.flatMap((record) => readWriteBatch(record).map((change) => change.key));
    this.number = number;
    this.newest = keys.at(-1)?.sequence ?? 0;
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
export class TableSource implements Source {
  readonly isLog = false;
  readonly #walk: KeyWalk;
  readonly #tables: AsyncGenerator<Uint8Array, void>;
  #table: Uint8Array = new Uint8Array(0);
  #blocks: readonly BlockHandle[] = [];
  #block = 0;

  constructor(files: readonly SizedFile[], newest: number) {
    this.#walk = new KeyWalk(newest);
    this.#tables = readInTurn(files);
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
