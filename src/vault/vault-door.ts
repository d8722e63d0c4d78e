/**
 * The door of a vault's folder: makes the vault, opens it, and takes captured turns while it is sealed. Secrets that come
 * in are wiped here; keys go to the keyring, which wipes them when the vault is closed.
 */
import { toHex } from "../base/bytes.ts";
import { codeOf, KeepsakeError } from "../base/errors.ts";
import type { Secret } from "../base/secret.ts";
import { Turns } from "../base/turns/turns.ts";
import type { KeyringContent } from "../keys/keyring-format.ts";
import { Keyring } from "../keys/keyring.ts";
import type { UnlockGuard } from "../keys/unlock-guard.ts";
import type { MadeVault } from "./create-vault.ts";
import { makeVault } from "./create-vault.ts";
import { openVault } from "./open-live-vault.ts";
import type { PinnedFolder } from "./folder/pinned-folder.ts";
import type { LiveVault } from "./live-vault.ts";
import { SealedVault } from "./sealed-vault.ts";
import type { SlotMeans } from "./slots/slot-changes.ts";
import { SlotDesk } from "./slots/slot-desk.ts";
import type { VaultDeps } from "./vault-deps.ts";
import type { InboxEntry, LongWork, UnlockWith, VaultDoor, VaultSlots } from "./vault.ts";

export class KeepsakeDoor implements VaultDoor {
  readonly #deps: VaultDeps;
  readonly #means: SlotMeans;
  readonly #guard: UnlockGuard;
  readonly #folder: PinnedFolder;
  readonly #sealed: SealedVault;
  readonly #desk: SlotDesk;
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
    this.#desk = new SlotDesk(means, guard, {
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
    if (this.#sealed.content === undefined) return;
    await this.#sealed.inbox.open().catch((error: unknown) => this.#log("inbox-unavailable", error));
  }

  state(): "missing" | "sealed" | "open" {
    if (this.#vault !== undefined) return "open";
    return this.#sealed.isMissing ? "missing" : "sealed";
  }

  vaultId(): string | undefined {
    const vaultId = this.#content()?.vaultId;
    return vaultId && toHex(vaultId);
  }

  waiting(): number {
    return this.#vault?.inbox.waiting ?? this.#sealed.waiting;
  }

  waitingBytes(): number {
    return this.#vault?.inbox.bytes ?? this.#sealed.waitingBytes;
  }

  setAside(): number {
    return this.#vault?.inbox.setAside ?? 0;
  }

  hasKeychain(): boolean {
    return this.#content()?.slots.some(({ kind }) => kind === "keychain") ?? false;
  }

  unlockRetryAfterMs(): number {
    return this.#guard.retryAfterMs();
  }

  async create(
    passphrase: Secret,
    options: { readonly recovery: boolean },
    work: LongWork,
  ): Promise<MadeVault> {
    if (this.#isMaking) throw new KeepsakeError("BUSY");
    this.#isMaking = true;
    try {
      await this.#folder.check();
      await this.#sealed.look();
      if (this.state() !== "missing") throw new KeepsakeError("VAULT_EXISTS");
      const made = await makeVault(this.#deps, this.#means, passphrase, options, work);
      this.#vault = made.vault;
      await this.#sealed.look();
      return made;
    } finally {
      this.#isMaking = false;
      passphrase.wipe();
    }
  }

  async unlock(unlockWith: UnlockWith, work: LongWork): Promise<LiveVault> {
    try {
      return this.#vault ?? (await this.#guard.run(() => this.#enter(unlockWith, work)));
    } finally {
      if (unlockWith.kind !== "keychain") unlockWith.secret.wipe();
    }
  }

  opened(): LiveVault {
    if (this.#vault !== undefined) return this.#vault;
    throw new KeepsakeError(this.state() === "missing" ? "VAULT_MISSING" : "VAULT_SEALED");
  }

  async capture(plaintexts: readonly Uint8Array[]): Promise<void> {
    for (let isStored = false; !isStored;) {
      await this.#handovers.idle();
      if (this.#vault !== undefined) {
        return this.#vault.writer.capture(plaintexts);
      }
      await this.#check();
      isStored = await this.#sealed.inbox.capture(plaintexts);
    }
  }

  inbox(): AsyncIterable<InboxEntry> {
    return this.opened().inboxPairs.entries();
  }

  async settleInbox(): Promise<void> {
    await this.opened().inboxPairs.settle();
  }

  get slots(): VaultSlots {
    return this.#desk;
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

  /** Opens the vault; @throws as `unlock` */
  async #enter(unlockWith: UnlockWith, work: LongWork): Promise<LiveVault> {
    if (this.#vault !== undefined) return this.#vault;
    await this.#check();
    await this.#sealed.look();
    const { stored } = this.#sealed.keyring;
    work.progress({ stage: "kdf", done: 0, total: 1 });
    const opened = await this.#desk.open(stored.content, unlockWith);
    work.progress({ stage: "kdf", done: 1, total: 1 });
    const { keyringFile: file, clock, randomness } = this.#deps;
    const keyring = Keyring.open(stored, opened.masterKey, { file, clock, randomness });
    const vault = await this.#handovers.run(() => this.#open(keyring, work));
    if (unlockWith.kind === "passphrase") await this.#desk.strengthen(vault, opened, unlockWith.secret);
    return vault;
  }

  /** @param keyring - genuine; wiped when this throws */
  async #open(keyring: Keyring, { progress, signal }: LongWork): Promise<LiveVault> {
    const { inbox, keyring: found } = this.#sealed;
    try {
      if (signal.aborted) throw new KeepsakeError("CANCELLED");
      // The key derivation took a while; and the store may be opened only now.
      await this.#check();
      const live = await inbox.take();
      try {
        await this.#check();
        await this.#deps.keyringFile
          .repair(found)
          .catch((error: unknown) => this.#log("keyring-copy-not-repaired", error));
        this.#vault = await openVault(this.#deps, keyring, live, inbox.ledger, progress);
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

  #log(event: Lowercase<string>, error: unknown): void {
    this.#deps.logger.log(event, { code: codeOf(error) });
  }
}
