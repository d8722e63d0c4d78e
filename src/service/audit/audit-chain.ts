/**
 * The chain of entries of an open vault. Entries wait until a batch takes them along, and are in the chain once it is
 * durable; they get their sequence numbers as the batch is put together, so that there is no gap.
 *
 *   add ─> waiting ─> board (last chunk and mark go with the batch) ─> arrived ─> in the chain
 *                        └─ the batch came to nothing: deeds are dropped, what only waited for it boards the next one
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { concatBytes } from "../../base/bytes.ts";
import type { Change, OpenVault, Passenger, RecordId } from "../../vault/vault.ts";
import type { Chunk, Mark } from "./audit-chunk.ts";
import {
  chunkId,
  encodeChunk,
  encodeLink,
  encodeMark,
  hashOfEncoded,
  isFull,
  markId,
} from "./audit-chunk.ts";
import type { AuditEntry } from "./audit-entry.ts";
import { encodeEntry } from "./audit-entry.ts";
import type { Tail } from "./find-tail.ts";
import { findTail, LOST_MARK, readChunk } from "./find-tail.ts";

const MAX_CHUNKS_PER_DROP = 500;
const CHUNKS_PER_TURN = 16;

interface Waiting {
  readonly entry: AuditEntry;
  /** Whether it says of the very batch it boards that it was done. */
  readonly isDeed: boolean;
}

interface Boarded {
  readonly tail: Tail;
  readonly entries: readonly Waiting[];
  readonly hasMark: boolean;
}

export class AuditChain implements Passenger {
  readonly #vault: OpenVault;
  readonly #markId: RecordId;
  #tail: Tail;
  #waiting: Waiting[] = [];
  #boarded: Boarded | undefined;
  #isMarkBehind = false;
  /** Where the chain begins from the next batch on. */
  #cut: Pick<Mark, "firstChunk" | "dropped"> | undefined;

  private constructor(vault: OpenVault, tail: Tail) {
    this.#vault = vault;
    this.#tail = tail;
    this.#markId = markId(vault);
  }

  /** Finds the chain of a vault, or begins one; every batch takes it along from then on. */
  static async open(vault: OpenVault, now: number): Promise<AuditChain> {
    const { tail, isLost } = await findTail(vault, now);
    const chain = new AuditChain(vault, tail);
    if (isLost)
      chain.add({
        at: new Date(now).toISOString(),
        method: LOST_MARK,
        outcome: "failed",
        code: "RECORD_DAMAGED",
      });
    vault.carry(chain);
    return chain;
  }

  get mark(): Mark {
    return this.#tail.mark;
  }

  /** How many entries wait for a batch, or for the end of one. */
  get waiting(): number {
    return this.#waiting.length + (this.#boarded?.entries.length ?? 0);
  }

  /** The entry boards the next batch, and the one after that if that one comes to nothing. */
  add(entry: AuditEntry): void {
    this.#waiting.push({ entry, isDeed: false });
  }

