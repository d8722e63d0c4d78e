/**
 * A vault in memory, for tests of what stands on it: `MemoryDisk` is what survives a crash, `MemoryDoor` one engine
 * process over it. Nothing is sealed here; the tests of the vault itself are elsewhere.
 */
import { createHmac } from "node:crypto";
import { encodeParts, equalBytes } from "../../src/base/bytes.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import { formatRecordId, newRecordId } from "../../src/base/record-id.ts";
import { Secret } from "../../src/base/secret.ts";
import type {
  Change,
  Damage,
  InboxEntry,
  Keyspace,
  LoadedCheckpoint,
  LongWork,
  OpenVault,
  RecordId,
  ScannedRecord,
  SlotSummary,
  UnlockWith,
  VaultDoor,
  VaultSlots,
  VaultHealth,
} from "../../src/vault/vault.ts";

const DAY_MS = 86_400_000;

interface Written {
  readonly plaintext: Uint8Array;
  /** Counts up with every write, as a record's tag changes with every seal. */
  readonly version: number;
}

interface KeptCheckpoint {
  readonly generation: number;
  readonly chunks: Uint8Array[];
  readonly members: ReadonlyMap<RecordId, number>;
  /** Batches that were applied when it began. */
  readonly since: number;
}

/** Called at the named moment of every operation; what it throws is what the operation throws. */
export interface DiskHooks {
  /** Nothing of the batch is there yet. */
  beforeWrite?: (changes: readonly Change[]) => Promise<void> | void;
  /** The whole batch is there already: a write that is refused but reappears. */
  afterWrite?: (changes: readonly Change[]) => Promise<void> | void;
  beforeScanned?: (id: RecordId, keyspace: Keyspace) => Promise<void> | void;
  beforeRead?: (keyspace: Keyspace, id: RecordId) => Promise<void> | void;
  /** The record was looked up, its reader does not have it yet. */
  afterRead?: (keyspace: Keyspace, id: RecordId) => Promise<void> | void;
  beforeInboxEntry?: (id: RecordId) => Promise<void> | void;
  beforeCapture?: () => Promise<void> | void;
  beforeLoadCheckpoint?: () => Promise<void> | void;
  /** Between two chunks that are loaded. */
  beforeLoadedChunk?: () => Promise<void> | void;
  /** Between two chunks that are written, and once behind the last. */
  betweenChunks?: (written: number) => Promise<void> | void;
  beforeRewrite?: (operation: string) => Promise<void> | void;
  beforeUnlock?: () => Promise<void> | void;
}

export class MemoryDisk {
  readonly records: Readonly<Record<Keyspace, Map<RecordId, Written>>> = {
    memory: new Map(),
    idempotency: new Map(),
    audit: new Map(),
  };
  readonly inbox = new Map<RecordId, Uint8Array>();
  readonly damaged = new Set<RecordId>();
  /** Every batch that was applied, oldest first. */
  readonly batches: (readonly Change[])[] = [];
  readonly slots: SlotSummary[] = [];
  readonly identityKey = Buffer.from(crypto.getRandomValues(new Uint8Array(32)));
  hooks: DiskHooks = {};
  /** Fields no client may ever see, added to everything the vault hands out. */
  internal: Record<string, unknown> = {};
  passphrase: Uint8Array | undefined;
  recoveryKey: Uint8Array | undefined;
  generation = 1;
  missingCount = 0;
  purgeDueAt: number | undefined;
  readOnly: VaultHealth["readOnly"];
  checkpoint: KeptCheckpoint | undefined;
  isRolledBack = false;
  hasKeychain = false;
  vaultId: string | undefined = "0123456789abcdef0123456789abcdef";
  writes = 0;
  /** Batches whose writer has not heard of it yet. */
  readonly unannounced = new Set<readonly Change[]>();

  put(keyspace: Keyspace, id: RecordId, plaintext: Uint8Array): void {
    this.writes += 1;
    this.records[keyspace].set(id, { plaintext, version: this.writes });
    this.damaged.delete(id);
  }

  apply(changes: readonly Change[]): void {
    this.batches.push(changes);
    for (const change of changes) {
      if (change.type === "put") this.put(change.keyspace, change.id, change.plaintext);
      else if (change.type === "drained") this.inbox.delete(change.id);
      else {
        this.records[change.keyspace].delete(change.id);
        this.damaged.delete(change.id);
      }
    }
  }

