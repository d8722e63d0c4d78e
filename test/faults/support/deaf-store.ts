/** A store that takes every failed write for a successful one: what the vault must never do. */
import { levelStoreOpener } from "../../../src/store/level-store.ts";
import type { RecordStore, StoreOpener } from "../../../src/store/record-store.ts";

export function deafOpener(): StoreOpener {
  const opener = levelStoreOpener({ syncLiveLog: false });
  return {
    open: async (folder, options) => deaf(await opener.open(folder, options)),
    salvage: async (damaged, folder) => deaf(await opener.salvage(damaged, folder)),
  };
}

function deaf(store: RecordStore): RecordStore {
  return {
    batch: (operations) => store.batch(operations).catch(() => undefined),
    get: (key) => store.get(key),
    getMany: (keys) => store.getMany(keys),
    keys: (request) => store.keys(request),
    entries: (request) => store.entries(request),
    walkKeys: (visit) => store.walkKeys(visit),
    approximateBytes: (range) => store.approximateBytes(range),
    close: () => store.close(),
  };
}
