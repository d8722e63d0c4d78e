/**
 * A record of LevelDB's write log: one batch.
 *
 *   sequence(8) ‖ count(4) ‖ { 1 ‖ key ‖ value | 0 ‖ key } …
 *
 * Lowest byte first; keys and values stand behind their length. Each change takes the next sequence number.
 */
import { ByteReader, Malformed } from "./encoding-reader.ts";
import { REMOVED, STORED } from "./internal-key.ts";
import type { TableRecord } from "./sorted-table.ts";

const NO_BYTES = new Uint8Array(0);

/** @throws Malformed */
export function readWriteBatch(record: Uint8Array): readonly TableRecord[] {
  const reader = new ByteReader(record);
  const first = reader.fixed64();
  const count = reader.fixed32();
  const changes: TableRecord[] = [];
  while (!reader.isDone) {
    const type = reader.byte();
    if (type !== REMOVED && type !== STORED) throw new Malformed("unknown type");
    const userKey = reader.prefixed();
    const value = type === STORED ? reader.prefixed() : NO_BYTES;
    changes.push({ key: { userKey, sequence: first + changes.length, type }, value });
  }
  if (changes.length !== count) throw new Malformed("batch of another count");
  return changes;
}
