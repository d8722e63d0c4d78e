/** The record directories of all counted keyspaces, addressed by keys of the store. */
import { RECORD_ID_BYTES } from "../../base/record-id.ts";
import type { CountedKeyspace } from "./keyspaces.ts";
import { COUNTED_KEYSPACES, countedKeyspace, KEYSPACE_BYTES } from "./keyspaces.ts";
import { idOfKey, KEY_BYTES, storeKey } from "./store-key.ts";
import { DIRECTORY_ENTRY_BYTES, RecordDirectory, SHARDS } from "./record-directory.ts";

export interface LiveRecord {
  /** In the store. */
  readonly key: Uint8Array;
  /** 8 bytes. */
  readonly tag: Uint8Array;
}

export class Directories {
  readonly #byKeyspace = new Map(COUNTED_KEYSPACES.map((keyspace) => [keyspace, new RecordDirectory()]));

  of(keyspace: CountedKeyspace): RecordDirectory {
    return this.#byKeyspace.get(keyspace)!;
  }

  get size(): number {
    return COUNTED_KEYSPACES.reduce((sum, keyspace) => sum + this.of(keyspace).size, 0);
  }

  /** Every live record, a 256th of a keyspace at a time. */
  *shards(): Iterable<readonly LiveRecord[]> {
    for (const keyspace of COUNTED_KEYSPACES) {
      for (let shard = 0; shard < SHARDS; shard += 1) {
        const packed = this.of(keyspace).packShard(shard);
        const entries: LiveRecord[] = [];
        for (let offset = 0; offset < packed.length; offset += DIRECTORY_ENTRY_BYTES) {
          const tagAt = offset + RECORD_ID_BYTES;
          const key = storeKey(KEYSPACE_BYTES[keyspace], packed.subarray(offset, tagAt));
          entries.push({ key, tag: packed.subarray(tagAt, offset + DIRECTORY_ENTRY_BYTES) });
        }
        if (entries.length > 0) yield entries;
      }
    }
  }

  /** @param length - of the key, which may stand in the first bytes of a larger buffer */
  has(key: Uint8Array, length: number = key.length): boolean {
    const keyspace = countedKeyspace(key[0] ?? 0);
    return keyspace !== undefined && length === KEY_BYTES && this.of(keyspace).has(key, 1);
  }

  /** @returns 8 bytes, a copy */
  tagOf(key: Uint8Array): Uint8Array | undefined {
    const place = this.#place(key);
    return place?.directory.tagOf(place.id);
  }

  /** Whether the record is live and this is the tag of its newest version. */
  isNewest(key: Uint8Array, tag: Uint8Array): boolean {
    const place = this.#place(key);
    return place !== undefined && place.directory.isNewest(place.id, tag);
  }

  /** Makes the record live in the version of that tag, or removes it. Keys of other keyspaces are ignored. */
  apply(key: Uint8Array, tag: Uint8Array | undefined): void {
    const place = this.#place(key);
    if (place === undefined) return;
    if (tag === undefined) place.directory.delete(place.id);
    else place.directory.set(place.id, tag);
  }

  #place(key: Uint8Array): { readonly directory: RecordDirectory; readonly id: Uint8Array } | undefined {
    const keyspace = countedKeyspace(key[0] ?? 0);
    const id = idOfKey(key);
    return keyspace === undefined || id === undefined ? undefined : { directory: this.of(keyspace), id };
  }
}
