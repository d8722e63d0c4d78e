/**
 * What the parts of an open vault share: the store with the keys of its generation, the directories, the head, and what is
 * wrong. Fields are read; what happened is told by a verb (`committed`, `checkpointed`, `movedTo`, …).
 */
import { toHex } from "../../base/bytes.ts";
import type { Secret } from "../../base/secret.ts";
import type { ErrorCode, ErrorFacts } from "../../base/errors.ts";
import { KeepsakeError } from "../../base/errors.ts";
import { Turns } from "../../base/turns/turns.ts";
import type { Keyring } from "../../keys/keyring.ts";
import type { Manifest } from "../written/checkpoint-format.ts";
import { DamageRegister } from "./damage.ts";
import type { Era } from "./era.ts";
import type { VaultDeps } from "../vault-deps.ts";
import { Directories } from "../written/directories.ts";
import type { Head } from "../written/head.ts";
import type { JournalChange } from "../written/journal.ts";
import type { ReadWriteLock } from "../../base/turns/read-write-lock.ts";
import type { VaultKeys } from "../written/vault-keys.ts";

const PURGE_WITHIN_MS = 24 * 3_600_000;

export interface ReadOnlyReason {
  readonly code: ErrorCode;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly message: string;
  readonly facts: ErrorFacts;
}

/** A generation that was filled beside the one in use. */
export interface NextGeneration {
  readonly generation: number;
  readonly head: Head;
  readonly directories: Directories;
  readonly manifest: Manifest;
}

/** What a vault is opened with. */
export interface OpenedParts {
  readonly keyring: Keyring;
  readonly keys: VaultKeys;
  readonly era: ReadWriteLock<Era>;
  readonly generation: number;
  readonly head: Head;
  readonly directories?: Directories;
  readonly damage?: DamageRegister;
  readonly readOnly?: ReadOnlyReason | undefined;
  readonly manifest: Manifest | undefined;
  readonly anchored?: number;
  readonly witnessedEpoch?: number;
}

export class VaultState {
  readonly deps: VaultDeps;
  readonly keyring: Keyring;
  readonly keys: VaultKeys;
  readonly era: ReadWriteLock<Era>;
  /** Sequence number of the anchor when the vault was opened. */
  readonly anchored: number;
  readonly #witnessedEpoch: number;
  readonly #anchors = new Turns();
  #generation: number;
  #head: Head;
  #directories: Directories;
  #damage: DamageRegister;
  #readOnly: ReadOnlyReason | undefined;
  #manifest: Manifest | undefined;
  #journalBase: number;
  #firstUnannounced: number | undefined;
  #touched: Map<string, Uint8Array> | undefined;
  /** Takes over with the switch under way; where its outcome is open the anchor stays for both. */
  #nextMasterKey: Secret | undefined;

  constructor(deps: VaultDeps, parts: OpenedParts) {
    this.deps = deps;
    this.keyring = parts.keyring;
    this.keys = parts.keys;
    this.era = parts.era;
    this.anchored = parts.anchored ?? 0;
    this.#witnessedEpoch = parts.witnessedEpoch ?? 0;
    this.#generation = parts.generation;
    this.#head = parts.head;
    this.#directories = parts.directories ?? new Directories();
    this.#damage = parts.damage ?? new DamageRegister();
    this.#readOnly = parts.readOnly;
    this.#manifest = parts.manifest;
    this.#journalBase = parts.manifest?.sequence ?? parts.head.sequence;
  }

  get generation(): number {
    return this.#generation;
  }

  get head(): Head {
    return this.#head;
  }

  get directories(): Directories {
    return this.#directories;
  }

  get damage(): DamageRegister {
    return this.#damage;
  }

  get readOnly(): ReadOnlyReason | undefined {
    return this.#readOnly;
  }

  /** Of the checkpoint that counts. */
  get manifest(): Manifest | undefined {
    return this.#manifest;
  }

  /** The journal holds every batch behind this sequence number. */
  get journalBase(): number {
    return this.#journalBase;
  }

  /** The first batch that its writer was told had failed and that is there all the same. */
  get firstUnannounced(): number | undefined {
    return this.#firstUnannounced;
  }

  get vaultId(): Uint8Array {
    return this.keyring.content.vaultId;
  }

  /** Of the keyring in effect. */
  get epoch(): number {
    return this.keyring.content.epoch;
  }

  /** What the keyring of the next generation has at least: nothing that was ever witnessed is newer. */
  get nextEpoch(): number {
    return Math.max(this.epoch, this.#witnessedEpoch) + 1;
  }

  /** @param head - undefined when no record changed */
  committed(head: Head | undefined, changes: Iterable<JournalChange>): void {
    if (head !== undefined) this.#head = head;
    for (const { key, tag } of changes) {
      this.#directories.apply(key, tag);
      this.#damage.clear(key);
      this.#touched?.set(toHex(key), key);
    }
  }

  /** A batch that its writer was told had failed is there all the same. */
  foundUnannounced(sequence: number): void {
    this.#firstUnannounced ??= sequence;
  }

  /** From now on this checkpoint counts. */
  checkpointed(manifest: Manifest): void {
    this.#manifest = manifest;
    this.#journalBase = manifest.sequence;
  }

  /** The store is another one from now on; to be called while `era` is replaced. */
  movedTo({ generation, head, directories, manifest }: NextGeneration): void {
    this.#generation = generation;
    this.#head = head;
    this.#directories = directories;
    this.#damage = new DamageRegister();
    this.#firstUnannounced = undefined;
    this.#touched = undefined;
    this.#readOnly = undefined;
    this.checkpointed(manifest);
  }

  /** Collects the keys of records that change from now on; `undefined` ends that. */
  collectTouched(touched: Map<string, Uint8Array> | undefined): void {
    this.#touched = touched;
  }

  refuseWrites(code: ErrorCode, message: string, facts: ErrorFacts = {}): void {
    this.#readOnly = { code, since: this.deps.clock.now(), message, facts };
  }

  acceptWrites(): void {
    this.#readOnly = undefined;
  }

  /** @throws VAULT_READ_ONLY */
  checkWritable(): void {
    if (this.#readOnly === undefined) return;
    const { code, message, facts } = this.#readOnly;
    throw new KeepsakeError("VAULT_READ_ONLY", `the vault does not accept writes; ${message}`, {
      facts: { ...facts, reason: code },
    });
  }

  /** When a purge is due for what is forgotten now, in milliseconds since the epoch. */
  nextPurgeDueAt(): number {
    return this.deps.clock.now() + PURGE_WITHIN_MS;
  }

  /**
   * Writes the anchor for the head as it is, which this process wrote: where the vault was opened with another than was last
   * written it takes no writes, and the next unlock must find that out again.
   *
   * One at a time: an anchor for one key that was begun before one for both must not take its place.
   */
  writeAnchor(): Promise<void> {
    return this.#anchors.run(() => {
      const { content, masterKey } = this.keyring;
      const { vaultId, epoch } = content;
      const { sequence, live } = this.#head;
      const next = this.#nextMasterKey;
      const masterKeys = next === undefined || next === masterKey ? [masterKey] : [masterKey, next];
      return this.deps.anchorFile.write({ vaultId, epoch, sequence, live }, masterKeys);
    });
  }

  /**
   * From now on every anchor holds under either master key, so that it does whichever keyring a crash leaves.
   *
   * @param next - becomes the keyring's; undefined when it did not
   */
  async expectMasterKey(next: Secret | undefined): Promise<void> {
    this.#nextMasterKey = next;
    if (next !== undefined) await this.writeAnchor();
  }
}
