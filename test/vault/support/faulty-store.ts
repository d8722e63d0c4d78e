/** A real store whose disk fails when a test says so. */
import { KeepsakeError } from "../../../src/base/errors.ts";
import type { ErrorCode } from "../../../src/base/errors.ts";
import { levelStoreOpener } from "../../../src/store/level-store.ts";
import type { RecordStore, StoreOpener, StoreOperation } from "../../../src/store/record-store.ts";

export interface Fault {
  readonly code: ErrorCode;
  /** Whether the batch is written all the same: what was refused may be there after the store is opened again. */
  readonly isWritten?: boolean;
}

export class FaultyDisk {
  /** Asked before every batch; a fault makes it fail. */
  onBatch: (operations: readonly StoreOperation[], folder: string) => Fault | undefined = () => undefined;
  /** Asked before every opening. */
  onOpen: (folder: string) => ErrorCode | undefined = () => undefined;
  /** Runs before every opening, while the store is closed. */
  beforeOpen: (folder: string) => Promise<void> | void = () => {};
  /** Runs after every batch, before it resolves. */
  afterBatch: (folder: string) => Promise<void> | void = () => {};
  /** Runs before every value or page is read. */
  beforeRead: (kind: "get" | "entries") => Promise<void> | void = () => {};
  /** Runs after every page of entries is read, before anybody has it. */
  afterEntries: () => Promise<void> | void = () => {};
  /** Whether keys have to be asked for page by page. */
  isWalkRefused = false;
  opened = 0;
  readonly #real = levelStoreOpener({ syncLiveLog: false });

  readonly opener: StoreOpener = {
    open: async (folder, options) => {
      await this.beforeOpen(folder);
      const code = this.onOpen(folder);
      if (code !== undefined) throw new KeepsakeError(code);
      this.opened += 1;
      return this.#wrap(await this.#real.open(folder, options), folder);
    },
    salvage: async (damaged, folder) => this.#wrap(await this.#real.salvage(damaged, folder), folder),
  };

  #wrap(store: RecordStore, folder: string): RecordStore {
    return {
      batch: async (operations) => {
        const fault = this.onBatch(operations, folder);
        if (fault === undefined || fault.isWritten === true) await store.batch(operations);
        if (fault !== undefined) throw new KeepsakeError(fault.code);
        await this.afterBatch(folder);
      },
      get: async (key) => {
        await this.beforeRead("get");
        return store.get(key);
      },
      getMany: (keys) => store.getMany(keys),
      keys: (request) => store.keys(request),
      entries: async (request) => {
        await this.beforeRead("entries");
        const page = await store.entries(request);
        await this.afterEntries();
        return page;
      },
      walkKeys: async (visit) => !this.isWalkRefused && (await store.walkKeys(visit)),
      approximateBytes: (range) => store.approximateBytes(range),
      close: () => store.close(),
    };
  }
}

/** Waits until something holds. */
export async function until(holds: () => boolean, withinMs = 60_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error("it did not come to that in time");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
