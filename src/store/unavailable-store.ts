/** What stands in for a store that could not be opened again: every call rejects with why. */
import type { RecordStore } from "./record-store.ts";

export function unavailableStore(why: Error): RecordStore {
  const refuse = () => Promise.reject(why);
  return {
    batch: refuse,
    get: refuse,
    getMany: refuse,
    keys: refuse,
    entries: refuse,
    walkKeys: refuse,
    approximateBytes: refuse,
    close: () => Promise.resolve(),
  };
}
