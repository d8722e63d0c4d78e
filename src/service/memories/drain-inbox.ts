/** Takes what was captured while sealed into the vault: each turn once, also when a crash comes in between. */
import { hasCode } from "../../base/errors.ts";
import type { Logger } from "../../base/logger.ts";
import type { Change, InboxEntry, RecordId, VaultDoor } from "../../vault/vault.ts";
import type { AuditEntry } from "../audit/audit-entry.ts";
import { decodeWaiting, isWaitingAudit } from "../audit/audit-entry.ts";
import type { CapturedTurn } from "../../protocol/turn-in-inbox.ts";
import type { LeftNote } from "../../protocol/note-in-inbox.ts";
import type { Secrets } from "../secrets.ts";
import {
  decodeCaptured,
  decodeLeftNote,
  memoryOfLeftNote,
  memoryOfTurn,
  memoryOfUnverifiedTurn,
} from "./captured-turn.ts";
import type { Arrival, Memories } from "./memories.ts";
import { storeOnce } from "./store-once.ts";

const MAX_BATCH_ENTRIES = 200;
const MAX_BATCH_BYTES = 1 << 20;

type DrainedDoor = Pick<VaultDoor, "inbox" | "settleInbox" | "waiting">;

/** The record of calls, as far as entries of it waited here. */
interface AuditIntake {
  ready(): Promise<void>;
  takeIn(entries: readonly AuditEntry[], settled: readonly Change[]): Promise<void>;
}

/** What left the inbox. */
export interface Drained {
  /** Turns. */
  readonly drained: number;
  /** Those of them that were not stored, being there already or forgotten. */
  readonly known: number;
  /** Entries that nobody vouches for. */
  readonly unverified: number;
}

export class InboxDrain {
  readonly #door: DrainedDoor;
  readonly #memories: Memories;
  readonly #logger: Logger;
  readonly #audit: AuditIntake;
  readonly #secrets: Pick<Secrets, "takeOut" | "breathe">;
  /** Entries of the last round that are no turns and stay. */
  #stuck = 0;
  #unverified = 0;

  constructor(
    door: DrainedDoor,
    memories: Memories,
    logger: Logger,
    audit: AuditIntake,
    secrets: Pick<Secrets, "takeOut" | "breathe">,
  ) {
    this.#secrets = secrets;
    this.#door = door;
    this.#memories = memories;
    this.#logger = logger;
    this.#audit = audit;
  }

  get isWorthwhile(): boolean {
    return this.#door.waiting() > this.#stuck && this.#memories.vault.health.readOnly === undefined;
  }

  /** Entries since the vault was opened that nobody vouches for. */
  get unverified(): number {
    return this.#unverified;
  }

  /** A vault that does not accept writes keeps its inbox, and stays open for reading. */
  run(): Promise<Drained> {
    return this.#memories.serialise("inbox", () => this.#drain());
  }

  async #drain(): Promise<Drained> {
    const before = this.#unverified;
    let [drained, known] = [0, 0];
    try {
      await this.#audit.ready();
      // What comes in during a round is of the next one.
      for (let left = Infinity; left > 0;) {
        left = 0;
        this.#stuck = 0;
        for await (const batch of this.#batches()) {
          const { fresh } = await storeOnce(this.#memories, batch);
          known += batch.length - fresh.length;
          drained += batch.length;
          left += batch.length;
        }
        await this.#door.settleInbox();
        if (!this.isWorthwhile) break;
      }
    } catch (error) {
      if (!hasCode(error)) throw error;
      this.#logger.log("inbox-not-drained", { code: error.code, counts: { drained } });
    }
    return { drained, known, unverified: this.#unverified - before };
  }

  /** The turns that wait; what is none is dealt with on the way. */
  async *#batches(): AsyncIterable<readonly Arrival[]> {
    const audited: InboxEntry[] = [];
    const disowned: RecordId[] = [];
    let batch: Arrival[] = [];
    let bytes = 0;
    for await (const entry of this.#door.inbox()) {
      await this.#secrets.breathe();
      const arrival = isWaitingAudit(entry) ? undefined : this.#arrivalIn(entry);
      if (!entry.isAuthored) this.#unverified += 1;
      if (arrival !== undefined) {
        batch.push(arrival);
        bytes += entry.plaintext.length;
      } else if (!entry.isAuthored) disowned.push(entry.id);
      else if (isWaitingAudit(entry)) audited.push(entry);
      else this.#stuck += 1;
      if (batch.length < MAX_BATCH_ENTRIES && bytes < MAX_BATCH_BYTES) continue;
      yield batch;
      batch = [];
      bytes = 0;
    }
    yield batch;
    await this.#takeIn(audited);
    await this.#disown(disowned);
  }

  /** A version before this one, or a program that is none of ours, may have sealed it with secrets. */
  #turnOf(captured: CapturedTurn, { isAuthored }: InboxEntry): Arrival {
    const clean = { ...captured, turn: this.#secrets.takeOut(captured.turn).given };
    return isAuthored ? memoryOfTurn(this.#memories, clean) : memoryOfUnverifiedTurn(this.#memories, clean);
  }

  /** The id of an entry that nobody vouches for may be that of anything; nor is it the person who wants its secrets kept. */
  #noteOf({ keepSecrets, note, ...left }: LeftNote, { id, isAuthored }: InboxEntry): Arrival {
    const isKept = keepSecrets === true && isAuthored;
    const given = isKept ? note : this.#secrets.takeOut(note).given;
    return memoryOfLeftNote(isAuthored ? id : this.#memories.newId(), { ...left, note: given }, isAuthored);
  }

  /** @returns undefined where there is none. Where a client here wrote it, it waits on: a newer keepsake may know what it is */
  #arrivalIn(entry: InboxEntry): Arrival | undefined {
    const { id, plaintext } = entry;
    try {
      const note = decodeLeftNote(plaintext);
      const memory =
        note === undefined ? this.#turnOf(decodeCaptured(plaintext), entry) : this.#noteOf(note, entry);
      return { ...memory, settles: { type: "drained", id } };
    } catch (error) {
      if (!hasCode(error, "RECORD_DAMAGED")) throw error;
      this.#logger.log("inbox-entry-not-a-turn", { code: error.code });
      return undefined;
    }
  }

  /** Entries of the record of calls, from the oldest to the newest of all. */
  async #takeIn(audited: readonly InboxEntry[]): Promise<void> {
    if (audited.length === 0) return;
    const entries = audited.flatMap(({ plaintext }) => decodeWaiting(plaintext));
    await this.#audit.takeIn(
      entries,
      audited.map(({ id }) => ({ type: "drained", id })),
    );
  }

  /** What nobody vouches for and holds no turn is no call of anybody either: it is removed, and said to have been there. */
  async #disown(disowned: readonly RecordId[]): Promise<void> {
    if (disowned.length === 0) return;
    this.#logger.log("inbox-entries-disowned", { counts: { entries: disowned.length } });
    await this.#memories.vault.write(disowned.map((id) => ({ type: "drained", id })));
  }
}
