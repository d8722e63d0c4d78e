/**
 * Ordered sealed bytes: what the vault needs of a database, and nothing more. A store never sees plaintext and knows
 * nothing of what its keys and values mean.
 *
 * Reading goes in pages that carry no state between them: the next page starts behind the last key of the one before, so
 * a long scan holds no snapshot and goes on over a store that was closed and opened again.
 */

export type StoreOperation =
  | { readonly type: "put"; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: "del"; readonly key: Uint8Array };

export interface StoreEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Keys from `from` (inclusive) to `to` (exclusive), in byte order. */
export interface KeyRange {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
}

export interface PageRequest extends KeyRange {
  /** Only keys behind this one. */
  readonly after?: Uint8Array | undefined;
  /** At most this many, 1 or more. A page also ends after about 1 MiB. */
  readonly limit: number;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Whether there may be more behind the last item. */
  readonly more: boolean;
  /** Whether part of the range could not be read: what is missing is not in any page. */
  readonly damaged: boolean;
}

/** An open store. Its owner closes it once, when no call is under way. */
export interface RecordStore {
  /**
   * Applies all operations or none; durable when it resolves. After a rejection the store must be closed and opened
   * again before it is written to: what was refused may or may not be there then.
   *
   * @throws DISK_FULL, WRITE_FAILED
   */
  batch(operations: readonly StoreOperation[]): Promise<void>;
  /** @throws RECORD_DAMAGED when the place of the value cannot be read */
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  /** The values in the order of `keys`; undefined for those that are not there or cannot be read. */
  getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]>;
  keys(request: PageRequest): Promise<Page<Uint8Array>>;
  entries(request: PageRequest): Promise<Page<StoreEntry>>;
  /**
   * Visits every key once, in byte order, much faster than `keys`, while nobody writes.
   *
   * @param visit - the key is the first `length` bytes, which are overwritten afterwards
   * @returns false when that cannot be done now: what was visited then says nothing, and `keys` has to be asked
   */
  walkKeys(visit: (bytes: Uint8Array, length: number) => void): Promise<boolean>;
  /** Roughly how many bytes a range takes on disk. */
  approximateBytes(range: KeyRange): Promise<number>;
  close(): Promise<void>;
}

export interface StoreOpener {
  /**
   * @param options - `create`: whether to make a store where there is none
   * @throws VAULT_DAMAGED when the store's own files are missing or inconsistent, DISK_FULL, WRITE_FAILED, BUSY when
   *   another process has it open, UNSAFE_PATH
   */
  open(folder: string, options: { readonly create: boolean }): Promise<RecordStore>;
  /**
   * Makes a store of whatever can be read from one that does not open, which stays as it is. What comes out may lack
   * records, and hold some that were removed.
   *
   * @param folder - of the new store; must not exist yet
   * @throws DISK_FULL, WRITE_FAILED, UNSAFE_PATH
   */
  salvage(damagedFolder: string, folder: string): Promise<RecordStore>;
}
