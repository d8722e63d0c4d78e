/**
 * The manifest: a log of edits that add up to the tables of a store, level by level.
 *
 *   { comparator 1 text | log number 2 n | next file 3 n | last sequence 4 n | compact pointer 5 level key
 *     | deleted file 6 level n | new file 7 level n size smallest largest | previous log 9 n } …
 */
import { ByteReader, Malformed } from "./encoding-reader.ts";
import type { InternalKey } from "./internal-key.ts";
import { compareBytes, compareInternalKeys, parseInternalKey } from "./internal-key.ts";
import { readLogRecords } from "./log-records.ts";

const LEVELS = 7;

export interface TableEntry {
  readonly level: number;
  readonly number: number;
  /** Bytes of its file. */
  readonly size: number;
  readonly smallest: InternalKey;
  readonly largest: InternalKey;
}

export interface Manifest {
  readonly tables: readonly TableEntry[];
  /** Logs with a lower number are written out already. */
  readonly logNumber: number;
  /** Of the newest change that is written out. LevelDB shows nothing that is newer than this and its logs. */
  readonly lastSequence: number;
}

/** What the edits add up to. */
interface Sum {
  readonly tables: Map<string, TableEntry>;
  logNumber: number;
  lastSequence: number;
}

/** @throws Malformed when it is not whole, or describes tables that cannot be together */
export function readManifest(bytes: Uint8Array): Manifest {
  const { records, hasGap } = readLogRecords(bytes);
  if (hasGap) throw new Malformed("manifest with a gap");
  const sum: Sum = { tables: new Map(), logNumber: 0, lastSequence: 0 };
  for (const record of records) {
    const reader = new ByteReader(record);
    while (!reader.isDone) applyEdit(reader, sum);
  }
  const tables = [...sum.tables.values()];
  checkOverlaps(tables);
  return { ...sum, tables };
}

function applyEdit(reader: ByteReader, sum: Sum): void {
  switch (reader.varint()) {
    case 1:
      reader.prefixed();
      return;
    case 2:
      sum.logNumber = reader.varint();
      return;
    case 3:
    case 9:
      reader.varint();
      return;
    case 4:
      sum.lastSequence = reader.varint();
      return;
    case 5:
      readLevel(reader);
      reader.prefixed();
      return;
    case 6:
      sum.tables.delete(`${readLevel(reader)}/${reader.varint()}`);
      return;
    case 7: {
      const [level, number, size] = [readLevel(reader), reader.varint(), reader.varint()];
      const [smallest, largest] = [parseInternalKey(reader.prefixed()), parseInternalKey(reader.prefixed())];
      sum.tables.set(`${level}/${number}`, { level, number, size, smallest, largest });
      return;
    }
    default:
      throw new Malformed("unknown edit");
  }
}

function readLevel(reader: ByteReader): number {
  const level = reader.varint();
  if (level >= LEVELS) throw new Malformed("level too high");
  return level;
}

/** Below level 0 no two tables of a level may overlap: LevelDB aborts the process when they do. */
function checkOverlaps(tables: readonly TableEntry[]): void {
  for (let level = 1; level < LEVELS; level += 1) {
    const sorted = tables
      .filter((table) => table.level === level)
      .toSorted((a, b) => compareInternalKeys(a.smallest, b.smallest));
    for (const [index, { smallest }] of sorted.entries()) {
      const before = sorted[index - 1];
      if (before !== undefined && compareBytes(before.largest.userKey, smallest.userKey) >= 0) {
        throw new Malformed("tables overlap");
      }
    }
  }
}
