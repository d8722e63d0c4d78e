/**
 * Reading records: what comes out authenticates in its place and is the newest version the directory knows. Anything else
 * in a live record's place is damage, noted and never returned.
 *
 * A value and the directory may differ for the moment between a batch becoming visible in the store and its being
 * applied. A reader that meets a difference waits for the batch under way and looks again.
 */
import { hasCode, KeepsakeError } from "../../base/errors.ts";
import { parseRecordId } from "../../base/record-id.ts";
import { tagOfSealed } from "../../crypto/record-seal.ts";
import type { Page, PageRequest } from "../../store/record-store.ts";
import { KEYSPACE_BYTES } from "../written/keyspaces.ts";
import { idOfKey, storeKey } from "../written/store-key.ts";
import { pagesOfEntries } from "../written/paging.ts";
import type { ReadWriteLock } from "../../base/turns/read-write-lock.ts";
import type { Directories } from "../written/directories.ts";
import type { DamageRegister } from "./damage.ts";
import type { Era } from "./era.ts";
import type { Keyspace, RecordId } from "../vault.ts";

/** What is in a record's place. */
type Look =
  | { readonly kind: "record"; readonly plaintext: Uint8Array }
  /** The record is not live. */
  | { readonly kind: "absent" }
  /** The record is live, and there is nothing. */
  | { readonly kind: "missing" }
  /** The record is live, and there is something else. */
  | { readonly kind: "different" };

interface Looked {
  readonly key: Uint8Array;
  readonly look: Look;
}

export interface OpenedRecord {
  /** In the store. */
  readonly key: Uint8Array;
  readonly plaintext: Uint8Array;
}

/** What is read, and what should be there. */
export interface ReadableState {
  readonly era: ReadWriteLock<Era>;
  readonly directories: Directories;
  readonly damage: DamageRegister;
}

export class VaultReader {
  readonly #state: ReadableState;
  readonly #settled: () => Promise<void>;

  /** @param settled - resolves when the batch under way, if any, has been applied */
  constructor(state: ReadableState, settled: () => Promise<void>) {
    this.#state = state;
    this.#settled = settled;
  }

  has(keyspace: Keyspace, id: RecordId): boolean {
    return this.#state.directories.has(storeKey(KEYSPACE_BYTES[keyspace], parseRecordId(id)));
  }

  /** Whether it was found that nothing is in the place of a live record. */
  lacks(keyspace: Keyspace, id: RecordId): boolean {
    return this.#state.damage.isMissing(storeKey(KEYSPACE_BYTES[keyspace], parseRecordId(id)));
  }

  /** @throws RECORD_DAMAGED */
  async read(keyspace: Keyspace, id: RecordId): Promise<Uint8Array | undefined> {
    return this.readKey(storeKey(KEYSPACE_BYTES[keyspace], parseRecordId(id)));
  }

  /** @param key - in the store, of a counted keyspace; @throws RECORD_DAMAGED */
  async readKey(key: Uint8Array): Promise<Uint8Array | undefined> {
    const { era } = this.#state;
    for (let looks = 1; ; looks += 1) {
      const expected = this.#state.directories.tagOf(key);
      const look = await era.use(({ store, sealer }) => this.#look(store, sealer, key));
      if (look.kind === "record") {
        this.#state.damage.clear(key);
        return look.plaintext;
      }
      if (look.kind === "absent") {
        if (this.#state.damage.has(key)) throw new KeepsakeError("RECORD_DAMAGED");
        return undefined;
      }
      const isStillExpected = expected !== undefined && this.#state.directories.isNewest(key, expected);
      if (looks > 1 && isStillExpected) {
        if (look.kind === "missing") this.#state.damage.noteMissing(key);
        else this.#state.damage.noteUnreadable(key);
        throw new KeepsakeError("RECORD_DAMAGED");
      }
      await this.#settled();
    }
  }

  /** Every record of a keyspace that authenticates, a page at a time; the others are noted as damage. */
  async *pages(keyspace: Keyspace): AsyncIterable<readonly OpenedRecord[]> {
    for await (const looks of pagesOfEntries((request) => this.#fetch(request), KEYSPACE_BYTES[keyspace])) {
      yield await this.#resolve(looks);
    }
  }

  /**
   * Looks at one page of records; those that do not authenticate are noted as damage.
   *
   * @returns the key behind which the next page begins, undefined when this was the last one
   */
  async openPage(request: PageRequest): Promise<Uint8Array | undefined> {
    const { items, more } = await this.#fetch(request);
    for (const { plaintext } of await this.#resolve(items)) plaintext.fill(0);
    return more ? items.at(-1)?.key : undefined;
  }

  async #fetch(request: PageRequest): Promise<Page<Looked>> {
    return this.#state.era.use(async ({ store, sealer }) => {
      const page = await store.entries(request);
      const items = page.items.map(({ key, value }) => ({ key, look: this.#open(sealer, key, value) }));
      return { ...page, items };
    });
  }

  async #resolve(looked: readonly Looked[]): Promise<readonly OpenedRecord[]> {
    const records: OpenedRecord[] = [];
    for (const { key, look } of looked) {
      if (look.kind === "record") {
        this.#state.damage.clear(key);
        records.push({ key, plaintext: look.plaintext });
      }
      if (look.kind !== "different") continue;
      const plaintext = await this.#readOrNote(key);
      if (plaintext !== undefined) records.push({ key, plaintext });
    }
    return records;
  }

  async #readOrNote(key: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      return await this.readKey(key);
    } catch (error) {
      if (hasCode(error, "RECORD_DAMAGED")) return undefined;
      throw error;
    }
  }

  async #look(store: Era["store"], sealer: Era["sealer"], key: Uint8Array): Promise<Look> {
    if (!this.#state.directories.has(key)) return { kind: "absent" };
    try {
      const value = await store.get(key);
      return value === undefined ? { kind: "missing" } : this.#open(sealer, key, value);
    } catch (error) {
      if (hasCode(error, "RECORD_DAMAGED")) return { kind: "different" };
      throw error;
    }
  }

  #open(sealer: Era["sealer"], key: Uint8Array, value: Uint8Array): Look {
    const { directories } = this.#state;
    if (!directories.has(key)) return { kind: "absent" };
    try {
      if (!directories.isNewest(key, tagOfSealed(value))) return { kind: "different" };
      return { kind: "record", plaintext: sealer.open(key[0]!, idOfKey(key)!, value) };
    } catch {
      return { kind: "different" };
    }
  }
}
