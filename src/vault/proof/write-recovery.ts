/**
 * After a failed write: close the store, open it again, see what became of the batch, compare every record with the
 * directory, and only then take writes again. Until that works the vault is read-only and the next attempt waits twice as
 * long. LevelDB must not be written to before: after a full disk it went on to lose writes it acknowledged.
 *
 *   wait ─> does the disk take a trial? ─> close ─> open ─> whose head is there?
 *                 no: wait longer             │        ├─ the one before: the batch is not there
 *                                             │        ├─ the one refused: it is there after all, and counts
 *                     fails: wait longer <────┘        └─ another: read-only until a repair
 */
import { codeOf, hasCode, KeepsakeError } from "../../base/errors.ts";
import { startTimer } from "../../base/timer.ts";
import type { RecordStore } from "../../store/record-store.ts";
import type { Head } from "../written/head.ts";
import { decodeHead, HEAD_KEY } from "../written/head.ts";
import { KEYSPACE_BYTES } from "../written/keyspaces.ts";
import { SINGLE_ID } from "../written/store-key.ts";
import type { InboxLedger } from "../live/inbox-ledger.ts";
import { openLiveStore } from "../folder/open-live-store.ts";
import { compareTags } from "./compare.ts";
import type { Era } from "../live/era.ts";
import type { VaultState } from "../live/vault-state.ts";
import type { Drafts } from "../live/batch-draft.ts";

export class WriteRecovery {
  readonly #state: VaultState;
  readonly #inbox: InboxLedger;
  #stopTimer: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(state: VaultState, inbox: InboxLedger) {
    this.#state = state;
    this.#inbox = inbox;
  }

  /** @param drafts - the batch that failed; the vault is read-only already */
  begin(drafts: Drafts): void {
    this.#schedule(drafts, this.#state.deps.timing.retryFirst);
  }

  /** No attempt begins after this; resolves when the one under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopTimer?.();
    await this.#running;
  }

  #schedule(drafts: Drafts, wait: number): void {
    if (this.#isStopped) return;
    this.#stopTimer = startTimer(wait, () => {
      this.#running = this.#attemptAndGoOn(drafts, wait);
    });
  }

  async #attemptAndGoOn(drafts: Drafts, waited: number): Promise<void> {
    const { logger, timing } = this.#state.deps;
    try {
      if (await this.#attempt(drafts)) return;
    } catch (error) {
      logger.log("write-recovery-failed", { code: codeOf(error) });
    }
    this.#schedule(drafts, Math.min(waited * 2, timing.maxRetry));
  }

  /** @returns whether no further attempt is needed */
  async #attempt(drafts: Drafts): Promise<boolean> {
    const { deps, era } = this.#state;
    if (!(await deps.ballast.hasRoom())) return false;
    await era.replace((current) => this.#reopen(current));
    const found = await this.#readHead();
    if (!this.#settle(drafts, found)) return true;
    await era.use(({ store }) => this.#inbox.load(store, this.#inbox.tally));
    await compareTags(this.#state);
    await deps.ballast.ensure().catch(() => false);
    this.#state.acceptWrites();
    deps.logger.log("write-recovered");
    return true;
  }

  /** Never rejects: a store that does not open is stood in for, so that the next attempt finds something to close. */
  async #reopen({ store, sealer }: Era): Promise<Era> {
    try {
      await store.close();
      const opened = await openLiveStore(this.#state.deps, this.#state.generation);
      if (opened.isSalvaged) this.#giveUp("the store's own files are damaged");
      return { sealer, store: opened.store };
    } catch (cause) {
      const code = hasCode(cause) ? cause.code : "WRITE_FAILED";
      return { sealer, store: unavailableStore(new KeepsakeError(code, undefined, { cause })) };
    }
  }

  async #readHead(): Promise<Head | undefined> {
    return this.#state.era.use(async ({ store, sealer }) => {
      const sealed = await store.get(HEAD_KEY);
      if (sealed === undefined) return undefined;
      return decodeHead(sealer.open(KEYSPACE_BYTES.head, SINGLE_ID, sealed));
    });
  }

  /** @returns whether the store holds a state that the vault knows, and may be written to */
  #settle(drafts: Drafts, found: Head | undefined): boolean {
    const state = this.#state;
    if (state.readOnly?.code === "VAULT_DAMAGED") return false;
    const refused = drafts.records.head;
    if (found?.sequence === state.head.sequence) return true;
    if (refused !== undefined && found?.sequence === refused.sequence) {
      drafts.records.apply();
      state.foundUnannounced(refused.sequence);
      return true;
    }
    this.#giveUp("the store is not the one that was written");
    return false;
  }

  #giveUp(why: string): void {
    this.#state.refuseWrites("VAULT_DAMAGED", why);
  }
}

/** Stands in for a store that could not be opened again: every call rejects with why. */
export function unavailableStore(why: Error): RecordStore {
  const refuse = () => Promise.reject(why);
  return {
    batch: refuse,
    get: refuse,
    getMany: refuse,
    keys: refuse,
    entries: refuse,
    walkKeys: refuse,
    approximateBytes: refuse,
    close: () => Promise.resolve(),
  };
}
