/**
 * The record store on LevelDB (`level` → classic-level 3 → LevelDB 1.20).
 *
 * Every batch is synced before it is acknowledged. Compression is off: sealed bytes do not shrink, and sizes would say
 * something about content. LevelDB checks no checksums on reading here and reports little of what it drops; the vault
 * above authenticates every value and counts what should be there.
 */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { Level } from "level";
import { KeepsakeError } from "../base/errors.ts";
import { systemErrorCode } from "../base/logger.ts";
import {
  checkPrivateDirectory,
  checkPrivateFile,
  ensurePrivateDirectory,
  syncDirectory,
} from "../platform/private-files.ts";
import { GatheredReads } from "./gathered-reads.ts";
import { isSound } from "./leveldb/inspection.ts";
import { walkLiveKeys } from "./leveldb/live-keys.ts";
import type { VisitKey } from "./leveldb/live-keys.ts";
import { salvageEntries } from "./leveldb/salvage.ts";
import { holdsRecords, isStoreFile } from "./leveldb/store-files.ts";
import { LiveLog } from "./live-log.ts";
import type {
  KeyRange,
  Page,
  PageRequest,
  RecordStore,
  StoreEntry,
  StoreOpener,
  StoreOperation,
} from "./record-store.ts";
import { openError, writeError } from "./store-error.ts";

/** `level` declares what it has in common with browsers; in Node it is `classic-level`, which has these too. */
type Database = Level<Uint8Array, Uint8Array> & {
  approximateSize(start: Uint8Array, end: Uint8Array): Promise<number>;
};
const NodeLevel = Level as unknown as new (location: string, options: object) => Database;

/** Opening writes the last log out as a table, so this also bounds the room an opening needs. */
const WRITE_BUFFER_BYTES = 2 << 20;
const CACHE_BYTES = 8 << 20;
const MAX_OPEN_FILES = 256;
const PAGE_BYTES = 1 << 20;

/** @param options - `syncLiveLog`: also force the live log down after each batch; needed on macOS */
export function levelStoreOpener(options: { readonly syncLiveLog: boolean }): StoreOpener {
  return {
    open: async (folder, { create }) => {
      await checkFolder(folder, create);
      if (!create) await checkSound(folder);
      return openLevel(folder, create, options.syncLiveLog);
    },
    salvage: async (damagedFolder, folder) => {
      const isThere = await exists(damagedFolder);
      if (isThere) await checkFolder(damagedFolder, false);
      await checkFolder(folder, true);
      const store = await openLevel(folder, true, options.syncLiveLog);
      try {
        if (isThere) await fill(store, salvageEntries(damagedFolder));
        return store;
      } catch (error) {
        await store.close();
        throw writeError(error, folder);
      }
    },
  };
}

async function fill(store: RecordStore, pages: AsyncIterable<readonly StoreEntry[]>): Promise<void> {
  for await (const entries of pages) {
    await store.batch(entries.map(({ key, value }) => ({ type: "put", key, value })));
  }
}

async function openLevel(folder: string, create: boolean, syncLiveLog: boolean): Promise<RecordStore> {
  const database = new NodeLevel(folder, {
    keyEncoding: "view",
    valueEncoding: "view",
    compression: false,
    createIfMissing: create,
    writeBufferSize: WRITE_BUFFER_BYTES,
    cacheSize: CACHE_BYTES,
    maxOpenFiles: MAX_OPEN_FILES,
  });
  try {
    await database.open();
    if (create) await syncDirectory(folder);
  } catch (error) {
    await database.close();
    throw openError(error, folder);
  }
  return new LevelStore(database, folder, syncLiveLog ? new LiveLog(folder) : undefined);
}

class LevelStore implements RecordStore {
  readonly #database: Database;
  readonly #folder: string;
  readonly #liveLog: LiveLog | undefined;
  readonly #reads: GatheredReads;

