/** The memories of an open vault: records and index changed together. */
import { utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { hasCode } from "../../base/errors.ts";
import { newRecordId } from "../../base/record-id.ts";
import type { Memory } from "../../protocol/schemas.ts";
import type { SearchIndex } from "../../search/search-index.ts";
import type { Change, OpenVault, RecordId } from "../../vault/vault.ts";
import type { IndexKeeper } from "../index/index-keeper.ts";
import type { RecallPass } from "../../policy/recall-pass.ts";
import { KeyedMutex } from "../../base/turns/keyed-mutex.ts";
import { OtherNames } from "../other-names.ts";
import { Tombstones } from "../tombstones.ts";
import { decodeMemory, encodeMemory, indexedMemory, presentMemory } from "../memory-codec.ts";
import type { StoredMemory } from "../memory-codec.ts";

/** How long a read waits for an index that is still being loaded before it answers from what is there. */
const READ_WAITS_MS = 2_000;

export interface NewMemory {
  readonly id: RecordId;
  readonly stored: StoredMemory;
}

export interface TurnName {
  readonly project: string | null;
  readonly session: string;
  readonly messageId: string;
  /** Names that it may be stored under as well. */
  readonly alsoNamed?: readonly string[] | undefined;
  /** Messages that version 0.1.0 may have joined it to. */
  readonly partOf?: readonly string[] | undefined;
}

export interface Arrival extends NewMemory {
  /** Of a message: what it is known by, which tells whether it is there and under which id it is stored. */
  readonly turnName?: TurnName;
  /** It is stored under its own id all the same, where the message is not there. */
  readonly keepsId?: boolean;
  /** It has the id that an export gave it, and is known by that alone. */
  readonly isById?: boolean;
  /** Removes the arrival from where it waited, whether it is new or not. */
  readonly settles?: Change;
}

export class Memories {
  readonly vault: OpenVault;
  readonly tombstones: Tombstones;
  readonly otherNames: OtherNames;
  /** A text of before, as it would be stored now. */
  readonly asStoredNow: (text: string) => string;
  readonly #keeper: IndexKeeper;
  readonly #clock: Clock;
  /** Taken in this order: an idempotency key or the inbox, then "store-once", then chains of versions. */
  readonly #names = new KeyedMutex();
  readonly #chains = new KeyedMutex();
  #removals = 0;

  constructor(vault: OpenVault, keeper: IndexKeeper, clock: Clock, asStoredNow: (text: string) => string) {
    this.asStoredNow = asStoredNow;
    this.vault = vault;
    this.tombstones = new Tombstones(vault);
    this.otherNames = new OtherNames(vault);
    this.#keeper = keeper;
    this.#clock = clock;
  }

  /** The index to read from; whole unless it takes longer than 2 s to load or cannot be loaded. */
  async readable(): Promise<{ readonly index: SearchIndex; readonly complete: boolean }> {
    // The keeper logs what failed; the answer says that it is not complete.
    await this.#keeper.whenComplete(READ_WAITS_MS).catch(() => {});
    return { index: this.#keeper.current, complete: this.#keeper.progress.complete };
  }

  /** The whole index, for changes that depend on what is there. */
  async complete(): Promise<SearchIndex> {
    await this.#keeper.whenComplete();
    return this.#keeper.current;
  }

  /** The whole index, for answers that hang on all versions of a memory; what is there of one that cannot be loaded. */
  async loaded(): Promise<SearchIndex> {
    // The keeper logs what failed.
    await this.#keeper.whenComplete().catch(() => {});
    return this.#keeper.current;
  }

  /** Work of the same name runs one after the other. */
  serialise<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#names.run(name, work);
  }

  /** Work on the chain of versions that begins with `oldest`: one at a time, beside work on other chains. */
  onChain<T>(oldest: RecordId, work: () => Promise<T>): Promise<T> {
    return this.#chains.run(oldest, work);
  }

  /** Work on any number of chains, during which no version is added to any. */
  onAllChains<T>(work: () => Promise<T>): Promise<T> {
    return this.#chains.runAlone(work);
  }

  /** Another number before and after each time that memories are forgotten. */
  get removals(): number {
    return this.#removals;
  }

  newId(): RecordId {
    return newRecordId();
  }

  now(): number {
    return this.#clock.now();
  }

  /**
   * Id of a message: the same whatever its session is called. The project is part of the name: a client limited to one cannot
   * take the place of a turn of another, nor learn that it is there.
   */
  messageId(project: string | null, messageId: string): RecordId {
    return this.#deriveTurnId("message", project, messageId);
  }

  /** Id of a message whose own one another message has: its host gives the same ids in each session. */
  messageIdInSession(project: string | null, session: string, messageId: string): RecordId {
    return this.#deriveTurnId("message of session", project, session, messageId);
  }

  /** Id that version 0.1.0 gave the same message. */
  formerTurnId(project: string | null, session: string, messageId: string): RecordId {
    return this.#deriveTurnId("turn", project, session, messageId);
  }

  /** Id of a turn that nobody vouches for: another one than that of the turn it says it is. */
  unverifiedTurnId(project: string | null, session: string, messageId: string): RecordId {
    return this.#deriveTurnId("unverified turn", project, session, messageId);
  }

  /** The session a memory is of, as far as the index knows it. */
  sessionOf(id: RecordId): string | undefined {
    return this.#keeper.current.session(id);
  }

  /** The projects that the index knows a session of that name in. */
  projectsOf(session: string): readonly (string | null)[] {
    return this.#keeper.current.projectsOf(session);
  }

  /** Tells of an id whether nothing is stored under it, or nothing that can still be read. */
  freeIds(): (id: RecordId) => boolean {
    const damaged = new Set(this.vault.health.damage.damaged);
    return (id) => !this.vault.has("memory", id) || damaged.has(id);
  }

  /**
   * Stores memories durably, together with `more` changes; in the index as soon as they are.
   *
   * @param pass - needed when one of them supersedes another, which then leaves recall
   */
  async insert(
    memories: readonly NewMemory[],
    more: readonly Change[] = [],
    pass?: RecallPass,
  ): Promise<void> {
    if (pass === undefined && memories.some(({ stored }) => stored.supersedes !== undefined)) {
      throw new TypeError("a memory would be superseded without having passed the gate");
    }
    const puts = memories.map(putOf);
    const ids = memories.map(({ id }) => id);
    await this.#keeper.whileWriting(ids, async () => {
      await this.vault.write([...puts, ...more]);
      this.#keeper.add(memories.map(({ id, stored }) => indexedMemory(id, stored)));
    });
  }

  /** Puts memories in place of those of the same ids, for the person alone; what they said before leaves the disk with the next purge. */
  async replace(memories: readonly NewMemory[], _pass: RecallPass): Promise<void> {
    if (memories.length === 0) return;
    const ids = memories.map(({ id }) => id);
    await this.#keeper.whileWriting(ids, async () => {
      this.vault.markForgotten();
      await this.vault.write(memories.map(putOf));
      this.#keeper.remove(ids);
      this.#keeper.add(memories.map(({ id, stored }) => indexedMemory(id, stored)));
    });
  }

  /** Forgets memories: gone from every answer at once, from the disk with the next purge, and refused when they come again, `asSaid`. */
  async remove(
    ids: readonly RecordId[],
    _pass: RecallPass,
    more: readonly Change[] = [],
    asSaid: (stored: StoredMemory) => StoredMemory = (stored) => stored,
  ): Promise<void> {
    const changes: Change[] = [];
    for (const id of ids) {
      const found = await this.readSound(id);
      changes.push(
        { type: "delete", keyspace: "memory", id },
        this.tombstones.raised(id, found && asSaid(found)),
      );
    }
    this.#removals += 1;
    await this.#keeper.whileWriting(ids, async () => {
      this.vault.markForgotten();
      await this.vault.write([...changes, ...more]);
      this.#keeper.remove(ids);
    });
    this.#removals += 1;
  }

  /** @throws RECORD_DAMAGED */
  async read(id: RecordId): Promise<StoredMemory | undefined> {
    const plaintext = await this.vault.read("memory", id);
    return plaintext === undefined ? undefined : decodeMemory(plaintext);
  }

  /** `undefined` also for one that cannot be read any more. */
  async readSound(id: RecordId): Promise<StoredMemory | undefined> {
    try {
      return await this.read(id);
    } catch (error) {
      if (!hasCode(error, "RECORD_DAMAGED")) throw error;
      return undefined;
    }
  }

  /**
   * Whether the time of a memory is over: it is then in no answer any more, and soon forgotten. The newest version's time counts;
   * of what the index does not know yet, its own.
   */
  isExpired(id: RecordId, { expiresAt }: Pick<StoredMemory, "expiresAt">): boolean {
    const isOver = expiresAt !== undefined && expiresAt <= this.now();
    return this.#keeper.current.isExpired(id, this.now()) ?? isOver;
  }

  present(id: RecordId, stored: StoredMemory): Memory {
    return presentMemory(id, stored, this.#keeper.current.supersededBy(id));
  }

  #deriveTurnId(kind: string, project: string | null, ...names: readonly string[]): RecordId {
    const scope = project === null ? [] : [utf8(project)];
    return this.vault.deriveId(utf8(kind), ...names.map(utf8), ...scope);
  }
}

function putOf({ id, stored }: NewMemory): Change {
  return { type: "put", keyspace: "memory", id, plaintext: encodeMemory(stored) };
}
