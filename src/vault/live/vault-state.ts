/**
 * What the parts of an open vault share: the store with the keys of its generation, the directories, the head, and what is
 * wrong. The writer alone changes head and directories while the vault is in use; a re-seal exchanges all of it at once
 * while nothing is written or read.
 */
import type { Clock } from "../../base/clock.ts";
import type { Secret } from "../../base/secret.ts";
import type { ErrorCode, ErrorFacts } from "../../base/errors.ts";
import { KeepsakeError } from "../../base/errors.ts";
import type { Logger } from "../../base/logger.ts";
import type { Randomness } from "../../crypto/random.ts";
import type { KeyringFile } from "../../keys/keyring-file.ts";
import type { Keyring } from "../../keys/keyring.ts";
import type { PrivateFiles } from "../../platform/private-file-access.ts";
import type { Ballast } from "../../store/ballast.ts";
import type { RecordStore, StoreOpener } from "../../store/record-store.ts";
import type { AnchorFile } from "../written/anchor.ts";
import type { Manifest } from "../written/checkpoint-format.ts";
import { DamageRegister } from "../written/damage.ts";
import { Directories } from "../written/directories.ts";
import type { Head } from "../written/head.ts";
import type { InboxTallyFile } from "../written/inbox-tally.ts";
import type { RecordSealer } from "../written/record-sealer.ts";
import type { Shared } from "../../base/turns/exchangeable.ts";
import type { VaultKeys } from "../written/vault-keys.ts";

const PURGE_WITHIN_MS = 24 * 3_600_000;

/** What is passed into a vault from outside. */
export interface VaultDeps {
  /** Path of the vault's folder. */
  readonly folder: string;
  /** @throws UNSAFE_PATH when another folder is there now */
  readonly checkFolder: () => Promise<void>;
  readonly opener: StoreOpener;
  readonly ballast: Ballast;
  readonly files: PrivateFiles;
  readonly keyringFile: KeyringFile;
  readonly anchorFile: AnchorFile;
  readonly tallyFile: InboxTallyFile;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly logger: Logger;
  readonly timing: VaultTiming;
  /** Seals a term takes before a new one begins. */
  readonly sealsPerTerm: number;
}

/** All in milliseconds. */
export interface VaultTiming {
  /** Wait before the first attempt to write again after a failure, doubled up to `retryMost`. */
  readonly retryFirst: number;
  readonly retryMost: number;
  /** Between two slices of the scrub. */
  readonly scrubSlice: number;
  /** What a door waits for the inbox to be counted before it is given out; `waiting` is 0 until then. */
  readonly inboxCount: number;
}

/** One generation in use. */
export interface Era {
  readonly store: RecordStore;
  readonly sealer: RecordSealer;
}

export interface ReadOnlyReason {
  readonly code: ErrorCode;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly message: string;
  readonly facts: ErrorFacts;
}

export class VaultState {
  readonly deps: VaultDeps;
  readonly keyring: Keyring;
  readonly keys: VaultKeys;
  readonly era: Shared<Era>;
  generation: number;
  head: Head;
  directories: Directories;
  damage: DamageRegister;
  readOnly: ReadOnlyReason | undefined;
  /** Whether the head is what was last written, as far as anyone can tell. */
  isHeadTrusted: boolean;
  /** Of the checkpoint that counts. */
  manifest: Manifest | undefined;
  /** The journal holds every batch behind this sequence number. */
  journalBase: number;
  /** The first batch that its writer was told had failed and that is there all the same. */
  firstUnannounced: number | undefined;
  /** Sequence number of the anchor when the vault was opened. */
  readonly anchored: number;
  /** Takes over with the switch under way; where its outcome is open the anchor stays for both. */
  #nextMasterKey: Secret | undefined;
  #anchoring: Promise<unknown> = Promise.resolve();
  /** Records touched since a re-seal began to copy; undefined when none is under way. */
  touched: Map<string, Uint8Array> | undefined;

  constructor(
    deps: VaultDeps,
    parts: {
      readonly keyring: Keyring;
      readonly keys: VaultKeys;
      readonly era: Shared<Era>;
      readonly generation: number;
      readonly head: Head;
      readonly directories?: Directories;
      readonly damage?: DamageRegister;
      readonly readOnly?: ReadOnlyReason | undefined;
      readonly manifest: Manifest | undefined;
      readonly anchored?: number;
    },
  ) {
    this.deps = deps;
    this.keyring = parts.keyring;
    this.keys = parts.keys;
    this.era = parts.era;
    this.generation = parts.generation;
    this.head = parts.head;
    this.directories = parts.directories ?? new Directories();
    this.damage = parts.damage ?? new DamageRegister();
    this.readOnly = parts.readOnly;
    this.isHeadTrusted = parts.readOnly === undefined;
    this.manifest = parts.manifest;
    this.journalBase = parts.manifest?.sequence ?? parts.head.sequence;
    this.anchored = parts.anchored ?? 0;
  }

  get vaultId(): Uint8Array {
    return this.keyring.content.vaultId;
  }

  refuseWrites(code: ErrorCode, message: string, facts: ErrorFacts = {}): void {
    this.readOnly = { code, since: this.deps.clock.now(), message, facts };
  }

  /** @throws VAULT_READ_ONLY */
  checkWritable(): void {
    if (this.readOnly === undefined) return;
    const { code, message, facts } = this.readOnly;
    throw new KeepsakeError("VAULT_READ_ONLY", `The vault does not accept writes at the moment: ${message}`, {
      facts: { ...facts, reason: code },
    });
  }

  /** When a purge is due for what is forgotten now, in milliseconds since the epoch. */
  nextPurgeDueAt(): number {
    return this.deps.clock.now() + PURGE_WITHIN_MS;
  }

  /**
   * Writes the anchor for the head as it is; not when the vault was opened with another than was last written, which the
   * next unlock must find out again.
   */
  async writeAnchor(): Promise<void> {
    if (this.isHeadTrusted) await this.#writeAnchor();
  }

  /**
   * From now on every anchor holds under either master key, so that it does whichever keyring a crash leaves.
   *
   * @param next - becomes the keyring's; undefined when it did not
   */
  async expectMasterKey(next: Secret | undefined): Promise<void> {
    this.#nextMasterKey = next;
    if (next !== undefined) await this.#writeAnchor();
  }

  /** One at a time: an anchor for one key that was begun before one for both must not take its place. */
  #writeAnchor(): Promise<void> {
    const run = this.#anchoring.then(() => {
      const { content, masterKey } = this.keyring;
      const { vaultId, epoch } = content;
      const { sequence, live } = this.head;
      const next = this.#nextMasterKey;
      const masterKeys = next === undefined || next === masterKey ? [masterKey] : [masterKey, next];
      return this.deps.anchorFile.write({ vaultId, epoch, sequence, live }, masterKeys);
    });
    this.#anchoring = run.catch(() => undefined);
    return run;
  }
}
