/** The memories of an open vault: records and index changed together, read back as clients see them. */
import { utf8 } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { KeepsakeError, hasCode } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { newRecordId } from "../base/record-id.ts";
import type { Memory } from "../protocol/schemas.ts";
import type { SearchIndex } from "../search/search-index.ts";
import type { Change, OpenVault, RecordId } from "../vault/vault.ts";
import type { IndexKeeper } from "./index-keeper.ts";
import { KeyedMutex } from "./keyed-mutex.ts";
import { decodeMemory, encodeMemory, indexedMemory, presentMemory } from "./memory-codec.ts";
import type { StoredMemory } from "./memory-codec.ts";

/** How long a read waits for an index that is still being loaded before it answers from what is there. */
const READ_WAITS_MS = 2_000;

export interface NewMemory {
  readonly id: RecordId;
  readonly stored: StoredMemory;
}

export class Memories {
  readonly vault: OpenVault;
  readonly #keeper: IndexKeeper;
  readonly #mutex = new KeyedMutex();
  readonly #clock: Clock;

  constructor(vault: OpenVault, keeper: IndexKeeper, clock: Clock) {
    this.vault = vault;
    this.#keeper = keeper;
    this.#clock = clock;
  }

  /** The index to read from; whole unless it takes longer than 2 s to load. */
  async readable(): Promise<{ readonly index: SearchIndex; readonly complete: boolean }> {
    await this.#keeper.whenComplete(READ_WAITS_MS);
    return { index: this.#keeper.current, complete: this.#keeper.progress.complete };
  }

  /** The whole index, for changes that depend on what is there. */
  async complete(): Promise<SearchIndex> {
    await this.#keeper.whenComplete();
    return this.#keeper.current;
  }

  /** Work on the same key runs one after the other: versions of a memory, turns of a session. */
  serialise<T>(key: string, work: () => Promise<T>): Promise<T> {
    return this.#mutex.run(key, work);
  }

  /** A fresh note's id and what a client's save says of it. */
  newId(): RecordId {
    return newRecordId();
  }

  now(): number {
    return this.#clock.now();
  }

  /** Id of what has a name of its own: the same turn of the same session is stored once. */
  turnId(session: string, messageId: string): RecordId {
    return this.vault.deriveId(utf8("turn"), utf8(session), utf8(messageId));
  }

  /** Stores memories durably, together with `more` changes; in the index as soon as they are. */
  async insert(memories: readonly NewMemory[], more: readonly Change[] = []): Promise<void> {
    const puts = memories.map(({ id, stored }): Change => ({
      type: "put",
      keyspace: "memory",
      id,
      plaintext: encodeMemory(stored),
    }));
    await this.vault.write([...puts, ...more]);
    this.#keeper.add(memories.map(({ id, stored }) => indexedMemory(id, stored)));
  }

  /** Forgets memories: gone from every answer at once, from the disk with the next purge. */
  async remove(ids: readonly RecordId[], more: readonly Change[] = []): Promise<void> {
    const deletes = ids.map((id): Change => ({ type: "delete", keyspace: "memory", id }));
    this.vault.markForgotten();
    await this.vault.write([...deletes, ...more]);
    this.#keeper.remove(ids);
  }

  /** @throws RECORD_DAMAGED */
  async readStored(id: RecordId): Promise<StoredMemory | undefined> {
    const plaintext = await this.vault.read("memory", id);
    return plaintext === undefined ? undefined : decodeMemory(plaintext);
  }

  /** @throws RECORD_DAMAGED */
  async read(id: RecordId): Promise<Memory | undefined> {
    const stored = await this.readStored(id);
    return stored && presentMemory(id, stored, this.#keeper.current.supersededBy(id));
  }

  /** Those of `ids` that can be read; damaged ones are left out, they are named in the vault's health. */
  async readMany(ids: readonly RecordId[], budget: ResultBudget): Promise<readonly Memory[]> {
    const found: Memory[] = [];
    for (const id of ids) {
      const memory = await this.read(id).catch(leaveOutDamaged);
      if (memory !== undefined) found.push(budget.take(memory));
    }
    return found;
  }

  /** Neighbouring turns of a memory's session. */
  async neighbours(
    id: RecordId,
    limit: number,
    budget: ResultBudget,
  ): Promise<{ before: Memory[]; after: Memory[] }> {
    const { before, after } = this.#keeper.current.neighbours(id, limit);
    return {
      before: [...(await this.readMany(before, budget))],
      after: [...(await this.readMany(after, budget))],
    };
  }
}

/** Refuses a result over the cap while it is being put together, before it is held as a whole. */
export class ResultBudget {
  #left: number = LIMITS.resultBytes;

  /** @throws RESULT_TOO_LARGE */
  take(memory: Memory): Memory {
    // The frame spells text as JSON: a control character takes up to 6 bytes. 512 stands for the other fields.
    this.#left -= Buffer.byteLength(JSON.stringify(memory.text)) + 512;
    if (this.#left < 0) throw new KeepsakeError("RESULT_TOO_LARGE");
    return memory;
  }
}

function leaveOutDamaged(error: unknown): undefined {
  if (!hasCode(error, "RECORD_DAMAGED")) throw error;
}
