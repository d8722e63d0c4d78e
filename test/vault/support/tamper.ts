/** Real manipulation of a closed vault's store, through a second handle. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { parseRecordId } from "../../../src/base/record-id.ts";
import { levelStoreOpener } from "../../../src/store/level-store.ts";
import type { RecordStore, StoreEntry } from "../../../src/store/record-store.ts";
import { KEYSPACE_BYTES, keyspaceRange } from "../../../src/vault/written/keyspaces.ts";
import { storeKey } from "../../../src/vault/written/store-key.ts";
import type { RecordId } from "../../../src/vault/vault.ts";

const opener = levelStoreOpener({ syncLiveLog: false });

/** Opens the newest store of a closed vault for the length of `change`. */
export async function tamper<T>(directory: string, change: (store: RecordStore) => Promise<T>): Promise<T> {
  const stores = (await readdir(directory)).filter((name) => /^store\.\d+$/.test(name));
  const newest = stores.toSorted((a, b) => Number(a.slice(6)) - Number(b.slice(6))).at(-1);
  if (newest === undefined) throw new Error("no store");
  const store = await opener.open(join(directory, newest), { create: false });
  try {
    return await change(store);
  } finally {
    await store.close();
  }
}

export function memoryKey(id: RecordId): Uint8Array {
  return storeKey(KEYSPACE_BYTES.memory, parseRecordId(id));
}

export async function entriesOf(
  store: RecordStore,
  keyspace: keyof typeof KEYSPACE_BYTES,
): Promise<readonly StoreEntry[]> {
  const { items } = await store.entries({ ...keyspaceRange(KEYSPACE_BYTES[keyspace]), limit: 100_000 });
  return items;
}

export async function removeAll(store: RecordStore, keyspace: keyof typeof KEYSPACE_BYTES): Promise<void> {
  const entries = await entriesOf(store, keyspace);
  await store.batch(entries.map(({ key }) => ({ type: "del", key })));
}