  /** For a batch: the entry that says it was done, and that is dropped with it. */
  deed(entry: () => AuditEntry): Change {
    return { type: "noted", note: () => this.#waiting.push({ entry: entry(), isDeed: true }) };
  }

  board(): readonly Change[] {
    this.#takeBack();
    if (this.#waiting.length === 0 && this.#cut === undefined) return [];
    const { tail, chunks } = this.#append();
    this.#boarded = { tail, entries: this.#waiting, hasMark: false };
    this.#waiting = [];
    const marks = this.#marks(tail.mark);
    this.#boarded = { tail, entries: this.#boarded.entries, hasMark: marks.length > 0 };
    const puts = Array.from(chunks, ([number, chunk]): Change => ({
      type: "put",
      keyspace: "audit",
      id: chunkId(this.#vault, number),
      plaintext: chunk,
    }));
    return [...this.#removals(tail.mark), ...puts, ...marks, { type: "carried", bytes: tail.chunk }];
  }

  arrived(): void {
    if (this.#boarded === undefined) return;
    this.#tail = this.#boarded.tail;
    this.#isMarkBehind = !this.#boarded.hasMark;
    this.#boarded = undefined;
    this.#cut = undefined;
  }

  /** Has the mark written with the next batch, if there are entries it does not know of. */
  finish(): void {
    if (this.#isMarkBehind) this.#cut ??= { firstChunk: this.mark.firstChunk, dropped: this.mark.dropped };
  }

  /** Writes what waits, now. @throws as `OpenVault.write` */
  async flush(): Promise<void> {
    if (this.#waiting.length > 0 || this.#cut !== undefined) await this.#vault.write([]);
  }

  /** @returns undefined when the chunk is not there or does not hold what was written */
  async chunk(number: number): Promise<Chunk | undefined> {
    return readChunk(this.#vault, number);
  }

  /** The chunks from `first` to `last`, whichever way that is. @throws what `signal` was aborted with */
  async *chunks(
    first: number,
    last: number,
    signal?: AbortSignal,
  ): AsyncIterable<{ number: number; chunk: Chunk | undefined }> {
    const step = first <= last ? 1 : -1;
    for (let number = first; number !== last + step; number += step) {
      yield { number, chunk: await this.chunk(number) };
      if (number % CHUNKS_PER_TURN !== 0) continue;
      await nextTurn();
      signal?.throwIfAborted();
    }
  }

  /** With the next batch the chain begins with this chunk, or as near to it as one batch goes; not behind the last. */
  async beginWith(number: number, reason: "age" | "size", now: number): Promise<void> {
    const { firstChunk, lastChunk } = this.mark;
    for (
      let first = Math.min(number, lastChunk, firstChunk + MAX_CHUNKS_PER_DROP);
      first > firstChunk;
      first -= 1
    ) {
      const [link] = (await this.chunk(first))?.links ?? [];
      if (link === undefined) continue;
      const dropped = { sequence: link.sequence - 1, hash: link.previous, at: now, reason };
      this.#cut = { firstChunk: first, dropped };
      return;
    }
  }

  /** The batch that was boarded came to nothing. */
  #takeBack(): void {
    if (this.#boarded === undefined) return;
    this.#waiting = [...this.#boarded.entries.filter(({ isDeed }) => !isDeed), ...this.#waiting];
    this.#boarded = undefined;
  }

  /** @returns the end of the chain as it will be, and the chunks that became full, encoded, by their numbers */
  #append(): { readonly tail: Tail; readonly chunks: ReadonlyMap<number, Uint8Array> } {
    let { lastChunk, sequence, hash } = this.mark;
    let { chunk } = this.#tail;
    const chunks = new Map<number, Uint8Array>();
    for (const { entry } of this.#waiting) {
      if (isFull(chunk)) {
        chunks.set(lastChunk, chunk);
        lastChunk += 1;
        chunk = encodeChunk({ number: lastChunk, links: [] });
      }
      sequence += 1;
      const link = encodeLink({ sequence, previous: hash, entry: encodeEntry(entry) });
      chunk = concatBytes(chunk, link);
      hash = hashOfEncoded(this.#vault, link);
    }
    const mark = { ...this.mark, ...this.#cut, lastChunk, sequence, hash };
    return { tail: { mark, chunk }, chunks };
  }

  /**
   * The mark goes along with a new chunk and with whatever is no deed. In between the last chunk tells where the chain ends,
   * and the vault carries it where it carries what is newest of all: a save costs no record more.
   */
  #marks(next: Mark): readonly Change[] {
    const isDue =
      next.lastChunk !== this.mark.lastChunk ||
      next.sequence === this.mark.sequence ||
      this.mark.sequence === this.mark.dropped.sequence ||
      this.#boarded?.entries.some(({ isDeed }) => !isDeed) === true;
    if (!isDue) return [];
    return [{ type: "put", keyspace: "audit", id: this.#markId, plaintext: encodeMark(next) }];
  }

  #removals(next: Mark): readonly Change[] {
    const { firstChunk } = this.mark;
    return Array.from({ length: next.firstChunk - firstChunk }, (_, place): Change => ({
      type: "delete",
      keyspace: "audit",
      id: chunkId(this.#vault, firstChunk + place),
    }));
  }
}
