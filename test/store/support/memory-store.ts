/** A record store in memory: for tests of what stands on a store, and the second subject of the contract. */
import { KeepsakeError } from "../../../src/base/errors.ts";
import type {
  KeyRange,
  Page,
  PageRequest,
  RecordStore,
  StoreEntry,
  StoreOpener,
  StoreOperation,
} from "../../../src/store/record-store.ts";

const PAGE_BYTES = 1 << 20;

export class MemoryStore implements RecordStore {
  readonly #entries: Map<string, StoreEntry>;
  #isOpen = true;

  constructor(entries: Map<string, StoreEntry> = new Map()) {
    this.#entries = entries;
  }

  async batch(operations: readonly StoreOperation[]): Promise<void> {
    this.#check();
    for (const operation of operations) {
      const name = nameOf(operation.key);
      if (operation.type === "del") this.#entries.delete(name);
      else this.#entries.set(name, { key: operation.key.slice(), value: operation.value.slice() });
    }
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    this.#check();
    return this.#entries.get(nameOf(key))?.value.slice();
  }

  async getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    return Promise.all(keys.map((key) => this.get(key)));
  }

  async keys(request: PageRequest): Promise<Page<Uint8Array>> {
    const { items, ...page } = this.#page(request);
    return { ...page, items: items.map(({ key }) => key) };
  }

  async entries(request: PageRequest): Promise<Page<StoreEntry>> {
    return this.#page(request);
  }

  async walkKeys(visit: (bytes: Uint8Array, length: number) => void): Promise<boolean> {
    this.#check();
    for (const name of [...this.#entries.keys()].toSorted()) {
      const { key } = this.#entries.get(name)!;
      visit(key.slice(), key.length);
    }
    return true;
  }

  async approximateBytes(range: KeyRange): Promise<number> {
    return this.#page({ ...range, limit: Number.MAX_SAFE_INTEGER }, Number.MAX_SAFE_INTEGER).items.reduce(
      (sum, { key, value }) => sum + key.length + value.length,
      0,
    );
  }

  async close(): Promise<void> {
    this.#isOpen = false;
  }

  #page({ from, to, after, limit }: PageRequest, bytesMost: number = PAGE_BYTES): Page<StoreEntry> {
    this.#check();
    const [first, end] = [nameOf(from), nameOf(to)];
    const names = [...this.#entries.keys()]
      .filter((name) => name >= first && name < end && (after === undefined || name > nameOf(after)))
      .toSorted();
    const items: StoreEntry[] = [];
    let bytes = 0;
    for (const name of names) {
      const { key, value } = this.#entries.get(name)!;
      items.push({ key: key.slice(), value: value.slice() });
      bytes += key.length + value.length;
      if (items.length === limit || bytes > bytesMost) break;
    }
    return { items, more: items.length > 0, damaged: false };
  }

  #check(): void {
    if (!this.#isOpen) throw new KeepsakeError("WRITE_FAILED", "the store is closed");
  }
}

/** Stores by folder that outlive their being closed. */
export function memoryStoreOpener(): StoreOpener {
  const stores = new Map<string, Map<string, StoreEntry>>();
  return {
    open: async (folder, { create }) => {
      const entries = stores.get(folder) ?? (create ? new Map<string, StoreEntry>() : undefined);
      if (entries === undefined) throw new KeepsakeError("VAULT_INCOMPLETE", `${folder} is missing`);
      stores.set(folder, entries);
      return new MemoryStore(entries);
    },
    salvage: async (damagedFolder, folder) => {
      const entries = new Map(stores.get(damagedFolder));
      stores.set(folder, entries);
      return new MemoryStore(entries);
    },
  };
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key).toString("hex");
}
