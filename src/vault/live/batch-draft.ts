/**
 * One batch in the making: the sealed records of all jobs of a group, the journal entry and the head that go with them.
 * Nothing outside changes before `apply`, which is for after the batch is durable.
 */
import { toHex } from "../../base/bytes.ts";
import { MultisetHash } from "../../crypto/multiset-hash.ts";
import { tagOfSealed } from "../../crypto/record-seal.ts";
import type { StoreOperation } from "../../store/record-store.ts";
import type { Directories } from "../written/directories.ts";
import type { Head } from "../written/head.ts";
import { encodeHead, hashedElement } from "../written/head.ts";
import type { JournalChange } from "../written/journal.ts";
import { encodeJournalEntry, journalId } from "../written/journal.ts";
import { KEYSPACE_BYTES } from "../written/keyspaces.ts";
import { idOfKey, SINGLE_ID, storeKey } from "../written/store-key.ts";
import { SHORT_TAG_BYTES } from "../written/record-directory.ts";
import type { RecordSealer } from "../written/record-sealer.ts";
import type { VaultKeys } from "../written/vault-keys.ts";
import type { DamageRegister } from "./damage.ts";
import type { InboxDraft } from "./inbox-ledger.ts";

/** Fields of the head that something else than a change of records sets. */
export type HeadPatch = Partial<Pick<Head, "purgeDueAt" | "scrubbedAt" | "scrubCursor">>;

/** What a batch builds on, and what it becomes. */
export interface BatchBase {
  readonly keys: VaultKeys;
  readonly head: Head;
  /** Of the keyring in effect. */
  readonly epoch: number;
  readonly directories: Directories;
  readonly damage: DamageRegister;
  committed(head: Head | undefined, changes: Iterable<JournalChange>): void;
}

/** A batch in the making: what the head counts, and the inbox. */
export interface Drafts {
  readonly records: BatchDraft;
  readonly inbox: InboxDraft;
}

export class BatchDraft {
  readonly #state: BatchBase;
  readonly #sealer: RecordSealer;
  readonly #hash: MultisetHash;
  readonly #staged = new Map<string, JournalChange>();
  readonly #operations: StoreOperation[] = [];
  #applied: () => void = () => undefined;
  #live: number;
  #carried: Uint8Array | undefined;
  #head: Head | undefined;

  constructor(state: BatchBase, sealer: RecordSealer) {
    this.#state = state;
    this.#sealer = sealer;
    this.#hash = new MultisetHash(state.keys.headHash.bytes, state.head.hash);
    this.#live = state.head.live;
  }

  /** The head this batch writes, once it is finished; undefined when it changes no record. */
  get head(): Head | undefined {
    return this.#head;
  }

  /** @param key - in the store, of a counted keyspace */
  put(key: Uint8Array, plaintext: Uint8Array): void {
    const value = this.#sealer.seal(key[0]!, idOfKey(key)!, plaintext);
    const tag = tagOfSealed(value).slice(0, SHORT_TAG_BYTES);
    this.#forget(key);
    this.#hash.add(hashedElement(key, tag));
    this.#live += 1;
    this.#staged.set(toHex(key), { key, tag });
    this.#operations.push({ type: "put", key, value });
  }

  /** Removing what is not there changes nothing. */
  remove(key: Uint8Array): void {
    const isLive = this.#forget(key);
    if (!isLive && !this.#state.damage.has(key)) return;
    this.#staged.set(toHex(key), { key, tag: undefined });
    this.#operations.push({ type: "del", key });
  }

  /** What the head carries from now on. */
  carry(bytes: Uint8Array): void {
    this.#carried = bytes;
  }

  /** An operation on something the head does not count. */
  raw(operation: StoreOperation): void {
    this.#operations.push(operation);
  }

  /** Adds journal entry and head when there is something for them to say. */
  finish(patch: HeadPatch): readonly StoreOperation[] {
    const { head, keys, epoch } = this.#state;
    const isPatched = this.#carried !== undefined || Object.keys(patch).length > 0;
    if (this.#staged.size > 0 || isPatched || epoch !== head.epoch) {
      const sequence = head.sequence + 1;
      const entry = encodeJournalEntry(sequence, this.#staged.values());
      this.#putOwn(KEYSPACE_BYTES.journal, journalId(keys.journal, sequence), entry);
      this.#head = {
        ...head,
        ...patch,
        epoch,
        sequence,
        live: this.#live,
        hash: this.#hash.digest(),
        seals: this.#sealer.seals + 1,
        carried: this.#carried ?? head.carried,
      };
      this.#putOwn(KEYSPACE_BYTES.head, SINGLE_ID, encodeHead(this.#head));
    }
    return this.#operations;
  }

  /** Whom to tell, once, when the batch is what the vault knows. */
  whenApplied(told: () => void): void {
    this.#applied = told;
  }

  /** Makes the batch what the vault knows; for when it is durable. */
  apply(): void {
    this.#state.committed(this.#head, this.#staged.values());
    this.#applied();
  }

  #putOwn(keyspaceByte: number, id: Uint8Array, plaintext: Uint8Array): void {
    const value = this.#sealer.seal(keyspaceByte, id, plaintext);
    this.#operations.push({ type: "put", key: storeKey(keyspaceByte, id), value });
  }

  /** @returns whether the record was live */
  #forget(key: Uint8Array): boolean {
    const staged = this.#staged.get(toHex(key));
    const tag = staged === undefined ? this.#state.directories.tagOf(key) : staged.tag;
    if (tag === undefined) return false;
    this.#hash.remove(hashedElement(key, tag));
    this.#live -= 1;
    return true;
  }
}
