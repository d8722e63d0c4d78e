/** Takes what was captured while sealed into the vault: each turn once, also when a crash comes in between. */
import { hasCode } from "../../base/errors.ts";
import type { Logger } from "../../base/logger.ts";
import type { InboxEntry, VaultDoor } from "../../vault/vault.ts";
import { decodeWaiting, isWaitingAudit } from "../audit/audit-entry.ts";
import type { AuditTrail } from "../audit/audit-trail.ts";
import { decodeCaptured, memoryOfTurn } from "./captured-turn.ts";
import type { Memories } from "./memories.ts";
import { storeOnce } from "./store-once.ts";
import type { Arrival } from "./store-once.ts";

const MAX_BATCH_ENTRIES = 200;
const MAX_BATCH_BYTES = 1 << 20;

export class InboxDrain {
  readonly #door: Pick<VaultDoor, "inbox" | "waiting">;
  readonly #memories: Memories;
  readonly #logger: Logger;
  readonly #audit: Pick<AuditTrail, "ready" | "takeIn">;
  /** Entries of the last run that are no turns. */
  #stuck = 0;

  constructor(
    door: Pick<VaultDoor, "inbox" | "waiting">,
    memories: Memories,
    logger: Logger,
    audit: Pick<AuditTrail, "ready" | "takeIn">,
  ) {
    this.#audit = audit;
    this.#door = door;
    this.#memories = memories;
    this.#logger = logger;
  }

  get isWorthwhile(): boolean {
    return this.#door.waiting() > this.#stuck && this.#memories.vault.health.readOnly === undefined;
  }

  /**
   * A vault that does not accept writes keeps its inbox, and stays open for reading.
   *
   * @returns how many turns left the inbox
   */
  run(): Promise<number> {
    return this.#memories.serialise("inbox", () => this.#drain());
  }

  async #drain(): Promise<number> {
    let drained = 0;
    let batch: Arrival[] = [];
    let bytes = 0;
    const flush = async () => {
      await storeOnce(this.#memories, batch);
      drained += batch.length;
      batch = [];
      bytes = 0;
    };
    this.#stuck = 0;
    const audited: InboxEntry[] = [];
    try {
      await this.#audit.ready();
      for await (const entry of this.#door.inbox()) {
        if (isWaitingAudit(entry)) {
          audited.push(entry);
          continue;
        }
        const arrival = this.#arrivalOf(entry);
        if (arrival === undefined) continue;
        batch.push(arrival);
        bytes += entry.plaintext.length;
        if (batch.length === MAX_BATCH_ENTRIES || bytes >= MAX_BATCH_BYTES) await flush();
      }
      await flush();
      await this.#takeIn(audited);
    } catch (error) {
      if (!hasCode(error)) throw error;
      this.#logger.log("inbox-not-drained", { code: error.code, counts: { drained } });
    }
    return drained;
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

  /** An entry that authenticates but holds no turn stays where it is: nothing is dropped in silence. */
  #arrivalOf({ id, plaintext }: InboxEntry): Arrival | undefined {
    try {
      const memory = memoryOfTurn(this.#memories, decodeCaptured(plaintext));
      return { ...memory, settles: { type: "drained", id } };
    } catch (error) {
      if (!hasCode(error, "RECORD_DAMAGED")) throw error;
      this.#stuck += 1;
      this.#logger.log("inbox-entry-not-a-turn", { code: error.code });
      return undefined;
    }
  }
}
