/**
 * The key pairs of the inbox: one that turns are sealed to, and for the time of a drain the one before it.
 *
 *   what was dropped is taken into the store ─> retire: fresh pair in the keyring, the old one beside it ─> what was dropped
 *   until then ─> entries of the old pair are taken in ─> settle: what is left of them, and of what was dropped, is sealed
 *   to the fresh pair ─> old pair dropped from the keyring and wiped
 *
 * So an entry is of use to nobody once it was taken in: a copy of it opens under no key. A crash at any point leaves a keyring
 * that opens everything that waits, and the next drain goes on where this one ended.
 */
import { newX25519KeyPair } from "../../crypto/x25519.ts";
import { Turns } from "../../base/turns/turns.ts";
import { FIRST_INBOX_EPOCH } from "../../keys/keyring-format.ts";
import type { StoreEntry } from "../../store/record-store.ts";
import { isAuthoredBy, renewInboxEntry } from "../written/inbox-entry.ts";
import { epochOfEntry } from "../written/inbox-layout.ts";
import { idOfKey, idTextOfKey } from "../written/store-key.ts";
import type { InboxEntry } from "../vault.ts";
import type { InboxLedger } from "./inbox-ledger.ts";
import { inboxPages, openEntry } from "./inbox-opening.ts";
import { takeInDrops } from "./take-in-drops.ts";
import type { VaultState } from "./vault-state.ts";

export interface InboxParts {
  readonly state: VaultState;
  readonly writer: {
    settled(): Promise<void>;
    takeIn(lists: readonly (readonly StoreEntry[])[]): Promise<readonly boolean[]>;
    replaceCaptured(renewed: readonly StoreEntry[]): Promise<void>;
  };
  readonly inbox: InboxLedger;
}

export class InboxPairs {
  readonly #parts: InboxParts;
  readonly #turns = new Turns();

  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  /** Runs `work` while no pair comes or goes. Whoever is in the writer's turn must not wait for this. */
  hold<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.run(work);
  }

  /** Resolves when no pair comes or goes any more. */
  async idle(): Promise<void> {
    await this.#turns.idle();
  }

  /**
   * Entries that wait, opened, of the pair that this retires; those that open under no key are noted as damage and set aside.
   * A vault that refuses writes gives all of them, and keeps its pair.
   *
   * @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED
   */
  async *entries(): AsyncIterable<InboxEntry> {
    const { state, inbox, writer } = this.#parts;
    await this.hold(async () => {
      // What is dropped counts as waiting; and what was sealed to the old pair until the keyring had a fresh one is there by now.
      const isAllTaken = await this.#takeIn();
      const retired = state.keyring.content.retiredInbox?.epoch;
      // A crash left it, and nothing is sealed to it any more: the present one may follow it at once.
      if (retired !== undefined && isAllTaken && !inbox.holds(retired)) await this.#drop();
      await this.#retire();
      await this.#takeIn();
    });
    // A batch under way may hold turns that were sealed to the pair before.
    await writer.settled();
    const { vaultId, keyring, deps } = state;
    const retired = keyring.content.retiredInbox?.epoch;
    for await (const page of inboxPages(state)) {
      const token = await deps.author.token();
      for (const entry of page) {
        const epoch = epochOfEntry(entry.value);
        // What came since is of a pair that stays.
        const isLater = retired !== undefined && epoch !== retired && epoch === keyring.content.inbox.epoch;
        const plaintext = isLater ? undefined : openEntry(state, inbox, entry);
        if (plaintext === undefined) continue;
        const isAuthored = isAuthoredBy(token, vaultId, idOfKey(entry.key)!, entry.value);
        yield { id: idTextOfKey(entry.key), plaintext, isAuthored };
      }
    }
  }

  /** Takes in what was dropped, unless the pairs are being seen to: that is part of it then. */
  async takeIn(): Promise<void> {
    if (this.#turns.present === 0) await this.hold(() => this.#takeIn());
  }

  /**
   * Ends the life of the retired pair, if there is one: what still waits of it is sealed to the present pair.
   *
   * @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED
   */
  async settle(): Promise<void> {
    const { keyring } = this.#parts.state;
    if (keyring.content.retiredInbox !== undefined) await this.hold(() => this.#settle());
  }

  /** @returns whether nothing is left in the drop folder that a pair may open */
  #takeIn(): Promise<boolean> {
    const { state, inbox, writer } = this.#parts;
    const { keyring, deps, readOnly } = state;
    return takeInDrops({
      drops: deps.drops,
      inbox,
      pairs: keyring.content,
      maxBytes: readOnly === undefined ? deps.maxInboxBytes : 0,
      store: (lists) => writer.takeIn(lists),
      logger: deps.logger,
    });
  }

  async #retire(): Promise<void> {
    const { state, inbox } = this.#parts;
    const { keyring, deps, readOnly } = state;
    const { content } = keyring;
    if (readOnly !== undefined || content.retiredInbox !== undefined) return;
    // The first pair of an old vault opens what 0.1.0 drained: it goes, whether something waits or not.
    if (content.inbox.epoch !== FIRST_INBOX_EPOCH && !inbox.holds(content.inbox.epoch)) return;
    const pair = newX25519KeyPair(deps.randomness);
    try {
      await keyring.update(() => ({ inbox: pair, retiredInbox: "kept" }));
    } catch (error) {
      // It may be in the keyring, and only the record of that have failed.
      if (keyring.content.inbox.epoch === content.inbox.epoch) pair.privateKey.wipe();
      throw error;
    }
  }

  async #settle(): Promise<void> {
    const { state, inbox } = this.#parts;
    const retired = state.keyring.content.retiredInbox;
    if (retired === undefined || state.readOnly !== undefined) return;
    const isAllTaken = await this.#takeIn();
    if (inbox.holds(retired.epoch)) await this.#sealAnew(retired.epoch);
    if (!isAllTaken || inbox.holds(retired.epoch)) {
      state.deps.logger.log("inbox-pair-not-dropped", { counts: { waiting: inbox.waiting } });
      return;
    }
    await this.#drop();
  }

  async #drop(): Promise<void> {
    const { keyring, readOnly } = this.#parts.state;
    if (readOnly === undefined) await keyring.update(() => ({ retiredInbox: "dropped" }));
  }

  async #sealAnew(epoch: number): Promise<void> {
    const { state, inbox, writer } = this.#parts;
    const { vaultId, keyring, deps } = state;
    const seal = { vaultId, inbox: keyring.content.inbox, author: await deps.author.token() };
    for await (const page of inboxPages(state)) {
      const renewed: StoreEntry[] = [];
      for (const entry of page.filter(({ value }) => epochOfEntry(value) === epoch)) {
        const plaintext = openEntry(state, inbox, entry);
        if (plaintext !== undefined) renewed.push(renewInboxEntry(seal, entry, plaintext, deps.randomness));
      }
      await writer.replaceCaptured(renewed);
    }
  }
}
