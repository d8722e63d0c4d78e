/**
 * The door of a vault's folder: makes the vault, opens it, and takes captured turns while it is sealed. Secrets that come
 * in are wiped here; keys go to the keyring, which wipes them when the vault is closed.
 */
import { isLongEnough } from "../base/limits.ts";
import { toHex } from "../base/bytes.ts";
import { KeepsakeError } from "../base/errors.ts";
import type { Secret } from "../base/secret.ts";
import { Turns } from "../base/turns/turns.ts";
import type { KeyringContent } from "../keys/keyring-format.ts";
import { Keyring } from "../keys/keyring.ts";
import type { UnlockGuard } from "../keys/unlock-guard.ts";
import type { MadeVault } from "./create-vault.ts";
import { makeVault } from "./create-vault.ts";
import { openVault } from "./open-live-vault.ts";
import type { PinnedFolder } from "./folder/pinned-folder.ts";
import { setAside as setAsideFolder, setAsideInVainError } from "./folder/set-aside.ts";
import type { LiveVault } from "./live-vault.ts";
import { SealedVault } from "./sealed-vault.ts";
import type { SlotMeans } from "./slots/slot-changes.ts";
import { SlotDesk } from "./slots/slot-desk.ts";
import type { VaultDeps } from "./vault-deps.ts";
import type { CreateOptions, InboxEntry, LongWork, UnlockOptions, UnlockWith, VaultDoor } from "./vault.ts";

export class KeepsakeDoor implements VaultDoor {
  readonly #deps: VaultDeps;
  readonly #means: SlotMeans;
  readonly #guard: UnlockGuard;
  readonly #folder: PinnedFolder;
  readonly #sealed: SealedVault;
  readonly slots: SlotDesk;
  /** The store passes from the sealed to the open vault while one is under way. */
  readonly #handovers = new Turns();
  #vault: LiveVault | undefined;
  #isMaking = false;

