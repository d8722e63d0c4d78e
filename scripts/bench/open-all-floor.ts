/** Opening sealed records and nothing else: the floor of whatever must read the whole vault. */
import { openRecord, sealRecord } from "../../src/crypto/record-seal.ts";
import { systemRandomness } from "../../src/crypto/random.ts";

const RECORD_BYTES = 512;
const DISTINCT = 1_000;

/** Milliseconds to open `count` records of 512 bytes that are in memory. */
export function openAllFloor(count: number): number {
  const key = new Uint8Array(32).fill(7);
  const records = Array.from({ length: DISTINCT }, (_, index) => {
    const recordId = new Uint8Array(16).fill(index % 256);
    const identity = { vaultId: new Uint8Array(16), generation: 1, keyspace: 1, recordId, schemaVersion: 1 };
    return { identity, sealed: sealRecord(key, identity, 1, new Uint8Array(RECORD_BYTES), systemRandomness) };
  });
  const start = performance.now();
  for (let index = 0; index < count; index++) {
    const record = records[index % DISTINCT];
    if (record !== undefined) openRecord(key, record.identity, record.sealed);
  }
  return performance.now() - start;
}
