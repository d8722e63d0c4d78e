/** A vault's folder while it is sealed: the keyring as it was last read, and the inbox. */
import { equalBytes } from "../base/bytes.ts";
import { codeOf, hasCode, KeepsakeError } from "../base/errors.ts";
import type { FoundKeyring } from "../keys/keyring-file.ts";
import type { KeyringContent } from "../keys/keyring-format.ts";
import { replacedError } from "./folder/pinned-folder.ts";
import { missingKeyringError } from "./folder/vault-parts.ts";
import { SealedInbox } from "./sealed-inbox.ts";
import type { VaultDeps } from "./vault-deps.ts";

export class SealedVault {
  readonly #deps: VaultDeps;
  #found: FoundKeyring | undefined;
  /** Why the keyring could not be read, if it could not. */
  #fault: { readonly error: unknown } | undefined;
  /** What is missing of the store, if anything is. */
  #storeFault: KeepsakeError | undefined;
  #inbox: SealedInbox | undefined;
  /** Of the first keyring that was read: the inbox and the store belong to it. */
  #vaultId: Uint8Array | undefined;

  constructor(deps: VaultDeps) {
    this.#deps = deps;
  }

  /** Reads the keyring. What is wrong with it is thrown by `keyring`. */
  async look(): Promise<void> {
    try {
      const found = await this.#deps.keyringFile.read();
      if (isOfAnother(this.#vaultId, found)) throw replacedError(this.#deps.folder);
      const missing = found === undefined ? await missingKeyringError(this.#deps.folder) : undefined;
      if (missing !== undefined) throw missing;
      this.#vaultId ??= found?.stored.content.vaultId;
      this.#found = found;
      this.#fault = undefined;
    } catch (error) {
      this.#found = undefined;
      this.#fault = { error };
    }
    const content = this.#found?.stored.content;
    if (content !== undefined && this.#inbox?.isOf(content) === true) return;
    await this.#inbox?.close();
    this.#inbox = content && new SealedInbox(this.#deps, content);
  }

  /** Opens the store, takes in what was dropped and counts what waits. What is wrong with it is thrown by whatever needs it. */
  async count(): Promise<void> {
    this.#storeFault = undefined;
    if (this.#found === undefined) return;
    await this.inbox.open().catch((error: unknown) => {
      this.#deps.logger.log("inbox-unavailable", { code: codeOf(error) });
      if (hasCode(error, "VAULT_INCOMPLETE")) this.#storeFault = error;
    });
    await this.takeIn();
  }

  /** Takes in what programs here sealed by themselves, where nothing is wrong with the vault. */
  async takeIn(): Promise<void> {
    if (this.#found !== undefined && this.fault === undefined) await this.inbox.takeIn();
  }

  /** What keeps the vault from being opened. */
  get fault(): KeepsakeError | undefined {
    const error = this.#fault?.error;
    if (error === undefined) return this.#storeFault;
    return hasCode(error) ? error : new KeepsakeError("INTERNAL", undefined, { cause: error });
  }

  get state(): "missing" | "sealed" {
    return this.#found === undefined && this.#fault === undefined ? "missing" : "sealed";
  }

  /** Undefined when there is none, or none that can be read. */
  get content(): KeyringContent | undefined {
    return this.#found?.stored.content;
  }

  /** @throws VAULT_MISSING, VAULT_INCOMPLETE, KEYRING_DAMAGED, KEYRING_TAMPERED, UNSUPPORTED_VERSION, UNSAFE_PATH */
  get keyring(): FoundKeyring {
    if (this.#fault !== undefined) throw this.#fault.error;
    if (this.#found === undefined) throw new KeepsakeError("VAULT_MISSING");
    return this.#found;
  }

  /** The inbox of the keyring; @throws as `keyring` */
  get inbox(): SealedInbox {
    const { stored } = this.keyring;
    this.#inbox ??= new SealedInbox(this.#deps, stored.content);
    return this.#inbox;
  }

  /** Entries that wait; 0 when nothing could count them. */
  get waiting(): number {
    return this.#inbox?.ledger.waiting ?? 0;
  }

  get isCounting(): boolean {
    return this.#inbox?.isOpening ?? false;
  }

  get waitingTurns(): number {
    return this.#inbox?.ledger.waitingTurns ?? 0;
  }

  get counts(): { readonly bytes: number; readonly setAside: number } {
    return this.#inbox?.ledger.counts ?? { bytes: 0, setAside: 0 };
  }

  /** @throws UNSAFE_PATH when another store, or none, is where the inbox has its own open */
  async check(): Promise<void> {
    await this.#inbox?.check();
  }

  /** Lets go of all that was found: another vault may come in its place. */
  async leave(): Promise<void> {
    await this.close();
    this.#found = undefined;
    this.#fault = undefined;
    this.#storeFault = undefined;
    this.#vaultId = undefined;
  }

  /** Lets go of the inbox, whose store is closed unless an open vault has it from now on. */
  async close(): Promise<void> {
    await this.#inbox?.close();
    this.#inbox = undefined;
  }
}

function isOfAnother(vaultId: Uint8Array | undefined, found: FoundKeyring | undefined): boolean {
  return vaultId !== undefined && found !== undefined && !equalBytes(vaultId, found.stored.content.vaultId);
}
