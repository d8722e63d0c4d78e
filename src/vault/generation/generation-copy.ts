/**
 * Fills the next generation from the live one. Everything but `complete` runs while the vault is in use: the
 * state collects what is written meanwhile, which is copied again.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { hasCode, KeepsakeError } from "../../base/errors.ts";
import { RECORD_ID_BYTES } from "../../base/record-id.ts";
import type { Manifest } from "../written/checkpoint-format.ts";
import { directoryPages, encodeManifest, partId } from "../written/checkpoint-format.ts";
import type { GenerationDraft } from "./generation-draft.ts";
import type { Head } from "../written/head.ts";
import { encodeHead } from "../written/head.ts";
import type { CarriedInbox, InboxLedger } from "../live/inbox-ledger.ts";
import type { JournalChange } from "../written/journal.ts";
import { encodeJournalEntry, journalId } from "../written/journal.ts";
import { COUNTED_KEYSPACES, KEYSPACE_BYTES } from "../written/keyspaces.ts";
import { SINGLE_ID } from "../written/store-key.ts";
import type { VaultReader } from "../live/vault-reader.ts";
import type { VaultState } from "../live/vault-state.ts";
import type { LongWork } from "../vault.ts";

/** As few records as may be copied while writes wait. */
const MAX_TOUCHED_AT_END = 100;
const MAX_ROUNDS = 10;
const RECORDS_PER_TURN = 50;

export interface CopyParts {
  readonly state: VaultState;
  readonly reader: VaultReader;
  readonly inbox: InboxLedger;
  readonly draft: GenerationDraft;
}

/** What the new store holds about itself. */
export interface Completed {
  readonly head: Head;
  readonly manifest: Manifest;
  readonly carried: CarriedInbox;
}

export class GenerationCopy {
  readonly #parts: CopyParts;
  readonly #checkpointId: Uint8Array;
  /** Records written since `fill` began, and not copied since. */
  readonly #touched = new Map<string, Uint8Array>();
  #pages = 0;

  constructor(parts: CopyParts) {
    this.#parts = parts;
    this.#checkpointId = parts.state.deps.randomness.bytes(RECORD_ID_BYTES);
  }

  /** Copies every record, then what was touched meanwhile, then lists it all. @throws CANCELLED, DISK_FULL, WRITE_FAILED */
  async fill({ progress, signal }: LongWork): Promise<void> {
    const { state, reader, draft } = this.#parts;
    state.collectTouched(this.#touched);
    let done = 0;
    for (const keyspace of COUNTED_KEYSPACES) {
      for await (const records of reader.pages(keyspace)) {
        for (const { key, plaintext } of records) {
          // What was touched is copied later, in the version it has then.
          await draft.put(key, plaintext);
          plaintext.fill(0);
          done += 1;
          if (done % RECORDS_PER_TURN === 0) await giveWay(signal);
        }
        progress({ stage: "write", done, total: Math.max(done, state.directories.size) });
      }
    }
    for (let round = 0; round < MAX_ROUNDS && this.#touched.size > MAX_TOUCHED_AT_END; round += 1) {
      await this.#copyTouched();
      await giveWay(signal);
    }
    for (const page of directoryPages(draft.directories)) {
      const id = partId(state.keys.checkpoint, this.#checkpointId, "page", this.#pages);
      await draft.putOwn(KEYSPACE_BYTES.checkpoint, id, page);
      this.#pages += 1;
      await giveWay(signal);
    }
    await draft.flush();
  }

  /**
   * Copies the rest and makes the new store whole; nothing may be written to the live one meanwhile.
   *
   * @param carryInbox - takes the inbox along
   */
  async complete(carryInbox: () => Promise<CarriedInbox>): Promise<Completed> {
    const { state, draft } = this.#parts;
    const sequence = Math.max(state.head.sequence, state.anchored) + 1;
    const changes = await this.#copyTouched();
    this.#noteLeftBehind();
    const carried = await carryInbox();
    for (const key of carried.left) state.damage.noteUnreadable(key);
    await draft.flush();
    const entry = encodeJournalEntry(sequence, changes);
    await draft.putOwn(KEYSPACE_BYTES.journal, journalId(state.keys.journal, sequence), entry);
    const manifest = {
      checkpointId: this.#checkpointId,
      sequence: sequence - 1,
      pages: this.#pages,
      chunks: 0,
    };
    await draft.putOwn(KEYSPACE_BYTES.checkpoint, SINGLE_ID, encodeManifest(manifest));
    const head: Head = {
      ...state.head,
      sequence,
      live: draft.directories.size,
      hash: draft.hash,
      seals: draft.sealer.seals + 1,
      scrubbedAt: state.deps.clock.now(),
      scrubCursor: undefined,
      epoch: state.nextEpoch,
      purgeDueAt: draft.isStale ? (state.head.purgeDueAt ?? state.nextPurgeDueAt()) : undefined,
    };
    await draft.putOwn(KEYSPACE_BYTES.head, SINGLE_ID, encodeHead(head));
    await draft.flush();
    return { head, manifest, carried };
  }

  async #copyTouched(): Promise<readonly JournalChange[]> {
    const keys = [...this.#touched.values()];
    this.#touched.clear();
    const changes: JournalChange[] = [];
    for (const key of keys) changes.push(await this.#copyNow(key));
    return changes;
  }

  async #copyNow(key: Uint8Array): Promise<JournalChange> {
    const { reader, draft } = this.#parts;
    try {
      const plaintext = await reader.readKey(key);
      if (plaintext === undefined) return await draft.remove(key);
      const change = await draft.put(key, plaintext);
      plaintext.fill(0);
      return change;
    } catch (error) {
      if (hasCode(error, "RECORD_DAMAGED")) return draft.remove(key);
      throw error;
    }
  }

  /** What is live and did not get into the new generation is missing, unless something worse is known of it. */
  #noteLeftBehind(): void {
    const { state, draft } = this.#parts;
    if (draft.directories.size === state.directories.size) return;
    for (const records of state.directories.shards()) {
      for (const { key } of records) {
        if (!draft.directories.has(key) && !state.damage.has(key)) state.damage.noteMissing(key);
      }
    }
  }
}

async function giveWay(signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw new KeepsakeError("CANCELLED");
  await nextTurn();
}
