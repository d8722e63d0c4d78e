/** What waits in the inbox, and the tally that goes with every change. Needs no key of the vault. */
import { toHex } from "../../base/bytes.ts";
import type { RecordStore, StoreOperation } from "../../store/record-store.ts";
import type { InboxTally } from "../written/inbox-tally.ts";
import { decodeTally, encodeTally, TALLY_KEY } from "../written/inbox-tally.ts";
import { KEYSPACE_BYTES } from "../written/keyspaces.ts";
import { pagesOfKeys } from "../written/paging.ts";

/** The inbox as the next generation has it. */
export interface CarriedInbox {
  /** What the new store's tally says. */
  readonly tally: InboxTally;
  /** Keys of entries that did not open and are left behind. */
  readonly left: readonly Uint8Array[];
}

export class InboxLedger {
  /** Keys of the store, in hexadecimal. */
  readonly #entries = new Set<string>();
  #tally: InboxTally = { sequence: 0, count: 0 };

  get waiting(): number {
    return this.#entries.size;
  }

  get tally(): InboxTally {
    return this.#tally;
  }

  /** Entries the tally counts beyond those that are there; negative when there are more. */
  get missing(): number {
    return this.#tally.count - this.#entries.size;
  }

  /**
   * Takes stock of a store. Where the tally and what is found differ, the tally stays: the loss shows until a repair.
   *
   * @param filed - the tally of the file beside the store
   */
  async load(store: RecordStore, filed: InboxTally | undefined): Promise<void> {
    this.#entries.clear();
    for await (const keys of pagesOfKeys((request) => store.keys(request), KEYSPACE_BYTES.inbox)) {
      for (const key of keys) this.#entries.add(toHex(key));
    }
    const bytes = await store.get(TALLY_KEY).catch(() => undefined);
    const stored = bytes === undefined ? undefined : decodeTally(bytes);
    const isFileNewer = filed !== undefined && filed.sequence > (stored?.sequence ?? -1);
    this.#tally = (isFileNewer ? filed : stored) ?? { sequence: 0, count: this.#entries.size };
  }

  /** A change in the making. */
  draft(): InboxDraft {
    return new InboxDraft(this.#entries, this.#tally, (tally) => {
      this.#tally = tally;
    });
  }

  /** Moves on to the inbox of the next generation. */
  adopt({ tally, left }: CarriedInbox): void {
    for (const key of left) this.#entries.delete(toHex(key));
    this.#tally = tally;
  }
}

/** Changes of one batch; nothing outside changes before `apply`, which is for after the batch is durable. */
export class InboxDraft {
  readonly #entries: Set<string>;
  readonly #tally: InboxTally;
  readonly #adopt: (tally: InboxTally) => void;
  readonly #added: string[] = [];
  readonly #removed = new Set<string>();
  readonly #operations: StoreOperation[] = [];

  constructor(entries: Set<string>, tally: InboxTally, adopt: (tally: InboxTally) => void) {
    this.#entries = entries;
    this.#tally = tally;
    this.#adopt = adopt;
  }

  add(key: Uint8Array, value: Uint8Array): void {
    this.#added.push(toHex(key));
    this.#operations.push({ type: "put", key, value });
  }

  /** Removing what is not there changes nothing. */
  remove(key: Uint8Array): void {
    const name = toHex(key);
    if (!this.#entries.has(name) || this.#removed.has(name)) return;
    this.#removed.add(name);
    this.#operations.push({ type: "del", key });
  }

  get isChanged(): boolean {
    return this.#operations.length > 0;
  }

  /** Everything to write, tally included; empty when nothing changes. */
  finish(): readonly StoreOperation[] {
    if (this.#operations.length === 0) return [];
    return [...this.#operations, { type: "put", key: TALLY_KEY, value: encodeTally(this.#next()) }];
  }

  apply(): void {
    if (this.#operations.length === 0) return;
    for (const name of this.#added) this.#entries.add(name);
    for (const name of this.#removed) this.#entries.delete(name);
    this.#adopt(this.#next());
  }

  #next(): InboxTally {
    const count = this.#tally.count + this.#added.length - this.#removed.size;
    return { sequence: this.#tally.sequence + 1, count };
  }
}
