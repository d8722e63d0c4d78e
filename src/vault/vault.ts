/** What the rest of keepsake knows of the vault: records by keyspace and id, bytes whose meaning is the service's business. */
import type { ErrorCode, KeepsakeError } from "../base/errors.ts";
import type { Secret } from "../base/secret.ts";
import type { CountedKeyspace } from "./written/keyspaces.ts";

export type RecordId = string;
export type Keyspace = CountedKeyspace;

export type Change =
  | {
      readonly type: "put";
      readonly keyspace: Keyspace;
      readonly id: RecordId;
      readonly plaintext: Uint8Array;
    }
  | { readonly type: "delete"; readonly keyspace: Keyspace; readonly id: RecordId }
  /** Removes an entry of the inbox in the same batch that stores what it became. */
  | { readonly type: "drained"; readonly id: RecordId }
  /** Changes nothing; `note` is called as the batch is put together, before its passenger boards. */
  | { readonly type: "noted"; readonly note: () => void }
  /** Takes the place of what the vault carries: a few bytes that change with nearly every batch, and are no record. */
  | { readonly type: "carried"; readonly bytes: Uint8Array };

/** What goes along with every batch, such as the record of who wrote it. */
export interface Passenger {
  /** Called as a batch is put together, behind all else; what it returns goes into the same batch. */
  board(): readonly Change[];
  /** The batch of the last `board` is durable. When `board` is called again before this, that batch came to nothing. */
  arrived(): void;
}

export interface Progress {
  readonly stage: "kdf" | "read" | "write" | "index";
  readonly done: number;
  readonly total: number;
}

export interface LongWork {
  readonly progress: (progress: Progress) => void;
  readonly signal: AbortSignal;
}

/** What is wrong with what is on disk. Ids are of records that do not authenticate or are not the newest version. */
export interface Damage {
  readonly damaged: readonly RecordId[];
  /** Live records the head counts minus those found. */
  readonly missingCount: number;
}

export interface VaultHealth {
  readonly generation: number;
  /** Live memories; other keyspaces do not count. */
  readonly records: number;
  /** Tombstones: what was forgotten and is refused when it comes again. */
  readonly forgotten: number;
  readonly purgePending: boolean;
  readonly purgeDueAt: number | undefined;
  readonly readOnly:
    | {
        readonly code: ErrorCode;
        readonly since: number;
        /** What is wrong: a clause that says "it" of the vault, and names no path. */
        readonly message?: string;
      }
    | undefined;
  readonly damage: Damage;
}

export interface ScannedRecord {
  readonly id: RecordId;
  readonly plaintext: Uint8Array;
}

/** What came back from a checkpoint: the chunks as written and what changed since. */
export interface LoadedCheckpoint {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Memory records written or removed since the checkpoint began, each once; the chunks may hold something of them. */
  readonly changed: Iterable<RecordId>;
  readonly changes: number;
}

/** How many records authenticate, and what does not: left behind for good where they were sealed anew. */
export interface Examined {
  readonly records: number;
  readonly damage: Damage;
}

/** An open vault. Every method rejects with a `KeepsakeError`. */
export interface OpenVault {
  readonly health: VaultHealth;
  /**
   * Applies all changes or none; resolves once they are fsynced. Waiting writes share one fsync.
   *
   * @throws VAULT_READ_ONLY, DISK_FULL, WRITE_FAILED
   */
  write(changes: readonly Change[]): Promise<void>;
  carry(passenger: Passenger): void;
  /** Of the newest `carried` change; empty when there was none, or when it was lost with the head. */
  carried(): Uint8Array;
  /** @throws RECORD_DAMAGED when it is there but does not authenticate or is not its newest version */
  read(keyspace: Keyspace, id: RecordId): Promise<Uint8Array | undefined>;
  has(keyspace: Keyspace, id: RecordId): boolean;
  /** Whether a record that should be there is gone, rather than unreadable. */
  lacks(keyspace: Keyspace, id: RecordId): boolean;
  /** Every record of a keyspace that authenticates, in no particular order; damaged ones are noted in `health`. */
  scan(keyspace: Keyspace): AsyncIterable<ScannedRecord>;
  /** The id that belongs to a name, such as (project, message id): the same name always has the same id. */
  deriveId(...name: readonly Uint8Array[]): RecordId;
  /** HMAC-SHA256 under a key of this vault and purpose; 32 bytes. */
  mac(purpose: string, bytes: Uint8Array): Uint8Array;
  /** Something was forgotten: a purge becomes due within 24 h. Written with the next batch. */
  markForgotten(): void;
  /**
   * Keeps the chunks, while writes go on. They may hold any part of what is written after the call, and must hold all of
   * what was written before: `loadCheckpoint` names every memory that was written or removed since the call. When the
   * iteration throws, nothing is kept and the error is passed on.
   */
  writeCheckpoint(chunks: Iterable<Uint8Array>): Promise<void>;
  /** The newest whole checkpoint of this generation, if any. */
  loadCheckpoint(): Promise<LoadedCheckpoint | undefined>;
  verify(work: LongWork): Promise<Examined>;
  /** New data key, live records re-sealed, the old ones erased; VAULT_DAMAGED where one cannot be and losses are refused. */
  purge(work: LongWork, losses?: "refused"): Promise<Examined>;
  /** Takes what authenticates as the new truth. @throws ROLLBACK_DETECTED when the anchor is ahead, unless `acceptRollback` */
  repair(options: { readonly acceptRollback: boolean }, work: LongWork): Promise<Examined>;
}

