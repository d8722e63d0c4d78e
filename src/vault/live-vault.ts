/** An open vault: its parts behind the one interface the rest of keepsake knows. */
import { encodeParts, utf8 } from "../base/bytes.ts";
import { codeOf, hasCode, KeepsakeError } from "../base/errors.ts";
import { formatRecordId, RECORD_ID_BYTES } from "../base/record-id.ts";
import type { Secret } from "../base/secret.ts";
import { deriveKey } from "../crypto/hkdf.ts";
import { hmacSha256 } from "../crypto/hmac.ts";
import type { Base } from "./checkpoint/load-checkpoint.ts";
import { Checkpoints } from "./checkpoint/checkpoints.ts";
import type { InboxLedger } from "./live/inbox-ledger.ts";
import { InboxPairs } from "./live/inbox-pairs.ts";
import { PacedWrite } from "../base/turns/paced-write.ts";
import { Turns } from "../base/turns/turns.ts";
import { VaultReader } from "./live/vault-reader.ts";
import { idTextOfKey } from "./written/store-key.ts";
import type { ResealPlan } from "./generation/reseal.ts";
import { reseal } from "./generation/reseal.ts";
import { Scrub } from "./proof/scrub.ts";
import { wipeVaultKeys } from "./written/vault-keys.ts";
import type { VaultState } from "./live/vault-state.ts";
import type {
  Change,
  Examined,
  Keyspace,
  LoadedCheckpoint,
  LongWork,
  OpenVault,
  Passenger,
  RecordId,
  ScannedRecord,
  VaultHealth,
} from "./vault.ts";
import { verify } from "./proof/verify-records.ts";
import { WriteRecovery } from "./proof/write-recovery.ts";
import { VaultWriter } from "./live/vault-writer.ts";

export class LiveVault implements OpenVault {
  readonly state: VaultState;
  readonly inbox: InboxLedger;
  readonly writer: VaultWriter;
  readonly reader: VaultReader;
  readonly inboxPairs: InboxPairs;
  /** By purpose; wiped when the vault is closed. */
  readonly #macKeys = new Map<string, Secret>();
  readonly #anchor: PacedWrite;
  readonly #tally: PacedWrite;
  readonly #checkpoints: Checkpoints;
  readonly #recovery: WriteRecovery;
  readonly #scrub: Scrub;
  readonly #closing = new AbortController();
  readonly #reseals = new Turns();

