/**
 * A file of the drop folder, `drop/<32 hexadecimal digits>.entries`: entries of the inbox that a program here sealed by itself,
 * since it could reach no daemon.
 *
 *   version(1) = 1 ‖ count(4) ‖ count × [ entry id(16) ‖ length(4) ‖ entry(length) ] ‖ SHA-256 of all before(32)
 *
 * Integers are big-endian; an entry is one of version 2 as in `inbox-layout.ts`, and all of a file name one pair. The hash needs no
 * key and tells a file that was cut or damaged. Who sealed an entry, and for which vault and pair, the entry itself says.
 */
import { concatBytes, equalBytes, readUint32, uint32 } from "../../base/bytes.ts";
import { RECORD_ID_BYTES } from "../../base/record-id.ts";
import { SHA256_BYTES, sha256 } from "../../crypto/hmac.ts";
import type { StoreEntry } from "../../store/record-store.ts";
import { epochOfEntry, isOfAuthor, isNote } from "./inbox-layout.ts";
import { KEYSPACE_BYTES } from "./keyspaces.ts";
import { idOfKey, storeKey } from "./store-key.ts";

/** In the vault's folder, 0700. */
export const DROP_FOLDER = "drop";
/** More than what one capture of the largest frame is, sealed. */
export const MAX_DROP_FILE_BYTES = 2 << 20;
/** How many files wait at most. */
export const MAX_DROP_FILES = 10_000;

const DROP_VERSION = 1;
const ENTRIES_START = 1 + 4;
const HEADER_BYTES = RECORD_ID_BYTES + 4;
const FILE_NAME = /^[0-9a-f]{32}\.entries$/;

export function isDropFileName(name: string): boolean {
  return FILE_NAME.test(name);
}

/** @param random - 16 bytes */
export function dropFileName(random: Uint8Array): string {
  return `${Buffer.from(random).toString("hex")}.entries`;
}

/** @param entries - of the inbox, one or more */
export function encodeDropFile(entries: readonly StoreEntry[]): Uint8Array {
  const body = concatBytes(
    Uint8Array.of(DROP_VERSION),
    uint32(entries.length),
    ...entries.flatMap(({ key, value }) => [idOfKey(key)!, uint32(value.length), value]),
  );
  return concatBytes(body, sha256(body));
}

/** @returns entries as they go into the inbox; undefined when the bytes are not a whole file of this version */
export function decodeDropFile(bytes: Uint8Array): readonly StoreEntry[] | undefined {
  const end = bytes.length - SHA256_BYTES;
  if (end < ENTRIES_START || bytes[0] !== DROP_VERSION) return undefined;
  if (!equalBytes(sha256(bytes.subarray(0, end)), bytes.subarray(end))) return undefined;
  const entries: StoreEntry[] = [];
  let offset = ENTRIES_START;
  while (offset + HEADER_BYTES <= end) {
    const id = bytes.slice(offset, offset + RECORD_ID_BYTES);
    const start = offset + HEADER_BYTES;
    offset = start + readUint32(bytes, start - 4);
    entries.push({ key: storeKey(KEYSPACE_BYTES.inbox, id), value: bytes.slice(start, offset) });
  }
  const isWhole = offset === end && entries.length === readUint32(bytes, 1) && entries.length > 0;
  return isWhole && areTurnsOfOnePair(entries) ? entries : undefined;
}

function areTurnsOfOnePair(entries: readonly StoreEntry[]): boolean {
  const [first] = entries;
  const epoch = first && epochOfEntry(first.value);
  return entries.every(({ value }) => isOfAuthor(value) && !isNote(value) && epochOfEntry(value) === epoch);
}