  constructor(deps: VaultDeps, means: SlotMeans, guard: UnlockGuard, folder: PinnedFolder) {
    this.#deps = deps;
    this.#folder = folder;
    this.#means = means;
    this.#guard = guard;
    this.#sealed = new SealedVault(deps);
    this.slots = new SlotDesk(means, guard, {
      opened: () => this.opened(),
      content: () => (this.#vault?.state.keyring ?? this.#sealed.keyring.stored).content,
    });
  }

  /** Reads the keyring. What is wrong with it is thrown by whatever needs it. */
  async look(): Promise<void> {
    await this.#sealed.look();
  }

  /** Opens the store and counts what waits in the inbox. What is wrong with it is thrown by whatever needs it. */
  async count(): Promise<void> {
    await this.#sealed.count();
  }

  fault(): KeepsakeError | undefined {
    return this.#vault === undefined ? this.#sealed.fault : undefined;
  }

  async lookAgain(): Promise<void> {
    if (this.#vault !== undefined || this.#isMaking || this.#handovers.present > 0) return;
    if (this.fault() === undefined && this.state() !== "missing") return;
    await this.look();
    await this.count();
  }

  state(): "missing" | "sealed" | "open" {
    return this.#vault === undefined ? this.#sealed.state : "open";
  }

  vaultId(): string | undefined {
    const vaultId = this.#content()?.vaultId;
    return vaultId && toHex(vaultId);
  }

  waiting(which: "entries" | "turns" = "entries"): number {
    const inbox = this.#vault?.inbox ?? this.#sealed;
    return which === "turns" ? inbox.waitingTurns + this.#deps.drops.counts.turns : inbox.waiting;
  }

  inboxCounts(): ReturnType<VaultDoor["inboxCounts"]> {
    const { bytes, setAside } = (this.#vault?.inbox ?? this.#sealed).counts;
    const drops = this.#deps.drops.counts;
    return { bytes: bytes + drops.bytes, setAside, dropsSetAside: drops.setAside };
  }

  isCounting(): boolean {
    return this.#vault === undefined && this.#sealed.isCounting;
  }

  async takeInDrops(): Promise<void> {
    await (this.#vault?.inboxPairs ?? this.#sealed).takeIn();
  }

  hasKeychain(): boolean {
    return this.#content()?.slots.some(({ kind }) => kind === "keychain") ?? false;
  }

  unlockRetryAfterMs(): number {
    return this.#guard.retryAfterMs();
  }

  async create(
    passphrase: Secret,
    { recovery, setAside = false }: CreateOptions,
    work: LongWork,
  ): Promise<MadeVault & { readonly setAside: string | undefined }> {
    const { readOnly } = this.#deps;
    if (readOnly !== undefined) throw new KeepsakeError("VAULT_READ_ONLY", readOnly);
    if (this.#isMaking) throw new KeepsakeError("BUSY");
    this.#isMaking = true;
    try {
      await this.#folder.check();
      await this.#sealed.look();
      if (!isLongEnough(passphrase)) throw new KeepsakeError("WEAK_PASSPHRASE");
      const folder = this.state() === "missing" ? undefined : await this.#makeWay(setAside);
      const made = await makeVault(this.#deps, this.#means, passphrase, { recovery }, work).catch(
        (error: unknown) => {
          throw folder === undefined ? error : setAsideInVainError(error, folder);
        },
      );
      this.#vault = made.vault;
      await this.#sealed.look();
      return { ...made, setAside: folder };
    } finally {
      this.#isMaking = false;
      passphrase.wipe();
    }
  }

  async unlock(
    unlockWith: UnlockWith,
    work: LongWork,
    { acceptRollback = false }: UnlockOptions = {},
  ): Promise<LiveVault> {
    try {
      if (this.#vault !== undefined) return this.#vault;
      // Where nothing can be opened nothing is guessed either, and no count of guesses is left behind.
      await this.lookAgain();
      void this.#sealed.keyring;
      return await this.#guard.run(() => this.#enter(unlockWith, acceptRollback, work));
    } finally {
      if (unlockWith.kind !== "keychain") unlockWith.secret.wipe();
    }
  }

  opened(): LiveVault {
    if (this.#vault !== undefined) return this.#vault;
    throw this.fault() ?? new KeepsakeError(this.state() === "missing" ? "VAULT_MISSING" : "VAULT_SEALED");
  }

  async capture(turns: readonly Uint8Array[], notes: readonly Uint8Array[] = []): Promise<void> {
    for (let isStored = false; !isStored;) {
      await this.#handovers.idle();
      if (this.#vault !== undefined) return this.#vault.writer.capture({ turns, notes });
      await this.#check();
      isStored = await this.#sealed.inbox.capture({ turns, notes });
    }
  }

  inbox(): AsyncIterable<InboxEntry> {
    return this.opened().inboxPairs.entries();
  }

  async settleInbox(): Promise<void> {
    await this.opened().inboxPairs.settle();
  }

  async close(): Promise<void> {
    await this.#handovers.idle();
    const vault = this.#vault;
    this.#vault = undefined;
    await vault?.close();
    await this.#sealed.close();
    await this.#deps.author.wipe();
    await this.#folder.release();
  }

  /** @returns the folder that holds now what was in the vault's; @throws VAULT_EXISTS and what is wrong with the vault there */
  async #makeWay(isAsked: boolean): Promise<string> {
    if (!isAsked || this.#vault !== undefined) throw this.fault() ?? new KeepsakeError("VAULT_EXISTS");
    return this.#handovers.run(async () => {
      await this.#sealed.leave();
      const folder = await setAsideFolder(this.#deps.folder, this.#deps.clock.now());
      this.#deps.logger.log("vault-set-aside");
      return folder;
    });
  }

  /** Opens the vault; @throws as `unlock` */
  async #enter(unlockWith: UnlockWith, acceptRollback: boolean, work: LongWork): Promise<LiveVault> {
    if (this.#vault !== undefined) return this.#vault;
    await this.#check();
    await this.#sealed.look();
    const { stored } = this.#sealed.keyring;
    work.progress({ stage: "kdf", done: 0, total: 1 });
    const opened = await this.slots.open(stored.content, unlockWith);
    work.progress({ stage: "kdf", done: 1, total: 1 });
    const { keyringFile: file, clock, randomness } = this.#deps;
    const keyring = Keyring.open(stored, opened.masterKey, { file, clock, randomness });
    const vault = await this.#handovers.run(() => this.#open(keyring, acceptRollback, work));
    if (unlockWith.kind === "passphrase") await this.slots.strengthen(vault, opened, unlockWith.secret);
    return vault;
  }

  /** @param keyring - genuine; wiped when this throws */
  async #open(keyring: Keyring, acceptRollback: boolean, { progress, signal }: LongWork): Promise<LiveVault> {
    const { inbox, keyring: found } = this.#sealed;
    try {
      if (signal.aborted) throw new KeepsakeError("CANCELLED");
      // The key derivation took a while; and the store may be opened only now.
      await this.#check();
      const live = await inbox.take();
      try {
        await this.#check();
        const opened = { keyring, found, live, inbox: inbox.ledger };
        this.#vault = await openVault(this.#deps, opened, acceptRollback, progress);
      } catch (error) {
        inbox.giveBack();
        throw error;
      }
      await this.#sealed.close();
      return this.#vault;
    } catch (error) {
      keyring.wipe();
      throw error;
    }
  }

  /** @throws UNSAFE_PATH when the folder, or the store of the inbox, is not the one that was opened */
  async #check(): Promise<void> {
    await this.#folder.check();
    await this.#sealed.check();
  }

  #content(): KeyringContent | undefined {
    return this.#vault?.state.keyring.content ?? this.#sealed.content;
  }
}
