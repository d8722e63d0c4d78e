/** Takes what was captured while sealed into the vault: each turn once, also when a crash comes in between. */
import { hasCode } from "../../base/errors.ts";
import type { Logger } from "../../base/logger.ts";
import type { InboxEntry, RecordId, VaultDoor } from "../../vault/vault.ts";
import type { CapturedTurn } from "./captured-turn.ts";
import { decodeCaptured, memoryOfTurn, memoryOfUnverifiedTurn } from "./captured-turn.ts";
import type { Memories } from "./memories.ts";
import { storeOnce } from "./store-once.ts";
import type { Arrival } from "./store-once.ts";

const MAX_BATCH_ENTRIES = 200;
const MAX_BATCH_BYTES = 1 << 20;

type DrainedDoor = Pick<VaultDoor, "inbox" | "settleInbox" | "waiting">;

/** What left the inbox. */
export interface Drained {
  readonly drained: number;
  /** How many of them nobody vouches for. */
  readonly unverified: number;
}

export class InboxDrain {
  readonly #door: DrainedDoor;
  readonly #memories: Memories;
  readonly #logger: Logger;
  /** Entries of the last round that are no turns and stay. */
  #stuck = 0;
  #unverified = 0;

  constructor(door: DrainedDoor, memories: Memories, logger: Logger) {
    this.#door = door;
    this.#memories = memories;
    this.#logger = logger;
  }

  get isWorthwhile(): boolean {
    return this.#door.waiting() > this.#stuck && this.#memories.vault.health.readOnly === undefined;
  }

  /** Turns taken in since the vault was opened that nobody vouches for. */
  get unverified(): number {
    return this.#unverified;
  }

  /** A vault that does not accept writes keeps its inbox, and stays open for reading. */
  run(): Promise<Drained> {
    return this.#memories.serialise("inbox", () => this.#drain());
  }

  async #drain(): Promise<Drained> {
    const before = this.#unverified;
    let drained = 0;
    try {
      // What came during a round is of the next one.
      do {
        this.#stuck = 0;
        for await (const batch of this.#batches()) {
          await storeOnce(this.#memories, batch);
          drained += batch.length;
        }
        await this.#door.settleInbox();
      } while (this.#door.waiting() > this.#stuck && drained > 0 && this.isWorthwhile);
    } catch (error) {
      if (!hasCode(error)) throw error;
      this.#logger.log("inbox-not-drained", { code: error.code, counts: { drained } });
    }
    return { drained, unverified: this.#unverified - before };
  }

  async *#batches(): AsyncIterable<readonly Arrival[]> {
    const isFree = this.#memories.freeIds();
    let batch: Arrival[] = [];
    let bytes = 0;
    for await (const entry of this.#door.inbox()) {
      const arrival = await this.#arrivalOf(entry, isFree);
      if (arrival === undefined) continue;
      batch.push(arrival);
      bytes += entry.plaintext.length;
      if (batch.length < MAX_BATCH_ENTRIES && bytes < MAX_BATCH_BYTES) continue;
      yield batch;
      batch = [];
      bytes = 0;
    }
    yield batch;
  }

  async #arrivalOf(entry: InboxEntry, isFree: (id: RecordId) => boolean): Promise<Arrival | undefined> {
    const { id, plaintext, isAuthored } = entry;
    const captured = this.#turnIn(plaintext);
    if (captured === undefined) return this.#leave(entry);
    const settles = { type: "drained", id } as const;
    if (isAuthored) return { ...memoryOfTurn(this.#memories, captured), settles };
    this.#unverified += 1;
    return { ...memoryOfUnverifiedTurn(this.#memories, captured, isFree), settles };
  }

  #turnIn(plaintext: Uint8Array): CapturedTurn | undefined {
    try {
      return decodeCaptured(plaintext);
    } catch (error) {
      if (!hasCode(error, "RECORD_DAMAGED")) throw error;
      this.#logger.log("inbox-entry-not-a-turn", { code: error.code });
      return undefined;
    }
  }

  /**
   * What holds no turn stays where it is when it was captured here: a newer keepsake may know what it is. What nobody vouches
   * for is removed, and counted.
   */
  async #leave({ id, isAuthored }: InboxEntry): Promise<undefined> {
    if (isAuthored) {
      this.#stuck += 1;
      return;
    }
    this.#unverified += 1;
    await this.#memories.vault.write([{ type: "drained", id }]);
  }
}
