/**
 * The inbox while the vault is sealed: entries are encrypted to the public key, and durable before a capture resolves, in
 * the store of the generation that the keyring names. The first failed write closes the store; the next capture opens it
 * anew. Once open it is pinned: what another one in its place would lose is not taken.
 */
import { equalBytes } from "../base/bytes.ts";
import { KeepsakeError } from "../base/errors.ts";
import type { KeyringContent } from "../keys/keyring-format.ts";
import { GroupCommit } from "../base/turns/group-commit.ts";
import type { StoreEntry } from "../store/record-store.ts";
import type { Captured } from "./written/inbox-layout.ts";
import { sealCaptured } from "./written/inbox-entry.ts";
import { weightOfEntries } from "./written/inbox-layout.ts";
import type { InboxDraft } from "./live/inbox-ledger.ts";
import { inboxFullError, InboxLedger, maxBytesFor } from "./live/inbox-ledger.ts";
import { takeInDrops } from "./live/take-in-drops.ts";
import type { LiveStore } from "./folder/open-live-store.ts";
import { liveFolder, openLiveStore } from "./folder/open-live-store.ts";
import { PacedWrite } from "../base/turns/paced-write.ts";
import { PinnedStore } from "./folder/pinned-store.ts";
import type { VaultDeps } from "./vault-deps.ts";

const MAX_GROUP_BYTES = 1 << 20;

type InboxJob = (draft: InboxDraft) => void;

export class SealedInbox {
  readonly ledger = new InboxLedger();
  readonly #deps: VaultDeps;
  readonly #content: KeyringContent;
  readonly #group: GroupCommit<InboxJob>;
  readonly #tally: PacedWrite;
  #opening: Promise<LiveStore> | undefined;
  #isOpening = false;
  /** Of the store that was opened last. */
  #pinned: PinnedStore | undefined;
  #isTaken = false;
  #isClosing = false;
  #takingIn: Promise<void> | undefined;

