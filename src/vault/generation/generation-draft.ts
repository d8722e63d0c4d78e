/**
 * The next generation in the making: a store of its own that nobody reads yet, filled with records sealed anew. One batch
 * is sealed while the one before is written.
 */
import { MultisetHash } from "../../crypto/multiset-hash.ts";
import { tagOfSealed } from "../../crypto/record-seal.ts";
import type { RecordStore, StoreOperation } from "../../store/record-store.ts";
import { Directories } from "../written/directories.ts";
import { hashedElement } from "../written/head.ts";
import type { JournalChange } from "../written/journal.ts";
import { idOfKey, storeKey } from "../written/store-key.ts";
import { SHORT_TAG_BYTES } from "../written/record-directory.ts";
import type { RecordSealer } from "../written/record-sealer.ts";

/** LevelDB takes a batch over in one go. */
const BATCH_BYTES = 256 << 10;

export class GenerationDraft {
  readonly store: RecordStore;
  readonly sealer: RecordSealer;
  readonly directories = new Directories();
  readonly #hash: MultisetHash;
  #operations: StoreOperation[] = [];
  #bytes = 0;
  /** The batch under way. */
  #writing: Promise<void> = Promise.resolve();
  #isStale = false;

  /** @param hashKey - 32 bytes, of the head's hash; the caller keeps and wipes it */
  constructor(store: RecordStore, sealer: RecordSealer, hashKey: Uint8Array) {
    this.store = store;
    this.sealer = sealer;
    this.#hash = new MultisetHash(hashKey);
  }

  /** 32 bytes, of the head's hash over the records put so far. */
  get hash(): Uint8Array {
    return this.#hash.digest();
  }

  /** Whether something was put and then replaced or removed: its bytes are still in the store's files. */
  get isStale(): boolean {
    return this.#isStale;
  }

  /** @param key - in the store, of a counted keyspace; @returns what the journal says of it */
  async put(key: Uint8Array, plaintext: Uint8Array): Promise<JournalChange> {
    this.#forget(key);
    const value = this.sealer.seal(key[0]!, idOfKey(key)!, plaintext);
    const tag = tagOfSealed(value).slice(0, SHORT_TAG_BYTES);
    this.#hash.add(hashedElement(key, tag));
    this.directories.apply(key, tag);
    await this.raw({ type: "put", key, value });
    return { key, tag };
  }

  /** @returns what the journal says of it */
  async remove(key: Uint8Array): Promise<JournalChange> {
    if (this.#forget(key)) await this.raw({ type: "del", key });
    return { key, tag: undefined };
  }

  /** Seals something that the head does not count. */
  async putOwn(keyspaceByte: number, id: Uint8Array, plaintext: Uint8Array): Promise<void> {
    const value = this.sealer.seal(keyspaceByte, id, plaintext);
    await this.raw({ type: "put", key: storeKey(keyspaceByte, id), value });
  }

  async raw(operation: StoreOperation): Promise<void> {
    this.#operations.push(operation);
    this.#bytes += operation.type === "put" ? operation.value.length : 0;
    if (this.#bytes >= BATCH_BYTES) await this.#handOver();
  }

  /** Makes everything so far durable. @throws DISK_FULL, WRITE_FAILED */
  async flush(): Promise<void> {
    await this.#handOver();
    await this.#writing;
  }

  /** Closes the store once nothing is being written to it. */
  async abandon(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.store.close();
  }

  /** Gives the store what has gathered, once it is done with what it got before. */
  async #handOver(): Promise<void> {
    await this.#writing;
    const operations = this.#operations;
    this.#operations = [];
    this.#bytes = 0;
    if (operations.length === 0) return;
    this.#writing = this.store.batch(operations);
    // Told to whoever hands over the next one.
    this.#writing.catch(() => undefined);
  }

  #forget(key: Uint8Array): boolean {
    const tag = this.directories.tagOf(key);
    if (tag === undefined) return false;
    this.#hash.remove(hashedElement(key, tag));
    this.directories.apply(key, undefined);
    this.#isStale = true;
    return true;
  }
}
