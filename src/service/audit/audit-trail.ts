/**
 * The record of who asked for what, in whatever state the vault is:
 *
 *   missing   entries wait in memory for the vault that is made
 *   sealed    encrypted to the inbox: deeds at once, the rest from time to time
 *   open      in the chain: with the batch of what they did, at once, or within a second
 *
 * What changes nothing waits in memory for at most a second (longer while sealed), and is all that a crash can lose.
 */
import type { Clock } from "../../base/clock.ts";
import { codeOf, KeepsakeError } from "../../base/errors.ts";
import type { Logger } from "../../base/logger.ts";
import { startTimer } from "../../base/timer.ts";
import type { Change, OpenVault, VaultDoor } from "../../vault/vault.ts";
import { AuditChain } from "./audit-chain.ts";
import type { AuditEntry } from "./audit-entry.ts";
import { encodeWaiting } from "./audit-entry.ts";
import type { Activity } from "./client-activity.ts";
import { ClientActivity } from "./client-activity.ts";
import { CountedCalls } from "./counted-calls.ts";

type Pace = Parameters<CountedCalls["take"]>[1];

const FLUSH_MS = 1_000;
/** After a flush that failed the next one waits twice as long. */
const MAX_FLUSH_MS = 60_000;
/** While sealed each flush is an entry of the inbox: the next one waits twice as long. */
const MAX_SEALED_FLUSH_MS = 3_600_000;
/** Entries that wait in memory; what comes on top is counted. */
const MAX_WAITING = 1_000;
const MAX_ENTRIES_PER_FLUSH = 200;
const DROPPED = "audit.dropped";