  constructor(database: Database, folder: string, liveLog: LiveLog | undefined) {
    this.#database = database;
    this.#folder = folder;
    this.#liveLog = liveLog;
    this.#reads = new GatheredReads(
      (key) => database.get(key),
      (keys) => database.getMany([...keys]),
    );
  }

  async batch(operations: readonly StoreOperation[]): Promise<void> {
    try {
      await this.#database.batch([...operations], { sync: true });
      await this.#liveLog?.sync();
    } catch (error) {
      throw writeError(error, this.#folder);
    }
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      return plain(await this.#reads.get(key));
    } catch (cause) {
      throw new KeepsakeError("RECORD_DAMAGED", undefined, { cause });
    }
  }

  async getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    return Promise.all(keys.map((key) => this.get(key).catch(() => undefined)));
  }

  async keys(request: PageRequest): Promise<Page<Uint8Array>> {
    return readPage(request.limit, async (limit) => {
      const iterator = this.#database.keys(iteratorOptions(request));
      try {
        return (await iterator.nextv(limit)).map((key) => plain(key));
      } finally {
        await iterator.close();
      }
    });
  }

  async entries(request: PageRequest): Promise<Page<StoreEntry>> {
    return readPage(request.limit, async (limit) => {
      const iterator = this.#database.iterator(iteratorOptions(request));
      try {
        const entries = await iterator.nextv(limit);
        return entries.map(([key, value]) => ({ key: plain(key), value: plain(value) }));
      } finally {
        await iterator.close();
      }
    });
  }

  async walkKeys(visit: VisitKey): Promise<boolean> {
    try {
      const logged = await walkLiveKeys(this.#folder, visit);
      const values = await this.#database.getMany(logged.map(({ key }) => key));
      return logged.every(({ isStored }, index) => (values[index] !== undefined) === isStored);
    } catch {
      // Files that do not hold, or that this database knows nothing of: it will say itself what is there.
      return false;
    }
  }

  async approximateBytes({ from, to }: KeyRange): Promise<number> {
    return this.#database.approximateSize(from, to);
  }

  async close(): Promise<void> {
    await this.#liveLog?.close();
    await this.#database.close();
  }
}

/** LevelDB's binding gives Buffers, whose `slice` is a view where that of other byte arrays is a copy. */
function plain(bytes: Uint8Array): Uint8Array;
function plain(bytes: Uint8Array | undefined): Uint8Array | undefined;
function plain(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes && new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function iteratorOptions({ from, to, after }: PageRequest): {
  readonly gte?: Uint8Array;
  readonly gt?: Uint8Array;
  readonly lt: Uint8Array;
  readonly highWaterMarkBytes: number;
} {
  return { ...(after === undefined ? { gte: from } : { gt: after }), lt: to, highWaterMarkBytes: PAGE_BYTES };
}

/**
 * Reads one page. LevelDB steps over what it cannot read and reports it only with the last items of the range, which it
 * then withholds: asking for fewer and fewer gets at all of them.
 */
async function readPage<Item>(
  limit: number,
  next: (limit: number) => Promise<readonly Item[]>,
): Promise<Page<Item>> {
  for (let asked = limit; asked >= 1; asked = Math.floor(asked / 2)) {
    try {
      const items = await next(asked);
      return { items, more: items.length > 0, damaged: false };
    } catch {
      // Reported below once a single item cannot be had either.
    }
  }
  return { items: [], more: false, damaged: true };
}

/** @throws VAULT_DAMAGED, WRITE_FAILED when that cannot be found out */
async function checkSound(folder: string): Promise<void> {
  const isFit = await isSound(folder).catch((error: unknown) => {
    throw writeError(error, folder);
  });
  if (!isFit) throw new KeepsakeError("VAULT_DAMAGED", `${folder} does not hold a readable store`);
}

/** @throws VAULT_INCOMPLETE when a store that should be there is not, UNSAFE_PATH */
async function checkFolder(folder: string, create: boolean): Promise<void> {
  if (create) return ensurePrivateDirectory(folder);
  if (!(await exists(folder))) throw new KeepsakeError("VAULT_INCOMPLETE", `${folder} is missing`);
  await checkPrivateDirectory(folder);
  const names = (await readdir(folder)).filter((name) => isStoreFile(name));
  if (!names.some((name) => holdsRecords(name))) {
    throw new KeepsakeError("VAULT_INCOMPLETE", `${folder} holds no records`);
  }
  for (const name of names) {
    const path = join(folder, name);
    const found = await lstat(path);
    checkPrivateFile(found, path);
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => systemErrorCode(error) !== "ENOENT",
  );
}