  /** @param content - of a keyring whose MAC nobody could check yet */
  constructor(deps: VaultDeps, content: KeyringContent) {
    this.#deps = deps;
    this.#content = content;
    this.#group = new GroupCommit((jobs) => this.#commit(jobs), MAX_GROUP_BYTES);
    this.#tally = new PacedWrite(
      async () => {
        await this.check();
        await deps.tallyFile.write(this.ledger.tally);
      },
      deps.clock,
      () => {
        deps.logger.log("tally-not-written", { code: "WRITE_FAILED" });
      },
    );
  }

  /** Opens the store and counts what waits, once. @throws as `openLiveStore` */
  async open(): Promise<LiveStore> {
    this.#opening ??= this.#openNow().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  /** Whether the store is being looked through: nothing is counted until then. */
  get isOpening(): boolean {
    return this.#isOpening;
  }

  /** Whether it stores what it is given where, and for the key that, a keyring says. */
  isOf({ generation, inbox }: KeyringContent): boolean {
    const mine = this.#content;
    return mine.generation === generation && equalBytes(mine.inbox.publicKey, inbox.publicKey);
  }

  /** @throws UNSAFE_PATH when another store, or none, is where the one in use was opened */
  async check(): Promise<void> {
    await this.#pinned?.check();
  }

  /**
   * @returns false when the store was taken meanwhile and nothing was stored
   * @throws INBOX_FULL, VAULT_READ_ONLY, DISK_FULL, WRITE_FAILED, UNSAFE_PATH, KEYRING_TAMPERED
   */
  async capture(captured: Captured): Promise<boolean> {
    await this.takeIn();
    const { vaultId, inbox } = this.#content;
    const { author, randomness } = this.#deps;
    const maxBytes = maxBytesFor(captured, this.#deps);
    // Sealing makes nothing shorter: what cannot fit is not sealed first.
    const plaintexts = [...captured.turns, ...captured.notes];
    const least = plaintexts.reduce((sum, { length }) => sum + length, this.ledger.counts.bytes);
    if (least > maxBytes) throw inboxFullError(maxBytes);
    const seal = { vaultId, inbox, author: await author.token() };
    const entries = await sealCaptured(seal, captured, randomness);
    if (this.#isTaken) return false;
    let hasRoom = false;
    await this.#group.submit((draft) => {
      hasRoom = draft.addAll(entries, maxBytes);
    }, weightOfEntries(entries));
    if (!hasRoom) throw inboxFullError(maxBytes);
    return true;
  }

  /** Takes in what programs here sealed by themselves. What goes wrong is logged. */
  async takeIn(): Promise<void> {
    this.#takingIn ??= this.#takeInNow().finally(() => {
      this.#takingIn = undefined;
    });
    await this.#takingIn;
  }

  /** Ends this use of the store and hands it over, open. @throws as `open` */
  async take(): Promise<LiveStore> {
    this.#isTaken = true;
    try {
      await this.#group.idle();
      return await this.open();
    } catch (error) {
      this.#isTaken = false;
      throw error;
    }
  }

  /** Takes the store back, when opening the vault with it came to nothing. */
  giveBack(): void {
    this.#isTaken = false;
  }

  /** Closes the store, unless it was taken. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#takingIn;
    await this.#group.idle();
    await this.#tally.flush().catch(() => undefined);
    const live = await this.#opening?.catch(() => undefined);
    this.#opening = undefined;
    if (!this.#isTaken) await live?.store.close();
    await this.#unpin();
  }

  async #openNow(): Promise<LiveStore> {
    this.#isOpening = true;
    try {
      return await this.#openAndCount();
    } finally {
      this.#isOpening = false;
    }
  }

  async #openAndCount(): Promise<LiveStore> {
    await this.#unpin();
    const live = await openLiveStore(this.#deps, this.#content.generation);
    try {
      this.#pinned = await PinnedStore.pin(liveFolder(this.#deps.folder, this.#content.generation, live));
      const filed = await this.#deps.tallyFile.read();
      const { tally } = this.ledger;
      await this.ledger.load(live.store, tally.sequence > (filed?.sequence ?? 0) ? tally : filed);
      return live;
    } catch (error) {
      await live.store.close();
      throw error;
    }
  }

  async #takeInNow(): Promise<void> {
    const { drops, readOnly, maxInboxBytes, logger } = this.#deps;
    const live = await this.open().catch(() => undefined);
    const isWritable = live?.isSalvaged === false && readOnly === undefined;
    await takeInDrops({
      drops,
      inbox: this.ledger,
      pairs: this.#content,
      maxBytes: isWritable ? maxInboxBytes : 0,
      store: (lists) => this.#storeDropped(lists),
      logger,
    });
  }

  async #storeDropped(lists: readonly (readonly StoreEntry[])[]): Promise<readonly boolean[]> {
    let haveRoom: readonly boolean[] = [];
    // Whoever has the store next takes in what is left.
    if (this.#isTaken || this.#isClosing) return lists.map(() => false);
    await this.#group.submit((draft) => {
      haveRoom = lists.map((entries) => draft.addMissing(entries, this.#deps.maxInboxBytes));
    }, weightOfEntries(lists.flat()));
    return haveRoom;
  }

  async #unpin(): Promise<void> {
    const pinned = this.#pinned;
    this.#pinned = undefined;
    await pinned?.release().catch(() => undefined);
  }

  async #commit(jobs: readonly InboxJob[]): Promise<void> {
    const { store, isSalvaged } = await this.open();
    if (isSalvaged) throw new KeepsakeError("VAULT_READ_ONLY");
    const { readOnly } = this.#deps;
    if (readOnly !== undefined) throw new KeepsakeError("VAULT_READ_ONLY", readOnly);
    const draft = this.ledger.draft();
    for (const job of jobs) job(draft);
    if (!draft.isChanged) return;
    try {
      await store.batch(draft.finish());
    } catch (error) {
      this.#opening = undefined;
      await store.close();
      throw error;
    }
    draft.apply();
    this.#tally.note();
  }
}