/** A captured turn waiting in the inbox, opened. */
export interface InboxEntry {
  readonly id: RecordId;
  readonly plaintext: Uint8Array;
  /** Whether this machine captured it; otherwise anyone who can write the vault's files may have. */
  readonly isAuthored: boolean;
}

/** One way to open the vault, as listed to people. */
export interface SlotSummary {
  /** 8 characters of a-z 0-9. */
  readonly id: string;
  readonly kind: "passphrase" | "recovery" | "keychain";
  readonly label: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly kdf:
    { readonly memoryKiB: number; readonly passes: number; readonly parallelism: number } | undefined;
}

/** How someone wants to open the vault. The vault wipes the secret it is given. */
export type UnlockWith =
  { readonly kind: "passphrase" | "recovery"; readonly secret: Secret } | { readonly kind: "keychain" };

export interface UnlockOptions {
  /** Opens, to be read and repaired, a vault whose keyring is older than its records. */
  readonly acceptRollback?: boolean;
}

export interface CreateOptions {
  readonly recovery: boolean;
  /** Moves what is in the vault's folder to one beside it first, unless that is open. */
  readonly setAside?: boolean;
}

/** The slots of a vault; they are listed while it is sealed, and changed while it is open. Every method wipes its secrets. */
export interface VaultSlots {
  list(): readonly SlotSummary[];
  add(
    slot: { readonly kind: SlotSummary["kind"]; readonly label: string; readonly passphrase?: Secret },
    work: LongWork,
  ): Promise<{ readonly slot: SlotSummary; readonly recoveryKey: Secret | undefined }>;
  /** @throws NOT_FOUND, LAST_SLOT */
  remove(id: string): Promise<void>;
  /** Re-wraps the master key under `next`; the slot that `current` opens is the one that changes. */
  changePassphrase(current: Secret, next: Secret, work: LongWork): Promise<SlotSummary>;
  /** New master key and data key; slots whose secret is not at hand are dropped and named by label. */
  rotateMaster(
    current: Secret,
    options: { readonly recovery: boolean },
    work: LongWork,
  ): Promise<{
    readonly records: number;
    readonly damage: Damage;
    readonly droppedSlots: readonly string[];
    readonly recoveryKey: Secret | undefined;
  }>;
}

/**
 * A vault directory through its life in one engine process: missing, sealed, open, and never sealed again (the process
 * ends instead). Every `Secret` given to a method is wiped by it; every `Secret` returned is the caller's to wipe.
 */
export interface VaultDoor {
  state(): "missing" | "sealed" | "open";
  /** Why the vault cannot be opened as its folder is; undefined while nothing is known against it. */
  fault(): KeepsakeError | undefined;
  /** Looks into the folder anew where something was wrong with it, or nothing there. */
  lookAgain(): Promise<void>;
  /** 32 hexadecimal digits. */
  vaultId(): string | undefined;
  /** Entries of the inbox that may still be taken in; or turns that wait, in the inbox and in the drop folder. */
  waiting(which?: "entries" | "turns"): number;
  /** What all that waits takes; entries that opened under no key, until the next purge; and files that stay in the drop folder. */
  inboxCounts(): { readonly bytes: number; readonly setAside: number; readonly dropsSetAside: number };
  /** Whether a sealed vault's store is still looked through: until then nobody knows what waits. */
  isCounting(): boolean;
  /** Takes into the inbox what programs here sealed by themselves. What goes wrong is logged. */
  takeInDrops(): Promise<void>;
  hasKeychain(): boolean;
  /** Milliseconds until the next unlock is allowed; 0 when it is allowed now. */
  unlockRetryAfterMs(): number;
  /** @throws VAULT_EXISTS, VAULT_INCOMPLETE, KEYRING_DAMAGED, WEAK_PASSPHRASE, WRITE_FAILED, DISK_FULL, UNSAFE_PATH */
  create(
    passphrase: Secret,
    options: CreateOptions,
    work: LongWork,
  ): Promise<{
    readonly vault: OpenVault;
    /** ASCII text of the recovery key: groups of letters with a checksum. */
    readonly recoveryKey: Secret | undefined;
    readonly kdf: { memoryKiB: number; passes: number; parallelism: number; milliseconds: number };
    /** Path of the folder that holds what was there before, if anything was. */
    readonly setAside: string | undefined;
  }>;
  /** @throws VAULT_MISSING, VAULT_INCOMPLETE, ROLLBACK_DETECTED, WRONG_PASSPHRASE, RATE_LIMITED, KEYRING_DAMAGED, … */
  unlock(unlockWith: UnlockWith, work: LongWork, options?: UnlockOptions): Promise<OpenVault>;
  /** The open vault; @throws VAULT_SEALED, VAULT_MISSING, and `fault` */
  opened(): OpenVault;
  /**
   * Stores plaintexts encrypted to the vault's public key, all or none; durable when it resolves. Works sealed. Notes that
   * come alone find room when turns fill the rest.
   *
   * @throws INBOX_FULL when they would be more than may wait; UNSAFE_PATH when the inbox token cannot be trusted
   */
  capture(turns: readonly Uint8Array[], notes?: readonly Uint8Array[]): Promise<void>;
  /**
   * Entries of the inbox; the vault must be open. Each is removed by a `drained` change of `OpenVault.write`. What is captured
   * from the first one on is not among them.
   *
   * @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED
   */
  inbox(): AsyncIterable<InboxEntry>;
  /**
   * Ends what `inbox` began: no copy of an entry that it gave opens from now on. What was given and not removed waits on.
   *
   * @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED
   */
  settleInbox(): Promise<void>;
  readonly slots: VaultSlots;
  /** Waits for writes in flight, wipes keys, closes the database. */
  close(): Promise<void>;
}
