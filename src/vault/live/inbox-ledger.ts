/**
 * What waits in the inbox, and the tally that goes with every change. Needs no key of the vault.
 *
 * An entry that was tried and opens under no key is set aside: it stays in the store, takes room there, and waits no longer.
 */
import { toHex } from "../../base/bytes.ts";
import { KeepsakeError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { RecordStore, StoreEntry, StoreOperation } from "../../store/record-store.ts";
import type { Captured } from "../written/inbox-layout.ts";
import { epochOfEntry, isNote, weightOfEntries } from "../written/inbox-layout.ts";
import type { InboxTally } from "../written/inbox-tally.ts";
import { decodeTally, encodeTally, TALLY_KEY } from "../written/inbox-tally.ts";
import { KEYSPACE_BYTES } from "../written/keyspaces.ts";
import { pagesOfEntries } from "../written/paging.ts";

interface Listed {
  readonly bytes: number;
  /** The number of the pair it names; undefined when it is no entry. */
  readonly epoch: number | undefined;
  /** Of keepsake's own, no turn. */
  readonly isNote: boolean;
}

/** The inbox as the next generation has it. */
export interface CarriedInbox {
  /** What the new store's tally says. */
  readonly tally: InboxTally;
  readonly entries: ReadonlyMap<string, Listed>;
  /** Keys of entries that opened under no key and are left behind; and names of dropped files that are carried. */
  readonly left: readonly Uint8Array[];
  readonly dropped: readonly string[];
}

export class InboxLedger {
  /** By keys of the store, in hexadecimal. */
  #entries = new Map<string, Listed>();
  readonly #setAside = new Set<string>();
  #tally: InboxTally = { sequence: 0, count: 0 };
  #bytes = 0;

  /** Entries that may still be taken in. */
  get waiting(): number {
    return this.#entries.size - this.#setAside.size;
  }

  /** Those of them that hold turns, as they say themselves. */
  get waitingTurns(): number {
    let turns = 0;
    for (const [name, { isNote: isNoTurn }] of this.#entries) {
      if (!isNoTurn && !this.#setAside.has(name)) turns += 1;
    }
    return turns;
  }

  /** What all entries take in the store, and how many of them opened under no key. */
  get counts(): { readonly bytes: number; readonly setAside: number } {
    return { bytes: this.#bytes, setAside: this.#setAside.size };
  }

  get tally(): InboxTally {
    return this.#tally;
  }

  /** Entries the tally counts beyond those that are there; negative when there are more. */
  get missing(): number {
    return this.#tally.count - this.#entries.size;
  }

  /** Whether an entry that names this pair waits. */
  holds(epoch: number): boolean {
    for (const [name, listed] of this.#entries) {
      if (listed.epoch === epoch && !this.#setAside.has(name)) return true;
    }
    return false;
  }

  /** Whether the store has this entry, under the pair that it names in `value`. */
  has({ key, value }: StoreEntry): boolean {
    const listed = this.#entries.get(toHex(key));
    return listed !== undefined && listed.epoch === epochOfEntry(value);
  }

  /** Whether the store has an entry of this id, whatever pair it names. */
  knows(key: Uint8Array): boolean {
    return this.#entries.has(toHex(key));
  }

  /** It opened under no key. */
  noteSetAside(key: Uint8Array): void {
    this.#setAside.add(toHex(key));
  }

  /**
   * Takes stock of a store. Where the tally and what is found differ, the tally stays: the loss shows until a repair.
   *
   * @param filed - the tally of the file beside the store
   */
  async load(store: RecordStore, filed: InboxTally | undefined): Promise<void> {
    const entries = new Map<string, Listed>();
    for await (const page of pagesOfEntries((request) => store.entries(request), KEYSPACE_BYTES.inbox)) {
      for (const { key, value } of page) entries.set(toHex(key), listedOf(value));
    }
    this.#replace(entries);
    const bytes = await store.get(TALLY_KEY).catch(() => undefined);
    const stored = bytes === undefined ? undefined : decodeTally(bytes);
    const isFileNewer = filed !== undefined && filed.sequence > (stored?.sequence ?? -1);
    this.#tally = (isFileNewer ? filed : stored) ?? { sequence: 0, count: this.#entries.size };
  }

  /** A change in the making. */
  draft(): InboxDraft {
    return new InboxDraft(this.#entries, this.#tally, this.#bytes, (draft) => {
      this.#tally = draft.tally;
      this.#bytes = draft.bytes;
      for (const name of this.#setAside) if (!this.#entries.has(name)) this.#setAside.delete(name);
    });
  }

  /** Moves on to the inbox of the next generation. */
  adopt({ tally, entries }: CarriedInbox): void {
    this.#replace(new Map(entries));
    this.#tally = tally;
  }

  #replace(entries: Map<string, Listed>): void {
    this.#entries = entries;
    this.#setAside.clear();
    this.#bytes = [...entries.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

/** Changes of one batch; nothing outside changes before `apply`, which is for after the batch is durable. */
export class InboxDraft {
  readonly #entries: Map<string, Listed>;
  readonly #before: InboxTally;
  readonly #adopt: (draft: InboxDraft) => void;
  readonly #put = new Map<string, Listed>();
  readonly #removed = new Set<string>();
  readonly #operations: StoreOperation[] = [];
  #count: number;
  #bytes: number;

  constructor(
    entries: Map<string, Listed>,
    before: InboxTally,
    bytes: number,
    adopt: (draft: InboxDraft) => void,
  ) {
    this.#entries = entries;
    this.#before = before;
    this.#count = before.count;
    this.#bytes = bytes;
    this.#adopt = adopt;
  }

  get isChanged(): boolean {
    return this.#operations.length > 0;
  }

  get tally(): InboxTally {
    return { sequence: this.#before.sequence + 1, count: this.#count };
  }

  /** What all entries take afterwards. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Adds all of them or none.
   *
   * @param maxBytes - what all entries of the inbox may take
   * @returns whether they fit
   */
  addAll(entries: readonly StoreEntry[], maxBytes: number): boolean {
    if (this.#bytes + weightOfEntries(entries) > maxBytes) return false;
    for (const entry of entries) this.#note(entry);
    this.#count += entries.length;
    return true;
  }

  /** The same for those of them that are not there yet. */
  addMissing(entries: readonly StoreEntry[], maxBytes: number): boolean {
    const missing = new Map(entries.map((entry) => [toHex(entry.key), entry]));
    for (const name of missing.keys()) if (this.#find(name) !== undefined) missing.delete(name);
    return this.addAll([...missing.values()], maxBytes);
  }

  /** Puts another value in the place of one that is there; where it is not, nothing changes. */
  replace(entry: StoreEntry): void {
    const replaced = this.#find(toHex(entry.key));
    if (replaced === undefined) return;
    this.#bytes -= replaced.bytes;
    this.#note(entry);
  }

  /** Removing what is not there changes nothing. */
  remove(key: Uint8Array): void {
    const name = toHex(key);
    const removed = this.#find(name);
    if (removed === undefined) return;
    this.#removed.add(name);
    this.#count -= 1;
    this.#bytes -= removed.bytes;
    this.#operations.push({ type: "del", key });
  }

  /** Everything to write, tally included; empty when nothing changes. */
  finish(): readonly StoreOperation[] {
    if (this.#operations.length === 0) return [];
    return [...this.#operations, { type: "put", key: TALLY_KEY, value: encodeTally(this.tally) }];
  }

  apply(): void {
    if (this.#operations.length === 0) return;
    for (const [name, listed] of this.#put) this.#entries.set(name, listed);
    for (const name of this.#removed) this.#entries.delete(name);
    this.#adopt(this);
  }

  #note(entry: StoreEntry): void {
    const listed = listedOf(entry.value);
    this.#put.set(toHex(entry.key), listed);
    this.#bytes += listed.bytes;
    this.#operations.push({ type: "put", ...entry });
  }

  #find(name: string): Listed | undefined {
    return this.#removed.has(name) ? undefined : (this.#put.get(name) ?? this.#entries.get(name));
  }
}

export function listedOf(value: Uint8Array): Listed {
  return { bytes: value.length, epoch: epochOfEntry(value), isNote: isNote(value) };
}

/** What all entries may take together for these to find room: what keepsake itself must be able to keep has a reserve. */
export function maxBytesFor(
  { turns }: Captured,
  { maxInboxBytes }: { readonly maxInboxBytes: number },
): number {
  return turns.length > 0 ? maxInboxBytes : maxInboxBytes + LIMITS.inboxReserveBytes;
}

export function inboxFullError(maxBytes: number): KeepsakeError {
  return new KeepsakeError("INBOX_FULL", `what waits in the inbox may take ${maxBytes} bytes`, {
    facts: { maxBytes },
  });
}
