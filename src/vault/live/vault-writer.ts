/**
 * The one way anything is written to the live store: group commit of whole jobs, and a stop at the first error.
 *
 *   job ─> group ─> batch with journal entry and head ─> fsync ─> directories and head in memory ─> jobs resolve
 *                                      └─ error ─> read-only ─> recovery
 */
import { equalBytes } from "../../base/bytes.ts";
import { hasCode, KeepsakeError } from "../../base/errors.ts";
import { parseRecordId } from "../../base/record-id.ts";
import { GroupCommit } from "../../base/turns/group-commit.ts";
import type { StoreEntry, StoreOperation } from "../../store/record-store.ts";
import type { Drafts, HeadPatch } from "./batch-draft.ts";
import { BatchDraft } from "./batch-draft.ts";
import type { InboxLedger } from "./inbox-ledger.ts";
import { inboxFullError, maxBytesFor } from "./inbox-ledger.ts";
import type { Captured } from "../written/inbox-layout.ts";
import { sealCaptured } from "../written/inbox-entry.ts";
import { weightOfEntries } from "../written/inbox-layout.ts";
import { KEYSPACE_BYTES } from "../written/keyspaces.ts";
import { storeKey } from "../written/store-key.ts";
import { deriveTermKey } from "../written/vault-keys.ts";
import type { VaultState } from "./vault-state.ts";
import type { Change, Passenger } from "../vault.ts";

const MAX_GROUP_BYTES = 1 << 20;
const REMOVALS_PER_BATCH = 500;
/** What a change counts beside its plaintext: a group is not only bytes to write but records to seal. */
const CHANGE_BYTES = 4 << 10;

type Job = (drafts: Drafts) => void;

export interface WriterDeps {
  readonly state: VaultState;
  readonly inbox: InboxLedger;
  /** Told after every durable batch. */
  readonly noted: (drafts: Drafts) => void;
  /** Takes over after a failed batch; the vault is read-only by then. */
  readonly failed: (drafts: Drafts) => void;
}

export class VaultWriter {
  readonly #deps: WriterDeps;
  readonly #group: GroupCommit<Job>;
  #patch: HeadPatch = {};
  #passenger: Passenger | undefined;

  constructor(deps: WriterDeps) {
    this.#deps = deps;
    this.#group = new GroupCommit((jobs) => this.#commit(jobs), MAX_GROUP_BYTES);
  }