  members(): ReadonlyMap<RecordId, number> {
    return new Map([...this.records.memory].map(([id, { version }]) => [id, version]));
  }

  /** Those that every writer has heard of. */
  announced(): ReadonlyMap<RecordId, number> {
    const members = new Map(this.members());
    for (const changes of this.unannounced) for (const { id } of changes) members.delete(id);
    return members;
  }

  get damage(): Damage {
    return { damaged: [...this.damaged], missingCount: this.missingCount, ...this.internal };
  }

  /** What a rewrite leaves behind: everything that authenticates, in the next generation. */
  async rewrite(
    operation: string,
    { progress, signal }: LongWork,
  ): Promise<{ records: number; damage: Damage }> {
    await this.hooks.beforeRewrite?.(operation);
    signal.throwIfAborted();
    const { damage } = this;
    for (const id of this.damaged) this.records.memory.delete(id);
    this.damaged.clear();
    this.missingCount = 0;
    this.generation += 1;
    this.purgeDueAt = undefined;
    const records = this.records.memory.size;
    progress({ stage: "write", done: records, total: records });
    return { records, damage, ...this.internal };
  }
}

export class MemoryOpenVault implements OpenVault {
  readonly #disk: MemoryDisk;
  readonly #now: () => number;
  #isForgotten = false;

  constructor(disk: MemoryDisk, now: () => number) {
    this.#disk = disk;
    this.#now = now;
  }

  get health(): VaultHealth {
    const { generation, purgeDueAt, readOnly, damage, internal, records } = this.#disk;
    return {
      ...internal,
      generation,
      records: records.memory.size,
      purgePending: purgeDueAt !== undefined,
      purgeDueAt,
      readOnly: readOnly && { ...readOnly, ...internal },
      damage,
    };
  }

