/**
 * A checkpoint: the record directory and whatever the service wants back at the next unlock, as of one sequence number.
 *
 *   manifest   version(1) ‖ checkpoint id(16) ‖ sequence(8) ‖ pages(4) ‖ chunks(4)
 *   page       keyspace(1) ‖ { id(16) ‖ tag(8) } …
 *   chunk      bytes of the service
 *
 * Each is a sealed record of the checkpoint keyspace, bound to the generation like every record, outside the head's count
 * and hash. The manifest has the one fixed id, so it replaces the one before in a single batch; the other ids are derived
 * from the checkpoint's id under a key. Pages may already hold changes behind the sequence number: the journal from there
 * on is applied on top and says the same.
 */
import { concatBytes, encodeParts, readUint32, uint32, uint64, utf8 } from "../../base/bytes.ts";
import { KeepsakeError } from "../../base/errors.ts";
import { RECORD_ID_BYTES } from "../../base/record-id.ts";
import type { Secret } from "../../base/secret.ts";
import { hmacSha256 } from "../../crypto/hmac.ts";
import type { Directories } from "./directories.ts";
import { COUNTED_KEYSPACES, countedKeyspace, KEYSPACE_BYTES } from "./keyspaces.ts";
import { SINGLE_ID, storeKey } from "./store-key.ts";
import { DIRECTORY_ENTRY_BYTES, SHARDS } from "./record-directory.ts";

const MANIFEST_VERSION = 1;
const MANIFEST_BYTES = 1 + RECORD_ID_BYTES + 8 + 4 + 4;
const PAGE_BYTES = 128 << 10;

export const MANIFEST_KEY = storeKey(KEYSPACE_BYTES.checkpoint, SINGLE_ID);

export interface Manifest {
  /** 16 random bytes. */
  readonly checkpointId: Uint8Array;
  /** The journal goes on behind this. */
  readonly sequence: number;
  readonly pages: number;
  readonly chunks: number;
}

export type CheckpointPart = "page" | "chunk";

export function encodeManifest({ checkpointId, sequence, pages, chunks }: Manifest): Uint8Array {
  return concatBytes(
    Uint8Array.of(MANIFEST_VERSION),
    checkpointId,
    uint64(sequence),
    uint32(pages),
    uint32(chunks),
  );
}

/** @throws VAULT_DAMAGED when the bytes are not a manifest of this version */
export function decodeManifest(bytes: Uint8Array): Manifest {
  if (bytes.length !== MANIFEST_BYTES || bytes[0] !== MANIFEST_VERSION) {
    throw new KeepsakeError("VAULT_DAMAGED");
  }
  return {
    checkpointId: bytes.slice(1, 1 + RECORD_ID_BYTES),
    sequence: readUint32(bytes, 17) * 2 ** 32 + readUint32(bytes, 21),
    pages: readUint32(bytes, 25),
    chunks: readUint32(bytes, 29),
  };
}

/** @param key - of the vault's checkpoints; the caller keeps and wipes it */
export function partId(
  key: Secret,
  checkpointId: Uint8Array,
  part: CheckpointPart,
  index: number,
): Uint8Array {
  const name = encodeParts(checkpointId, utf8(part), uint32(index));
  return hmacSha256(key.bytes, name).slice(0, RECORD_ID_BYTES);
}

/** Keys of everything a checkpoint consists of but its manifest. */
export function* partKeys(
  key: Secret,
  { checkpointId, pages, chunks }: Omit<Manifest, "sequence">,
): Iterable<Uint8Array> {
  for (const [part, count] of [["page", pages] as const, ["chunk", chunks] as const]) {
    for (let index = 0; index < count; index += 1) {
      yield storeKey(KEYSPACE_BYTES.checkpoint, partId(key, checkpointId, part, index));
    }
  }
}

/** The directory as pages of about 128 KiB. It may change between two of them. */
export function* directoryPages(directories: Directories): Iterable<Uint8Array> {
  for (const keyspace of COUNTED_KEYSPACES) {
    let parts: Uint8Array[] = [];
    let bytes = 0;
    for (let shard = 0; shard < SHARDS; shard += 1) {
      const packed = directories.of(keyspace).packShard(shard);
      parts.push(packed);
      bytes += packed.length;
      if (bytes < PAGE_BYTES && shard < SHARDS - 1) continue;
      if (bytes > 0) yield concatBytes(Uint8Array.of(KEYSPACE_BYTES[keyspace]), ...parts);
      parts = [];
      bytes = 0;
    }
  }
}

/** @throws VAULT_DAMAGED when the bytes are not a page */
export function applyPage(directories: Directories, page: Uint8Array): void {
  const entries = page.subarray(1);
  if (page.length === 0 || entries.length % DIRECTORY_ENTRY_BYTES !== 0) {
    throw new KeepsakeError("VAULT_DAMAGED");
  }
  // Keyspaces that the head does not count have no directory.
  const keyspace = countedKeyspace(page[0]!);
  if (keyspace !== undefined) directories.of(keyspace).setPacked(entries);
}