  /** @throws VAULT_READ_ONLY, DISK_FULL, WRITE_FAILED */
  async write(changes: readonly Change[]): Promise<void> {
    this.#deps.state.checkWritable();
    const jobs = changes.map((change) => this.#job(change));
    const weight = changes.reduce((sum, change) => sum + weightOf(change), 0);
    await this.#group.submit((drafts) => {
      for (const job of jobs) job(drafts);
    }, weight);
  }

  /** Writes what the head does not count. @throws as `write` */
  async writeRaw(operations: readonly StoreOperation[]): Promise<void> {
    this.#deps.state.checkWritable();
    const weight = operations.reduce((sum, each) => sum + (each.type === "put" ? each.value.length : 0), 0);
    await this.#group.submit(({ records }) => {
      for (const operation of operations) records.raw(operation);
    }, weight);
  }

  /** Removes what the head does not count, a few hundred at a time. @throws as `write` */
  async removeRaw(keys: Iterable<Uint8Array>): Promise<void> {
    let operations: StoreOperation[] = [];
    for (const key of keys) {
      operations.push({ type: "del", key });
      if (operations.length < REMOVALS_PER_BATCH) continue;
      await this.writeRaw(operations);
      operations = [];
    }
    await this.writeRaw(operations);
  }

  /** Stores turns and notes, sealed to the key that the inbox has when they are written. @throws INBOX_FULL, and as `write` */
  async capture(captured: Captured): Promise<void> {
    const { state } = this.#deps;
    const { author, randomness } = state.deps;
    const maxBytes = maxBytesFor(captured, state.deps);
    for (;;) {
      state.checkWritable();
      const { content } = state.keyring;
      const seal = { vaultId: content.vaultId, inbox: content.inbox, author: await author.token() };
      const entries = await sealCaptured(seal, captured, randomness);
      const job: { outcome: "written" | "full" | "outdated" } = { outcome: "outdated" };
      await this.#group.submit((drafts) => {
        if (!equalBytes(seal.inbox.publicKey, state.keyring.content.inbox.publicKey)) return;
        job.outcome = drafts.inbox.addAll(entries, maxBytes) ? "written" : "full";
      }, weightOfEntries(entries));
      if (job.outcome === "full") throw inboxFullError(maxBytes);
      if (job.outcome === "written") return;
    }
  }

  /**
   * Stores entries that somebody else sealed, of each list all or none; those that are there stay as they are.
   *
   * @returns for each list whether it found room
   * @throws as `write`
   */
  async takeIn(lists: readonly (readonly StoreEntry[])[]): Promise<readonly boolean[]> {
    const { state } = this.#deps;
    state.checkWritable();
    let haveRoom: readonly boolean[] = [];
    await this.#group.submit(({ inbox }) => {
      haveRoom = lists.map((entries) => inbox.addMissing(entries, state.deps.maxInboxBytes));
    }, weightOfEntries(lists.flat()));
    return haveRoom;
  }

  /** Puts entries of the inbox in the place of those that are still there. @throws as `write` */
  async replaceCaptured(entries: readonly StoreEntry[]): Promise<void> {
    this.#deps.state.checkWritable();
    await this.#group.submit(({ inbox }) => {
      for (const entry of entries) inbox.replace(entry);
    }, weightOfEntries(entries));
  }

  /** Takes it along with every batch from now on. */
  carry(passenger: Passenger): void {
    this.#passenger = passenger;
  }

  /** Sets fields of the head with whatever batch comes next. */
  patchHead(patch: HeadPatch): void {
    this.#patch = { ...this.#patch, ...patch };
  }

  /** What the next batch will set. */
  get pendingPatch(): HeadPatch {
    return this.#patch;
  }

  /** Writes a head when `patchHead` left something waiting, or the keyring has come to another epoch. @throws as `write` */
  async flushHead(): Promise<void> {
    const { epoch, head } = this.#deps.state;
    if (Object.keys(this.#patch).length > 0 || epoch !== head.epoch) await this.write([]);
  }

  /** Resolves when the batch under way has ended and its outcome is known to the directories. */
  async settled(): Promise<void> {
    await this.#group.settled();
  }

  between<T>(work: () => Promise<T>): Promise<T> {
    return this.#group.between(work);
  }

  /** Resolves when nothing waits to be written. */
  async idle(): Promise<void> {
    await this.#group.idle();
  }

  #job(change: Change): Job {
    if (change.type === "noted") return () => change.note();
    if (change.type === "carried") return ({ records }) => records.carry(change.bytes);
    if (change.type === "drained") {
      const key = storeKey(KEYSPACE_BYTES.inbox, parseRecordId(change.id));
      return ({ inbox }) => inbox.remove(key);
    }
    const key = storeKey(KEYSPACE_BYTES[change.keyspace], parseRecordId(change.id));
    return change.type === "put"
      ? ({ records }) => records.put(key, change.plaintext)
      : ({ records }) => records.remove(key);
  }

  async #commit(jobs: readonly Job[]): Promise<void> {
    const { state, inbox, failed, noted } = this.#deps;
    state.checkWritable();
    await this.#renewTerm();
    await state.era.use(async ({ store, sealer }) => {
      const drafts = { records: new BatchDraft(state, sealer), inbox: inbox.draft() };
      for (const job of jobs) job(drafts);
      this.#board(drafts);
      const patch = this.#patch;
      this.#patch = {};
      const operations = [...drafts.records.finish(patch), ...drafts.inbox.finish()];
      if (operations.length === 0) return;
      try {
        await store.batch(operations);
      } catch (error) {
        this.#patch = { ...patch, ...this.#patch };
        const code = hasCode(error, "DISK_FULL") ? "DISK_FULL" : "WRITE_FAILED";
        state.refuseWrites(code, new KeepsakeError(code).message);
        failed(drafts);
        throw error;
      }
      drafts.records.apply();
      drafts.inbox.apply();
      noted(drafts);
    });
  }

  #board(drafts: Drafts): void {
    const passenger = this.#passenger;
    const changes = passenger?.board() ?? [];
    for (const change of changes) this.#job(change)(drafts);
    if (changes.length > 0) drafts.records.whenApplied(() => passenger?.arrived());
  }

  /** Begins a new term before the active one has sealed too often. */
  async #renewTerm(): Promise<void> {
    const { state } = this.#deps;
    const seals = await state.era.use(({ sealer }) => sealer.seals);
    if (seals < state.deps.sealsPerTerm) return;
    const draft = state.keyring.draftDataKey();
    try {
      // The batch that this commit writes has the epoch in its head.
      await state.keyring.updateUnwitnessed(() => ({ newDataKey: draft }));
    } catch (error) {
      draft.key.wipe();
      throw error;
    }
    await state.era.use(({ sealer }) => sealer.beginTerm(deriveTermKey(draft.term, draft.key)));
  }
}

function weightOf(change: Change): number {
  if (change.type === "noted") return 0;
  return CHANGE_BYTES + (change.type === "put" ? change.plaintext.length : 0);
}
