/**
 * A vault in memory, for tests of what stands on it: `MemoryDisk` is what survives a crash, `MemoryDoor` one engine
 * process over it. Nothing is sealed here; the tests of the vault itself are elsewhere.
 */
import { createHmac } from "node:crypto";
import { encodeParts, equalBytes, utf8 } from "../../src/base/bytes.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import { LIMITS, isLongEnough } from "../../src/base/limits.ts";
import { formatRecordId, newRecordId, parseRecordId } from "../../src/base/record-id.ts";
import { Secret } from "../../src/base/secret.ts";
import type {
  CreateOptions,
  UnlockOptions,
  Change,
  Damage,
  InboxEntry,
  Keyspace,
  LoadedCheckpoint,
  LongWork,
  OpenVault,
  Passenger,
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
    tombstone: new Map(),
    source: new Map(),
    name: new Map(),
  };
  readonly inbox = new Map<RecordId, Omit<InboxEntry, "id">>();
  /** Entries of the inbox that hold no turn. */
  readonly notes = new Set<RecordId>();
  readonly damaged = new Set<RecordId>();
  isCounting = false;
  /** What goes along with every batch and is no record. */
  carried: Uint8Array = new Uint8Array(0);
  /** Every batch that was applied, oldest first. */
  readonly batches: (readonly Change[])[] = [];
  readonly slots: SlotSummary[] = [];
  /** What opens a slot, by its id; nothing for those of the keychain. */
  readonly #keys = new Map<string, Uint8Array>();
  #slotsMade = 0;
  readonly identityKey = Buffer.from(crypto.getRandomValues(new Uint8Array(32)));
  hooks: DiskHooks = {};
  /** Fields no client may ever see, added to everything the vault hands out. */
  internal: Record<string, unknown> = {};
  generation = 1;
  missingCount = 0;
  purgeDueAt: number | undefined;
  readOnly: VaultHealth["readOnly"];
  checkpoint: KeptCheckpoint | undefined;
  isRolledBack = false;
  isKeyringOlder = false;
  fault: KeepsakeError | undefined;
  /** How often a door was told to look into the folder again. */
  looks = 0;
  drops = 0;
  dropsSetAside = 0;
  vaultId: string | undefined = "0123456789abcdef0123456789abcdef";
  writes = 0;
  /** Batches whose writer has not heard of it yet. */
  readonly unannounced = new Set<readonly Change[]>();

  /** @param isAuthored - whether a client here captured it */
  addWaiting(plaintext: Uint8Array, isAuthored = true): RecordId {
    const id = newRecordId();
    this.inbox.set(id, { plaintext: plaintext.slice(), isAuthored });
    return id;
  }

  /** There is a vault: something opens it. */
  get isMade(): boolean {
    return this.slots.length > 0;
  }

  addSlot(slot: Pick<SlotSummary, "kind" | "label" | "created">, key?: Uint8Array): SlotSummary {
    const kdf = { memoryKiB: 65_536, passes: 3, parallelism: 1, ...this.internal };
    const id = `slot${String(this.#slotsMade++).padStart(4, "0")}`;
    const added = { id, ...slot, kdf: slot.kind === "passphrase" ? kdf : undefined, ...this.internal };
    this.slots.push(added);
    if (key !== undefined) this.#keys.set(id, key.slice());
    return added;
  }

  /** @throws WRONG_PASSPHRASE */
  slotOf(kind: SlotSummary["kind"], secret: Secret): SlotSummary {
    const isRight = ({ id }: SlotSummary) => equalBytes(secret.bytes, this.#keys.get(id) ?? new Uint8Array());
    const slot = this.slots.find((each) => each.kind === kind && isRight(each));
    if (slot === undefined) throw new KeepsakeError("WRONG_PASSPHRASE");
    return slot;
  }

  changeKey({ id }: SlotSummary, key: Uint8Array): void {
    this.#keys.set(id, key.slice());
  }

  put(keyspace: Keyspace, id: RecordId, plaintext: Uint8Array): void {
    this.writes += 1;
    this.records[keyspace].set(id, { plaintext: plaintext.slice(), version: this.writes });
    this.damaged.delete(id);
  }

  apply(changes: readonly Change[]): void {
    this.batches.push(changes);
    this.carry(changes);
  }

  /** What goes along with a batch is no change that a test would count. */
  carry(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.type === "noted") continue;
      if (change.type === "carried") {
        this.carried = change.bytes.slice();
        continue;
      }
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
    for (const changes of this.unannounced) for (const id of changes.flatMap(namedIds)) members.delete(id);
    return members;
  }

  get damage(): Damage {
    return { damaged: [...this.damaged], missingCount: this.missingCount, ...this.internal };
  }

  /** What a rewrite leaves behind: everything that authenticates, in the next generation. */
  async rewrite(
    operation: string,
    { progress, signal }: LongWork,
    losses?: "refused",
  ): Promise<{ records: number; damage: Damage }> {
    await this.hooks.beforeRewrite?.(operation);
    if (signal.aborted) throw new KeepsakeError("CANCELLED");
    const { damage } = this;
    if (losses === "refused" && damage.damaged.length > 0) throw new KeepsakeError("VAULT_DAMAGED");
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

function namedIds(change: Change): readonly RecordId[] {
  return "id" in change ? [change.id] : [];
}

export class MemoryOpenVault implements OpenVault {
  readonly #disk: MemoryDisk;
  readonly #now: () => number;
  /** What the next batch will say. */
  #purgeDueAt: number | undefined;
  #passenger: Passenger | undefined;
  /** Its engine crashed: it accepts nothing any more, so that what an engine does on its own has an end. */
  isGone = false;

  constructor(disk: MemoryDisk, now: () => number) {
    this.#disk = disk;
    this.#now = now;
  }

  get health(): VaultHealth {
    const { generation, damage, internal, records } = this.#disk;
    const readOnly = this.isGone ? ({ code: "VAULT_SEALED", since: 0 } as const) : this.#disk.readOnly;
    const purgeDueAt = this.#disk.purgeDueAt ?? this.#purgeDueAt;
    return {
      ...internal,
      generation,
      records: records.memory.size,
      forgotten: records.tombstone.size,
      purgePending: purgeDueAt !== undefined,
      purgeDueAt,
      readOnly: readOnly && { ...readOnly, ...internal },
      damage,
    };
  }

  async write(changes: readonly Change[]): Promise<void> {
    const { hooks } = this.#disk;
    for (const change of changes) if ("id" in change) parseRecordId(change.id);
    await nextMacrotask();
    await hooks.beforeWrite?.(changes);
    if (this.#disk.readOnly !== undefined) throw new KeepsakeError("VAULT_READ_ONLY");
    for (const change of changes) if (change.type === "noted") change.note();
    const aboard = this.#passenger?.board() ?? [];
    this.#disk.purgeDueAt ??= this.#purgeDueAt;
    this.#purgeDueAt = undefined;
    if (changes.length > 0) this.#disk.apply(changes);
    if (aboard.length > 0) {
      this.#disk.carry(aboard);
      this.#passenger?.arrived();
    }
    this.#disk.unannounced.add(changes);
    await hooks.afterWrite?.(changes);
    this.#disk.unannounced.delete(changes);
  }

  carry(passenger: Passenger): void {
    this.#passenger = passenger;
  }

  carried(): Uint8Array {
    return this.#disk.carried;
  }

  async read(keyspace: Keyspace, id: RecordId): Promise<Uint8Array | undefined> {
    await this.#disk.hooks.beforeRead?.(keyspace, id);
    if (this.#disk.damaged.has(id)) throw new KeepsakeError("RECORD_DAMAGED");
    const found = this.#disk.records[keyspace].get(id)?.plaintext;
    await this.#disk.hooks.afterRead?.(keyspace, id);
    return found?.slice();
  }

  has(keyspace: Keyspace, id: RecordId): boolean {
    return this.#disk.records[keyspace].has(id);
  }

  lacks(): boolean {
    return false;
  }

  async *scan(keyspace: Keyspace): AsyncIterable<ScannedRecord> {
    for (const [id, { plaintext }] of Array.from(this.#disk.records[keyspace])) {
      await this.#disk.hooks.beforeScanned?.(id, keyspace);
      if (!this.#disk.damaged.has(id)) yield { id, plaintext: plaintext.slice() };
    }
  }

  deriveId(...name: readonly Uint8Array[]): RecordId {
    return formatRecordId(this.#hmac("id", encodeParts(...name)).subarray(0, 16));
  }

  mac(purpose: string, bytes: Uint8Array): Uint8Array {
    return this.#hmac(`mac ${purpose}`, bytes);
  }

  markForgotten(): void {
    if (!this.health.purgePending) this.#purgeDueAt = this.#now() + DAY_MS;
  }

  async writeCheckpoint(chunks: Iterable<Uint8Array>): Promise<void> {
    const { generation, hooks } = this.#disk;
    const members = this.#disk.announced();
    const since = this.#disk.batches.length - this.#disk.unannounced.size;
    const kept: Uint8Array[] = [];
    const iterator = chunks[Symbol.iterator]();
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
      kept.push(next.value.slice());
      await hooks.betweenChunks?.(kept.length);
    }
    this.#disk.checkpoint = { generation, chunks: kept, members, since };
  }

  async loadCheckpoint(): Promise<LoadedCheckpoint | undefined> {
    const { checkpoint, generation, hooks } = this.#disk;
    await hooks.beforeLoadCheckpoint?.();
    if (checkpoint?.generation !== generation) return undefined;
    const live = this.#disk.members();
    const written = this.#disk.batches.slice(checkpoint.since).flatMap((batch) => batch.flatMap(namedIds));
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

  async purge(work: LongWork, losses?: "refused"): Promise<{ records: number; damage: Damage }> {
    const rewritten = await this.#disk.rewrite("purge", work, losses);
    this.#purgeDueAt = undefined;
    return rewritten;
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
    return this.#disk.isMade ? "sealed" : "missing";
  }

  fault(): KeepsakeError | undefined {
    return this.#disk.fault;
  }

  lookAgain(): Promise<void> {
    this.#disk.looks += 1;
    return Promise.resolve();
  }

  vaultId(): string | undefined {
    return this.#disk.isMade ? this.#disk.vaultId : undefined;
  }

  waiting(which: "entries" | "turns" = "entries"): number {
    const { inbox, notes } = this.#disk;
    return which === "entries" ? inbox.size : [...inbox.keys()].filter((id) => !notes.has(id)).length;
  }

  isCounting(): boolean {
    return this.#vault === undefined && this.#disk.isCounting;
  }

  takeInDrops(): Promise<void> {
    this.#disk.drops += 1;
    return this.isCounting() ? new Promise(() => {}) : Promise.resolve();
  }

  inboxCounts(): { bytes: number; setAside: number; dropsSetAside: number } {
    const bytes = [...this.#disk.inbox.values()].reduce((sum, { plaintext }) => sum + plaintext.length, 0);
    return { bytes, setAside: 0, dropsSetAside: this.#disk.dropsSetAside };
  }

  hasKeychain(): boolean {
    return this.#disk.slots.some(({ kind }) => kind === "keychain");
  }

  unlockRetryAfterMs(): number {
    return this.retryAfterMs;
  }

  async create(passphrase: Secret, { recovery, setAside = false }: CreateOptions, work: LongWork) {
    return this.#wiping([passphrase], async () => {
      const { internal, isMade } = this.#disk;
      if (isMade && !setAside) throw new KeepsakeError("VAULT_EXISTS");
      if (!isLongEnough(passphrase)) throw new KeepsakeError("WEAK_PASSPHRASE");
      work.progress({ stage: "kdf", done: 1, total: 1 });
      if (work.signal.aborted) throw new KeepsakeError("CANCELLED");
      this.#addSlot("passphrase", "passphrase", passphrase);
      const recoveryKey = recovery ? this.#addRecovery("recovery key").recoveryKey : undefined;
      this.#vault = new MemoryOpenVault(this.#disk, this.#now);
      const kdf = { memoryKiB: 65_536, passes: 3, parallelism: 1, milliseconds: 7, ...internal };
      const folder = isMade ? "/vault-set-aside" : undefined;
      return Promise.resolve({ vault: this.#vault, recoveryKey, kdf, setAside: folder, ...internal });
    });
  }

  async unlock(
    unlockWith: UnlockWith,
    work: LongWork,
    { acceptRollback = false }: UnlockOptions = {},
  ): Promise<OpenVault> {
    const secrets = unlockWith.kind === "keychain" ? [] : [unlockWith.secret];
    return this.#wiping(secrets, async () => {
      if (this.#vault !== undefined) return this.#vault;
      if (!this.#disk.isMade) throw new KeepsakeError("VAULT_MISSING");
      if (this.#disk.isKeyringOlder && !acceptRollback) throw new KeepsakeError("ROLLBACK_DETECTED");
      work.progress({ stage: "kdf", done: 1, total: 1 });
      await this.#disk.hooks.beforeUnlock?.();
      if (unlockWith.kind !== "keychain") this.#disk.slotOf(unlockWith.kind, unlockWith.secret);
      else if (!this.hasKeychain()) throw new KeepsakeError("KEYCHAIN_UNAVAILABLE");
      this.#vault ??= new MemoryOpenVault(this.#disk, this.#now);
      return this.#vault;
    });
  }

  opened(): OpenVault {
    if (this.#vault !== undefined) return this.#vault;
    throw new KeepsakeError(this.state() === "missing" ? "VAULT_MISSING" : "VAULT_SEALED");
  }

  async capture(turns: readonly Uint8Array[], notes: readonly Uint8Array[] = []): Promise<void> {
    if (!this.#disk.isMade) throw new KeepsakeError("VAULT_MISSING");
    await this.#disk.hooks.beforeCapture?.();
    for (const plaintext of turns) this.#disk.addWaiting(plaintext);
    for (const plaintext of notes) this.#disk.notes.add(this.#disk.addWaiting(plaintext));
  }

  inbox(): AsyncIterable<InboxEntry> {
    this.opened();
    return this.#entries();
  }

  async *#entries(): AsyncIterable<InboxEntry> {
    for (const [id, entry] of Array.from(this.#disk.inbox)) {
      await this.#disk.hooks.beforeInboxEntry?.(id);
      yield { id, ...entry };
    }
  }

  settleInbox(): Promise<void> {
    return Promise.resolve();
  }

  readonly slots: VaultSlots = {
    list: () => this.#listSlots(),
    add: (slot, work) => this.#addNewSlot(slot, work),
    remove: (id) => this.#removeSlot(id),
    changePassphrase: (current, next, work) => this.#changePassphrase(current, next, work),
    rotateMaster: (current, options, work) => this.#rotateMaster(current, options, work),
  };

  #listSlots(): readonly SlotSummary[] {
    if (!this.#disk.isMade) throw new KeepsakeError("VAULT_MISSING");
    return this.#disk.slots;
  }

  async #addNewSlot(
    { kind, label, passphrase }: Parameters<VaultSlots["add"]>[0],
    work: LongWork,
  ): ReturnType<VaultSlots["add"]> {
    return this.#wiping(passphrase === undefined ? [] : [passphrase], async () => {
      const isWeak = kind === "passphrase" && (passphrase === undefined || !isLongEnough(passphrase));
      this.opened();
      if (this.#disk.slots.length >= LIMITS.slots) throw new KeepsakeError("TOO_MANY_SLOTS");
      if (isWeak) throw new KeepsakeError("WEAK_PASSPHRASE");
      work.progress({ stage: "kdf", done: 1, total: 1 });
      const { internal } = this.#disk;
      if (kind === "recovery") return Promise.resolve({ ...this.#addRecovery(label), ...internal });
      return { slot: this.#addSlot(kind, label, passphrase), recoveryKey: undefined, ...internal };
    });
  }

  async #removeSlot(id: string): Promise<void> {
    this.opened();
    const { slots } = this.#disk;
    const place = slots.findIndex((slot) => slot.id === id);
    if (place === -1) throw new KeepsakeError("NOT_FOUND");
    if (slots.every((slot, at) => at === place || slot.kind === "keychain"))
      throw new KeepsakeError("LAST_SLOT");
    slots.splice(place, 1);
    return Promise.resolve();
  }

  async #changePassphrase(current: Secret, next: Secret, work: LongWork): Promise<SlotSummary> {
    return this.#wiping([current, next], async () => {
      this.opened();
      const slot = this.#disk.slotOf("passphrase", current);
      work.progress({ stage: "kdf", done: 1, total: 1 });
      if (!isLongEnough(next)) throw new KeepsakeError("WEAK_PASSPHRASE");
      this.#disk.changeKey(slot, next.bytes);
      return Promise.resolve(slot);
    });
  }

  async #rotateMaster(current: Secret, { recovery }: { readonly recovery: boolean }, work: LongWork) {
    return this.#wiping([current], async () => {
      this.opened();
      const kept = this.#disk.slotOf("passphrase", current);
      const { records, damage } = await this.#disk.rewrite("rotate-master", work);
      const { slots, internal } = this.#disk;
      const isRenewed = (slot: SlotSummary) => slot === kept || slot.kind === "keychain";
      const droppedSlots = slots.filter((slot) => !isRenewed(slot)).map(({ label }) => label);
      slots.splice(0, slots.length, ...slots.filter(isRenewed));
      const recoveryKey = recovery ? this.#addRecovery("recovery key").recoveryKey : undefined;
      return { records, damage, droppedSlots, recoveryKey, ...internal };
    });
  }

  crash(): void {
    if (this.#vault !== undefined) this.#vault.isGone = true;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  #addSlot(kind: SlotSummary["kind"], label: string, secret?: Secret): SlotSummary {
    return this.#disk.addSlot({ kind, label, created: this.#now() }, secret?.bytes);
  }

  #addRecovery(label: string): { readonly slot: SlotSummary; readonly recoveryKey: Secret } {
    const recoveryKey = new Secret(utf8("recovery-key-of-a-test"));
    this.secrets.push(recoveryKey);
    return { slot: this.#addSlot("recovery", label, recoveryKey), recoveryKey };
  }

  /** Runs `work`, and wipes the secrets it was given whatever comes of it. */
  async #wiping<T>(secrets: readonly Secret[], work: () => Promise<T>): Promise<T> {
    this.secrets.push(...secrets);
    try {
      return await work();
    } finally {
      for (const secret of secrets) secret.wipe();
    }
  }
}

/** As a real write does, it ends in a later turn of the event loop. */
function nextMacrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