  /**
   * @param inbox - of the same store; shared with whoever fills it while the vault is sealed
   * @param base - what the vault was opened from
   */
  constructor(state: VaultState, inbox: InboxLedger, base: Base | undefined) {
    this.state = state;
    this.inbox = inbox;
    const { clock, logger, tallyFile } = state.deps;
    const failed = (error: unknown) => {
      logger.log("anchor-not-written", { code: codeOf(error) });
    };
    this.#anchor = new PacedWrite(
      () => state.writeAnchor(),
      clock,
      (error) => {
        failed(error);
        // What is written from now on may go where nobody will look for it.
        if (hasCode(error, "UNSAFE_PATH") && state.readOnly === undefined) {
          state.refuseWrites("UNSAFE_PATH", "its folder, or the anchor in it, is not what it was");
        }
      },
    );
    this.#tally = new PacedWrite(() => tallyFile.write(inbox.tally), clock, failed);
    this.#recovery = new WriteRecovery(state, inbox);
    this.writer = new VaultWriter({
      state,
      inbox,
      noted: (drafts) => {
        if (drafts.records.head !== undefined) this.#anchor.note();
        if (drafts.inbox.isChanged) this.#tally.note();
      },
      failed: (drafts) => this.#recovery.begin(drafts),
    });
    this.inboxPairs = new InboxPairs({ state, writer: this.writer, inbox });
    this.reader = new VaultReader(state, () => this.writer.settled());
    this.#checkpoints = new Checkpoints(state, this.writer, base, () => this.#reseals.present > 0);
    this.#scrub = new Scrub({ state, writer: this.writer, reader: this.reader });
    this.#scrub.start();
    state.keyring.witnessedBy({ check: () => state.checkWritable(), record: () => this.#recordEpoch() });
  }

  get health(): VaultHealth {
    const { generation, head, directories, readOnly, damage } = this.state;
    const purgeDueAt = head.purgeDueAt ?? this.writer.pendingPatch.purgeDueAt;
    return {
      generation,
      records: directories.of("memory").size,
      forgotten: directories.of("tombstone").size,
      purgePending: purgeDueAt !== undefined,
      purgeDueAt,
      readOnly: readOnly && { code: readOnly.code, since: readOnly.since, message: readOnly.message },
      damage: damage.report(this.inbox.missing),
    };
  }

  async write(changes: readonly Change[]): Promise<void> {
    // What is forgotten must not come back by a copy of the entry it came by: no pair opens that one afterwards.
    if (changes.some(({ type }) => type === "delete")) await this.inboxPairs.settle();
    await this.writer.write(changes);
    void this.#checkpoints.shortenJournal();
  }

  carry(passenger: Passenger): void {
    this.writer.carry(passenger);
  }

  carried(): Uint8Array {
    return this.state.head.carried;
  }

  async read(keyspace: Keyspace, id: RecordId): Promise<Uint8Array | undefined> {
    return this.reader.read(keyspace, id);
  }

  has(keyspace: Keyspace, id: RecordId): boolean {
    return this.reader.has(keyspace, id);
  }

  lacks(keyspace: Keyspace, id: RecordId): boolean {
    return this.reader.lacks(keyspace, id);
  }

  async *scan(keyspace: Keyspace): AsyncIterable<ScannedRecord> {
    for await (const records of this.reader.pages(keyspace)) {
      for (const { key, plaintext } of records) yield { id: idTextOfKey(key), plaintext };
    }
  }

  deriveId(...name: readonly Uint8Array[]): RecordId {
    const mac = hmacSha256(this.state.keys.recordId.bytes, encodeParts(...name));
    return formatRecordId(mac.subarray(0, RECORD_ID_BYTES));
  }

  mac(purpose: string, bytes: Uint8Array): Uint8Array {
    const known = this.#macKeys.get(purpose);
    const key = known ?? deriveKey(this.state.keyring.identityKey, "named-mac", utf8(purpose));
    if (known === undefined) this.#macKeys.set(purpose, key);
    return hmacSha256(key.bytes, bytes);
  }

  markForgotten(): void {
    if (this.health.purgePending) return;
    this.writer.patchHead({ purgeDueAt: this.state.nextPurgeDueAt() });
  }

  async writeCheckpoint(chunks: Iterable<Uint8Array>): Promise<void> {
    await this.#checkpoints.write(chunks);
  }

  async loadCheckpoint(): Promise<LoadedCheckpoint | undefined> {
    return this.#checkpoints.load();
  }

  async verify(work: LongWork): Promise<Examined> {
    return verify({ state: this.state, reader: this.reader, inbox: this.inbox }, work);
  }

  async purge(work: LongWork, losses?: "refused"): Promise<Examined> {
    return this.reseal({ isRepair: false, losses, keyring: {} }, work);
  }

  async repair(options: { readonly acceptRollback: boolean }, work: LongWork): Promise<Examined> {
    const { readOnly } = this.state;
    if (readOnly?.code === "ROLLBACK_DETECTED" && !options.acceptRollback) {
      throw new KeepsakeError("ROLLBACK_DETECTED", `the vault was rolled back; ${readOnly.message}`, {
        facts: readOnly.facts,
      });
    }
    return this.reseal({ isRepair: true, keyring: {} }, work);
  }

  /** The one way to the next generation. @throws BUSY while another one is under way, and as `reseal` */
  async reseal(plan: ResealPlan, work: LongWork): Promise<Examined> {
    if (this.#reseals.present > 0) throw new KeepsakeError("BUSY");
    const signal = AbortSignal.any([work.signal, this.#closing.signal]);
    try {
      return await this.#reseals.run(async () => {
        await this.#checkpoints.idle();
        return reseal(this, plan, { ...work, signal });
      });
    } finally {
      this.#tally.note();
    }
  }

  /** Removes what an interrupted checkpoint or clean-up left, in the background. */
  removeLeftovers(keys: readonly Uint8Array[]): void {
    if (keys.length === 0 || this.state.readOnly !== undefined) return;
    void this.writer.removeRaw(keys).catch(() => undefined);
  }

  /** Writes a head for a keyring that a crash left without one, or that a head of version 1 does not tell of. */
  healHead(): void {
    if (this.state.readOnly === undefined) void this.writer.flushHead().catch(() => undefined);
  }

  /** Puts the keyring's epoch into the head, and by way of that into the anchor. @throws DISK_FULL, WRITE_FAILED */
  async #recordEpoch(): Promise<void> {
    try {
      await this.writer.flushHead();
    } catch (cause) {
      const code = hasCode(cause, "DISK_FULL") ? "DISK_FULL" : "WRITE_FAILED";
      throw new KeepsakeError(code, "the keyring was changed, but the disk refused to put that on record", {
        hint: 'the change holds; "keepsake key list" shows what opens the vault now',
        cause,
      });
    }
  }

  /** Waits for what is being written, writes what is still to be said, closes the store and wipes every key. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([
      this.#scrub.stop(),
      this.#recovery.stop(),
      this.#reseals.idle(),
      this.#checkpoints.idle(),
    ]);
    const parting = async () => {
      await this.writer.flushHead();
      if (this.state.manifest === undefined) await this.#checkpoints.write([]);
    };
    await parting().catch(() => undefined);
    await this.writer.idle();
    if (this.state.readOnly === undefined) this.state.refuseWrites("VAULT_SEALED", "it is being closed");
    await this.inboxPairs.idle();
    await this.#anchor.flush().catch(() => undefined);
    await this.#tally.flush().catch(() => undefined);
    await this.state.era.replace(async (era) => {
      await era.store.close().catch(() => undefined);
      era.sealer.wipe();
      return era;
    });
    wipeVaultKeys(this.state.keys);
    for (const key of this.#macKeys.values()) key.wipe();
    this.state.keyring.wipe();
  }
}
