/**
 * The chain of entries of an open vault. Entries wait until a batch takes them along, and are in the chain once it is
 * durable; they get their sequence numbers as the batch is put together, so that there is no gap.
 *
 *   add ─> waiting ─> board (last chunk and mark into the batch) ─> arrived ─> in the chain
 *                        └─ the batch came to nothing: deeds are dropped, what only waited for it boards the next one
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { hasCode } from "../../base/errors.ts";
import type { Change, OpenVault, Passenger } from "../../vault/vault.ts";
import type { Chunk, Link, Mark } from "./audit-chunk.ts";
import {
  chunkId,
  decodeChunk,
  decodeMark,
  encodeChunk,
  encodeMark,
  isFull,
  linkHash,
  markId,
  newMark,
} from "./audit-chunk.ts";
import type { AuditEntry } from "./audit-entry.ts";
import { encodeEntry } from "./audit-entry.ts";

/** What the end of the chain is when nothing says so any more; its entry tells that something may be missing before it. */
export const LOST_MARK = "audit.lost";
const MAX_CHUNKS_PER_DROP = 500;
const CHUNKS_PER_TURN = 16;

interface Waiting {
  readonly entry: AuditEntry;
  /** Whether it says of the very batch it boards that it was done. */
  readonly isDeed: boolean;
}

/** The end of the chain. */
interface Tail {
  readonly mark: Mark;
  /** Of the last chunk. */
  readonly links: readonly Link[];
}

interface Boarded {
  readonly tail: Tail;
  readonly entries: readonly Waiting[];
}

export class AuditChain implements Passenger {
  readonly #vault: OpenVault;
  #tail: Tail;
  #waiting: Waiting[] = [];
  #boarded: Boarded | undefined;
  /** Where the chain begins from the next batch on. */
  #cut: Pick<Mark, "firstChunk" | "dropped"> | undefined;

  private constructor(vault: OpenVault, tail: Tail) {
    this.#vault = vault;
    this.#tail = tail;
  }

  /** Finds the chain of a vault, or begins one; every batch takes it along from then on. */
  static async open(vault: OpenVault, now: number): Promise<AuditChain> {
    const mark = await readMark(vault);
    const tail = mark === undefined ? await lostTail(vault, now) : await tailOf(vault, mark);
    const chain = new AuditChain(vault, tail.tail);
    if (tail.isLost)
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

  /** How many entries wait for a batch. */
  get waiting(): number {
    return this.#waiting.length;
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
    this.#boarded = { tail, entries: this.#waiting };
    this.#waiting = [];
    const puts = chunks.map((chunk): Change => ({
      type: "put",
      keyspace: "audit",
      id: chunkId(this.#vault, chunk.number),
      plaintext: encodeChunk(chunk),
    }));
    const mark: Change = {
      type: "put",
      keyspace: "audit",
      id: markId(this.#vault),
      plaintext: encodeMark(tail.mark),
    };
    return [...this.#removals(tail.mark), ...puts, mark];
  }

  arrived(): void {
    if (this.#boarded === undefined) return;
    this.#tail = this.#boarded.tail;
    this.#boarded = undefined;
    this.#cut = undefined;
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

  #append(): { readonly tail: Tail; readonly chunks: readonly Chunk[] } {
    let { lastChunk, sequence, hash } = this.mark;
    let links = [...this.#tail.links];
    const chunks = new Map<number, Chunk>();
    for (const { entry } of this.#waiting) {
      if (isFull(links)) {
        lastChunk += 1;
        links = [];
      }
      const link = { sequence: sequence + 1, previous: hash, entry: encodeEntry(entry) };
      links.push(link);
      chunks.set(lastChunk, { number: lastChunk, links });
      sequence = link.sequence;
      hash = linkHash(this.#vault, link);
    }
    const mark = { ...this.mark, ...this.#cut, lastChunk, sequence, hash };
    return { tail: { mark, links }, chunks: [...chunks.values()] };
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

/** @returns undefined when there is none that can be read */
async function readMark(vault: OpenVault): Promise<Mark | undefined> {
  return unlessDamaged(async () => {
    const bytes = await vault.read("audit", markId(vault));
    return bytes === undefined ? undefined : decodeMark(bytes);
  });
}

async function readChunk(vault: OpenVault, number: number): Promise<Chunk | undefined> {
  return unlessDamaged(async () => {
    const bytes = await vault.read("audit", chunkId(vault, number));
    const chunk = bytes === undefined ? undefined : decodeChunk(bytes);
    return chunk?.number === number ? chunk : undefined;
  });
}

/** Goes on in the last chunk, or behind it when that is not whole: what is wrong with it stays to be found. */
async function tailOf(vault: OpenVault, mark: Mark): Promise<{ tail: Tail; isLost: boolean }> {
  const links = (await readChunk(vault, mark.lastChunk))?.links ?? [];
  const isWhole = mark.sequence === 0 || links.at(-1)?.sequence === mark.sequence;
  const tail = isWhole ? { mark, links } : { mark: { ...mark, lastChunk: mark.lastChunk + 1 }, links: [] };
  return { tail, isLost: false };
}

/** Without a mark: a new chain, or what is left of one and a chunk behind it. */
async function lostTail(vault: OpenVault, now: number): Promise<{ tail: Tail; isLost: boolean }> {
  const isNew = !vault.has("audit", markId(vault));
  let first: Chunk | undefined;
  let last: Chunk | undefined;
  for await (const { plaintext } of vault.scan("audit")) {
    const chunk = await unlessDamaged(() => Promise.resolve(decodeChunk(plaintext)));
    if (chunk === undefined || chunk.links.length === 0) continue;
    if (first === undefined || chunk.number < first.number) first = chunk;
    if (last === undefined || chunk.number > last.number) last = chunk;
  }
  const [oldest] = first?.links ?? [];
  const newest = last?.links.at(-1);
  const fresh = newMark(now);
  if (first === undefined || last === undefined || oldest === undefined || newest === undefined) {
    return { tail: { mark: fresh, links: [] }, isLost: !isNew };
  }
  const dropped = { ...fresh.dropped, sequence: oldest.sequence - 1, hash: oldest.previous };
  const mark: Mark = {
    firstChunk: first.number,
    lastChunk: last.number + 1,
    sequence: newest.sequence,
    hash: linkHash(vault, newest),
    dropped,
  };
  return { tail: { mark, links: [] }, isLost: true };
}

async function unlessDamaged<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (hasCode(error, "RECORD_DAMAGED")) return undefined;
    throw error;
  }
}
