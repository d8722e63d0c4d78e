/**
 * The manifest: a log of edits that add up to the tables of a store, level by level.
 *
 *   { comparator 1 text | log number 2 n | next file 3 n | last sequence 4 n | compact pointer 5 level key
 *     | deleted file 6 level n | new file 7 level n size smallest largest | previous log 9 n } …
 */
import { ByteReader, Malformed } from "./byte-reader.ts";
import type { InternalKey } from "./internal-key.ts";
import { compareBytes, compareInternalKeys, parseInternalKey } from "./internal-key.ts";
import { readLogRecords } from "./log-records.ts";

const LEVELS = 7;

/** A table as the manifest describes it. */
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
}

/** @throws Malformed when it is not whole, or describes tables that cannot be together */
export function readManifest(bytes: Uint8Array): Manifest {
  const { records, hasGap } = readLogRecords(bytes);
  if (hasGap) throw new Malformed("manifest with a gap");
  const tables = new Map<string, TableEntry>();
  let logNumber = 0;
  for (const record of records) {
    const reader = new ByteReader(record);
    while (!reader.isDone) logNumber = applyEdit(reader, tables) ?? logNumber;
  }
  checkOverlaps([...tables.values()]);
  return { tables: [...tables.values()], logNumber };
}

/** @returns the log number, when the edit sets it */
function applyEdit(reader: ByteReader, tables: Map<string, TableEntry>): number | undefined {
  switch (reader.varint()) {
    case 1:
      reader.prefixed();
      return undefined;
    case 2:
      return reader.varint();
    case 3:
    case 4:
    case 9:
      reader.varint();
      return undefined;
    case 5:
      readLevel(reader);
      reader.prefixed();
      return undefined;
    case 6:
      tables.delete(`${readLevel(reader)}/${reader.varint()}`);
      return undefined;
    case 7: {
      const [level, number, size] = [readLevel(reader), reader.varint(), reader.varint()];
      const [smallest, largest] = [parseInternalKey(reader.prefixed()), parseInternalKey(reader.prefixed())];
      tables.set(`${level}/${number}`, { level, number, size, smallest, largest });
      return undefined;
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