  async write(changes: readonly Change[]): Promise<void> {
    const { hooks } = this.#disk;
    const isForgotten = this.#isForgotten;
    this.#isForgotten = false;
    await nextMacrotask();
    await hooks.beforeWrite?.(changes);
    if (this.#disk.readOnly !== undefined) throw new KeepsakeError("VAULT_READ_ONLY");
    if (isForgotten) this.#disk.purgeDueAt ??= this.#now() + DAY_MS;
    this.#disk.apply(changes);
    this.#disk.unannounced.add(changes);
    await hooks.afterWrite?.(changes);
    this.#disk.unannounced.delete(changes);
  }

  async read(keyspace: Keyspace, id: RecordId): Promise<Uint8Array | undefined> {
    await this.#disk.hooks.beforeRead?.(keyspace, id);
    if (this.#disk.damaged.has(id)) throw new KeepsakeError("RECORD_DAMAGED");
    const found = this.#disk.records[keyspace].get(id)?.plaintext;
    await this.#disk.hooks.afterRead?.(keyspace, id);
    return found;
  }

  has(keyspace: Keyspace, id: RecordId): boolean {
    return this.#disk.records[keyspace].has(id);
  }

  async *scan(keyspace: Keyspace): AsyncIterable<ScannedRecord> {
    for (const [id, { plaintext }] of Array.from(this.#disk.records[keyspace])) {
      await this.#disk.hooks.beforeScanned?.(id, keyspace);
      if (!this.#disk.damaged.has(id)) yield { id, plaintext };
    }
  }

  deriveId(...name: readonly Uint8Array[]): RecordId {
    return formatRecordId(this.#hmac("id", encodeParts(...name)).subarray(0, 16));
  }

  mac(purpose: string, bytes: Uint8Array): Uint8Array {
    return this.#hmac(`mac ${purpose}`, bytes);
  }

  markForgotten(): void {
    this.#isForgotten = true;
  }

  async writeCheckpoint(chunks: Iterable<Uint8Array>): Promise<void> {
    const { generation, hooks } = this.#disk;
    const members = this.#disk.announced();
    const since = this.#disk.batches.length - this.#disk.unannounced.size;
    const kept: Uint8Array[] = [];
    const iterator = chunks[Symbol.iterator]();
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
      kept.push(next.value);
      await hooks.betweenChunks?.(kept.length);
    }
    this.#disk.checkpoint = { generation, chunks: kept, members, since };
  }

  async loadCheckpoint(): Promise<LoadedCheckpoint | undefined> {
    const { checkpoint, generation, hooks } = this.#disk;
    await hooks.beforeLoadCheckpoint?.();
    if (checkpoint?.generation !== generation) return undefined;
    const live = this.#disk.members();
    const written = this.#disk.batches.slice(checkpoint.since).flatMap((batch) => batch.map(({ id }) => id));
    const added = [...live].filter(([id, version]) => checkpoint.members.get(id) !== version);
    const removed = [...checkpoint.members.keys(), ...written].filter((id) => !live.has(id));
    const changed = [...new Set([...added.map(([id]) => id), ...removed])];
    return {
      chunks: (async function* read() {
        for (const chunk of checkpoint.chunks) {
          await hooks.beforeLoadedChunk?.();
          yield chunk;
        }
      })(),
      changed,
      changes: changed.length,
    };
  }

  async verify({ progress }: LongWork): Promise<{ records: number; damage: Damage }> {
    const { size } = this.#disk.records.memory;
    progress({ stage: "read", done: size, total: size });
    return Promise.resolve({ records: size, damage: this.#disk.damage, ...this.#disk.internal });
  }

  purge(work: LongWork): Promise<{ records: number; damage: Damage }> {
    return this.#disk.rewrite("purge", work);
  }

  async repair(
    { acceptRollback }: { readonly acceptRollback: boolean },
    work: LongWork,
  ): Promise<{ records: number; damage: Damage }> {
    if (this.#disk.isRolledBack && !acceptRollback) throw new KeepsakeError("ROLLBACK_DETECTED");
    this.#disk.isRolledBack = false;
    return this.#disk.rewrite("repair", work);
  }

  #hmac(purpose: string, bytes: Uint8Array): Uint8Array {
    const hmac = createHmac("sha256", this.#disk.identityKey);
    return new Uint8Array(hmac.update(purpose).update(Uint8Array.of(0)).update(bytes).digest());
  }
}

export class MemoryDoor implements VaultDoor {
  readonly #disk: MemoryDisk;
  readonly #now: () => number;
  #vault: MemoryOpenVault | undefined;
  isClosed = false;
  retryAfterMs = 0;
  /** Every secret the door was given or handed out. */
  readonly secrets: Secret[] = [];

  constructor(disk: MemoryDisk, now: () => number) {
    this.#disk = disk;
    this.#now = now;
  }

  state(): "missing" | "sealed" | "open" {
    if (this.#vault !== undefined) return "open";
    return this.#disk.passphrase === undefined ? "missing" : "sealed";
  }

  vaultId(): string | undefined {
    return this.#disk.passphrase === undefined ? undefined : this.#disk.vaultId;
  }

  waiting(): number {
    return this.#disk.inbox.size;
  }

  hasKeychain(): boolean {
    return this.#disk.hasKeychain;
  }

  unlockRetryAfterMs(): number {
    return this.retryAfterMs;
  }

  async create(passphrase: Secret, { recovery }: { readonly recovery: boolean }, work: LongWork) {
    if (this.#disk.passphrase !== undefined) throw new KeepsakeError("VAULT_EXISTS");
    this.#disk.passphrase = new Uint8Array(passphrase.bytes);
    this.#addSummary("passphrase", "passphrase");
    const recoveryKey = recovery ? this.#newRecoveryKey() : undefined;
    work.progress({ stage: "kdf", done: 1, total: 1 });
    this.#wipe(passphrase);
    this.#vault = new MemoryOpenVault(this.#disk, this.#now);
    const kdf = { memoryKiB: 65_536, passes: 3, parallelism: 1, milliseconds: 7, ...this.#disk.internal };
    return Promise.resolve({ vault: this.#vault, recoveryKey, kdf, ...this.#disk.internal });
  }

  async unlock(unlockWith: UnlockWith, work: LongWork): Promise<OpenVault> {
    if (this.#disk.passphrase === undefined) throw new KeepsakeError("VAULT_MISSING");
    work.progress({ stage: "kdf", done: 1, total: 1 });
    await this.#disk.hooks.beforeUnlock?.();
    if (unlockWith.kind === "keychain") {
      if (!this.#disk.hasKeychain) throw new KeepsakeError("KEYCHAIN_UNAVAILABLE");
    } else {
      const expected = unlockWith.kind === "recovery" ? this.#disk.recoveryKey : this.#disk.passphrase;
      const isRight = expected !== undefined && equalBytes(unlockWith.secret.bytes, expected);
      this.#wipe(unlockWith.secret);
      if (!isRight) throw new KeepsakeError("WRONG_PASSPHRASE");
    }
    this.#vault ??= new MemoryOpenVault(this.#disk, this.#now);
    return this.#vault;
  }

  opened(): OpenVault {
    if (this.#vault !== undefined) return this.#vault;
    throw new KeepsakeError(this.state() === "missing" ? "VAULT_MISSING" : "VAULT_SEALED");
  }

  async capture(plaintexts: readonly Uint8Array[]): Promise<void> {
    if (this.#disk.passphrase === undefined) throw new KeepsakeError("VAULT_MISSING");
    await this.#disk.hooks.beforeCapture?.();
    for (const plaintext of plaintexts) this.#disk.inbox.set(newRecordId(), plaintext);
  }

  async *inbox(): AsyncIterable<InboxEntry> {
    for (const [id, plaintext] of Array.from(this.#disk.inbox)) {
      await this.#disk.hooks.beforeInboxEntry?.(id);
      yield { id, plaintext };
    }
  }

  readonly slots: VaultSlots = {
    list: () => this.#listSlots(),
    add: (slot, work) => this.#addSlot(slot, work),
    remove: (id) => this.#removeSlot(id),
    changePassphrase: (current, next, work) => this.#changePassphrase(current, next, work),
    rotateMaster: (current, options, work) => this.#rotateMaster(current, options, work),
  };

  #listSlots(): readonly SlotSummary[] {
    if (this.#disk.passphrase === undefined) throw new KeepsakeError("VAULT_MISSING");
    return this.#disk.slots;
  }

  async #addSlot(
    { kind, label, passphrase }: Parameters<VaultSlots["add"]>[0],
    work: LongWork,
  ): ReturnType<VaultSlots["add"]> {
    if (passphrase !== undefined) this.#wipe(passphrase);
    const slot = this.#addSummary(kind, label);
    work.progress({ stage: "kdf", done: 1, total: 1 });
    const recoveryKey = kind === "recovery" ? this.#newRecoveryKey() : undefined;
    return Promise.resolve({ slot, recoveryKey, ...this.#disk.internal });
  }

  async #removeSlot(id: string): Promise<void> {
    const place = this.#disk.slots.findIndex((slot) => slot.id === id);
    if (place === -1) throw new KeepsakeError("NOT_FOUND");
    if (this.#disk.slots.length === 1) throw new KeepsakeError("LAST_SLOT");
    this.#disk.slots.splice(place, 1);
    return Promise.resolve();
  }

  async #changePassphrase(current: Secret, next: Secret, work: LongWork): Promise<SlotSummary> {
    const isRight = equalBytes(current.bytes, this.#disk.passphrase ?? new Uint8Array());
    this.#wipe(current);
    if (isRight) this.#disk.passphrase = new Uint8Array(next.bytes);
    this.#wipe(next);
    if (!isRight) throw new KeepsakeError("WRONG_PASSPHRASE");
    work.progress({ stage: "kdf", done: 1, total: 1 });
    const [slot] = this.#disk.slots;
    if (slot === undefined) throw new Error("a vault without slots");
    return Promise.resolve(slot);
  }

  async #rotateMaster(current: Secret, { recovery }: { readonly recovery: boolean }, work: LongWork) {
    this.#wipe(current);
    const { records, damage } = await this.#disk.rewrite("rotate-master", work);
    const droppedSlots = this.#disk.slots.filter(({ kind }) => kind === "keychain").map(({ label }) => label);
    const recoveryKey = recovery ? this.#newRecoveryKey() : undefined;
    return { records, damage, droppedSlots, recoveryKey, ...this.#disk.internal };
  }

  async close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  #addSummary(kind: SlotSummary["kind"], label: string): SlotSummary {
    const slot = {
      id: `slot${String(this.#disk.slots.length).padStart(4, "0")}`,
      kind,
      label,
      created: this.#now(),
      kdf:
        kind === "passphrase"
          ? { memoryKiB: 65_536, passes: 3, parallelism: 1, ...this.#disk.internal }
          : undefined,
      ...this.#disk.internal,
    };
    this.#disk.slots.push(slot);
    return slot;
  }

  #newRecoveryKey(): Secret {
    const bytes = new TextEncoder().encode("recovery-key-of-a-test");
    this.#disk.recoveryKey = bytes;
    const secret = new Secret(new Uint8Array(bytes));
    this.secrets.push(secret);
    return secret;
  }

  #wipe(secret: Secret): void {
    this.secrets.push(secret);
    secret.wipe();
  }
}

/** As a real write does, it ends in a later turn of the event loop. */
function nextMacrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