export interface AuditTrailDeps {
  readonly door: Pick<VaultDoor, "state" | "capture">;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class AuditTrail {
  readonly #deps: AuditTrailDeps;
  readonly #counted: CountedCalls;
  #waiting: AuditEntry[] = [];
  #dropped = 0;
  #vault: OpenVault | undefined;
  #opening: Promise<AuditChain> | undefined;
  #chain: AuditChain | undefined;
  #cancelFlush: (() => void) | undefined;
  /** Monotonic. */
  #flushDueAt = 0;
  #sealedFlushMs = FLUSH_MS;
  #failures = 0;
  #flushing: Promise<void> | undefined;
  #activity: ClientActivity | undefined;
  #isClosed = false;

  constructor(deps: AuditTrailDeps) {
    this.#deps = deps;
    this.#counted = new CountedCalls(deps.clock);
  }

  now(): string {
    return new Date(this.#deps.clock.now()).toISOString();
  }

  monotonic(): number {
    return this.#deps.clock.monotonic();
  }

  /** The vault was opened: the record is in it from now on. */
  opened(vault: OpenVault): void {
    this.#vault = vault;
    // Whoever needs the chain hears of it.
    this.chain().catch(() => undefined);
  }

  /** The chain of the open vault. @throws VAULT_SEALED, and what kept it from being read: asked again, it is tried again */
  async chain(): Promise<AuditChain> {
    if (this.#chain !== undefined) return this.#chain;
    if (this.#vault === undefined) throw new KeepsakeError("VAULT_SEALED");
    this.#opening ??= this.#open(this.#vault);
    return this.#opening;
  }

  /** For whatever writes: resolves when its entry can go along. @throws as `chain` */
  async ready(): Promise<void> {
    if (this.#vault !== undefined) await this.chain();
  }

  /** An entry of something that changed nothing: alone, or counted with others of its kind. */
  note(entry: AuditEntry, pace?: Pace): void {
    const alone = pace === undefined ? entry : this.#counted.take(entry, pace);
    if (alone !== undefined) this.#wait(alone);
    this.#schedule();
  }

  /** For a batch of the open vault that does something: the entry that is there with it or not at all. */
  deed(entry: () => AuditEntry): readonly Change[] {
    return this.#chain === undefined ? [] : [this.#chain.deed(entry)];
  }

  /** Resolves when the entry is durable. Without a vault it waits for one. @throws as `OpenVault.write` or `VaultDoor.capture` */
  async write(entry: AuditEntry): Promise<void> {
    const { door } = this.#deps;
    if (this.#vault !== undefined) {
      const chain = await this.chain();
      await this.#vault.write([chain.deed(() => entry)]);
    } else if (door.state() === "sealed") await door.capture([], [encodeWaiting([entry])]);
    else this.#wait(entry);
  }

  /** What the record says of each client, and since when; undefined while it cannot be read. */
  async activity(
    signal: AbortSignal,
  ): Promise<{ readonly clients: ReadonlyMap<string, Activity>; readonly since: number } | undefined> {
    if (this.#vault === undefined) return undefined;
    await this.flush("all");
    const chain = await this.chain();
    this.#activity ??= new ClientActivity(chain);
    return { clients: await this.#activity.read(signal), since: chain.mark.dropped.at };
  }

  /** Writes what waits, as far as that is possible. @param which - of what is counted: what is due, or all of it */
  async flush(which: "ended" | "all" = "ended"): Promise<void> {
    for (const entry of this.#counted.takeDue(which)) this.#wait(entry);
    this.#flushing ??= this.#flush().finally(() => (this.#flushing = undefined));
    await this.#flushing;
  }

  /** Writes all that waits; nothing is noted any more. */
  async close(): Promise<void> {
    await this.#flushing;
    this.#chain?.finish();
    await this.flush("all");
    this.#isClosed = true;
    this.#cancelFlush?.();
  }

  async #open(vault: OpenVault): Promise<AuditChain> {
    try {
      const chain = await AuditChain.open(vault, this.#deps.clock.now());
      for (const entry of this.#waiting.splice(0)) chain.add(entry);
      this.#chain = chain;
      this.#schedule();
      return this.#chain;
    } catch (error) {
      this.#opening = undefined;
      this.#deps.logger.log("audit-not-opened", { code: codeOf(error) });
      throw error;
    }
  }

  #wait(entry: AuditEntry): void {
    const waiting = this.#waiting.length + (this.#chain?.waiting ?? 0);
    if (waiting >= MAX_WAITING) this.#dropped += entry.times ?? 1;
    else if (this.#chain === undefined) this.#waiting.push(entry);
    else this.#chain.add(entry);
  }

  #schedule(): void {
    if (this.#isClosed) return;
    const hasWaiting = this.#waiting.length + (this.#chain?.waiting ?? 0) > 0;
    const waitMs = hasWaiting ? this.#flushMs() : this.#counted.dueInMs;
    if (waitMs === undefined) return;
    const flushMs = Math.max(FLUSH_MS, waitMs);
    const dueAt = this.#deps.clock.monotonic() + flushMs;
    if (this.#cancelFlush !== undefined && this.#flushDueAt <= dueAt) return;
    this.#cancelFlush?.();
    this.#flushDueAt = dueAt;
    this.#cancelFlush = startTimer(flushMs, () => {
      this.#cancelFlush = undefined;
      void this.flush().finally(() => this.#schedule());
    });
  }

  #flushMs(): number {
    if (this.#vault === undefined) return this.#sealedFlushMs;
    return Math.min(MAX_FLUSH_MS, FLUSH_MS * 2 ** this.#failures);
  }

  /** Never rejects: what could not be written waits on. */
  async #flush(): Promise<void> {
    try {
      if (this.#vault !== undefined) await this.#flushOpen(await this.chain());
      else if (this.#deps.door.state() === "sealed") await this.#flushSealed();
      this.#failures = 0;
    } catch (error) {
      if (this.#failures === 0) this.#deps.logger.log("audit-not-written", { code: codeOf(error) });
      this.#failures += 1;
    }
  }

  /** Entries that waited in the inbox, with what takes them out of it. @throws as `OpenVault.write` */
  async takeIn(entries: readonly AuditEntry[], settled: readonly Change[]): Promise<void> {
    const chain = await this.chain();
    const inOrder = entries.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
    await this.#vault?.write([...settled, ...inOrder.map((entry) => chain.deed(() => entry))]);
  }

  async #flushOpen(chain: AuditChain): Promise<void> {
    for (const entry of this.#takeDropped()) chain.add(entry);
    await chain.flush();
  }

  async #flushSealed(): Promise<void> {
    const entries = [...this.#waiting.slice(0, MAX_ENTRIES_PER_FLUSH), ...this.#takeDropped()];
    if (entries.length === 0) return;
    this.#sealedFlushMs = Math.min(this.#sealedFlushMs * 2, MAX_SEALED_FLUSH_MS);
    await this.#deps.door.capture([], [encodeWaiting(entries)]);
    this.#waiting.splice(0, MAX_ENTRIES_PER_FLUSH);
  }

  #takeDropped(): readonly AuditEntry[] {
    if (this.#dropped === 0) return [];
    const times = this.#dropped;
    this.#dropped = 0;
    return [{ at: this.now(), method: DROPPED, outcome: "failed", times }];
  }
}
