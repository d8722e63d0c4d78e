/**
 * The catalogue: everything the index knows of a memory but its terms. A memory is added and removed here; its row keeps
 * standing in postings after it is removed, so it is given back only by `free`.
 */
import type { IndexedMemory } from "../search-index.ts";
import { TRUSTS } from "../search-index.ts";
import { Conversations } from "./conversations.ts";
import { Expiry } from "./expiry.ts";
import { Names, NO_NAME } from "./names.ts";
import { LENGTH_SHIFT, LINKS, Rows, SIGNS, SPEAKER_SHIFT } from "./rows.ts";
import { signsOfTraits } from "./signs.ts";
import { TagSets } from "./tag-sets.ts";
import { Versions } from "./versions.ts";

/** What the catalogue keeps of a memory: everything but its text, ids as four words. */
export interface CataloguedMemory extends Omit<IndexedMemory, "text" | "id" | "supersedes"> {
  readonly id: Uint32Array;
  readonly supersedes: Uint32Array | undefined;
}

/** The same of many memories, in columns; names by their codes, which have no use yet. */
export interface CataloguedColumns {
  readonly at: Float64Array;
  readonly savedAt: Float64Array;
  /** Four words each. */
  readonly ids: Uint32Array;
  readonly projects: Uint32Array;
  readonly speakers: Uint32Array;
  readonly tagSets: Uint32Array;
  readonly sessions: Uint32Array;
  /** Terms in each. */
  readonly lengths: Uint16Array;
  /** As in signs.ts. */
  readonly signs: Uint8Array;
  /** Places in `TRUSTS`. */
  readonly trusts: Uint8Array;
  readonly expiring: readonly (readonly [place: number, expiresAt: number])[];
}

export class Catalogue {
  readonly rows = new Rows();
  readonly conversations = new Conversations(this.rows);
  readonly versions = new Versions(this.rows);
  readonly expiry = new Expiry();
  readonly projects = new Names();
  readonly speakers = new Names();
  readonly tagSets = new TagSets();
  /** Counts every change of what is live or current. */
  #revision = 0;
  #currentCount = 0;
  #currentLength = 0;

  get revision(): number {
    return this.#revision;
  }

  /** Current memories: live, not superseded, not expired. */
  get currentCount(): number {
    return this.#currentCount;
  }

  /** Terms in all current memories. */
  get currentLength(): number {
    return this.#currentLength;
  }

  /** The row of a live memory, or -1. */
  find(id: Uint32Array | undefined): number {
    const row = id === undefined ? -1 : this.rows.ids.find(id);
    return row >= 0 && this.rows.live.array[row] === 1 ? row : -1;
  }

  /**
   * Adds a memory that is not there.
   *
   * @param signs - what its text shows, as in signs.ts
   * @param length - terms in it
   * @returns its row
   * @throws RangeError when it is there
   */
  add(memory: CataloguedMemory, signs: number, length: number): number {
    const { rows } = this;
    const older = this.#olderRow(memory);
    const row = this.#rowFor(memory.id);
    if (rows.live.array[row] === 1) throw new RangeError("a memory occurs twice");
    const project = memory.project === null ? NO_NAME : this.projects.take(memory.project);
    const speaker = memory.speaker === undefined ? NO_NAME : this.speakers.take(memory.speaker);
    rows.at.array[row] = memory.at;
    rows.savedAt.array[row] = memory.savedAt;
    rows.project.array[row] = project;
    rows.tags.array[row] = this.tagSets.take(memory.tags);
    rows.speaker.array[row] = speaker;
    rows.trust.array[row] = TRUSTS.indexOf(memory.trust);
    rows.links.array[row * LINKS + SIGNS] =
      (speaker << SPEAKER_SHIFT) | (length << LENGTH_SHIFT) | signs | signsOfTraits(memory);
    this.conversations.assign(row, this.conversations.codes.take(project, memory.session));
    if (memory.expiresAt !== undefined) this.expiry.set(row, memory.expiresAt);
    rows.setLive(row, true);
    this.#revision++;
    this.#refresh(row);
    if (older !== undefined) this.#link(row, older);
    return row;
  }

  /**
   * Adds memories that are not there, all at once.
   *
   * @returns the first of their rows, which follow one another
   * @throws RangeError when one is there
   */
  addAll(memories: CataloguedColumns): number {
    const { rows, conversations } = this;
    const { ids, at, savedAt, projects, speakers, tagSets, sessions, lengths, signs, trusts, expiring } =
      memories;
    const count = at.length;
    const first = rows.append(ids, count);
    rows.at.array.set(at, first);
    rows.savedAt.array.set(savedAt, first);
    rows.project.array.set(projects, first);
    rows.speaker.array.set(speakers, first);
    rows.tags.array.set(tagSets, first);
    rows.trust.array.set(trusts, first);
    for (const [place, expiresAt] of expiring) this.expiry.set(first + place, expiresAt);
    for (let place = 0; place < count; place++) {
      const row = first + place;
      const speaker = speakers[place] ?? NO_NAME;
      const session = sessions[place] ?? 0;
      rows.links.array[row * LINKS + SIGNS] =
        (speaker << SPEAKER_SHIFT) | ((lengths[place] ?? 0) << LENGTH_SHIFT) | (signs[place] ?? 0);
      this.projects.use(projects[place] ?? NO_NAME);
      this.speakers.use(speaker);
      this.tagSets.use(tagSets[place] ?? NO_NAME);
      conversations.codes.use(session);
      conversations.assign(row, session);
      rows.setLive(row, true);
      this.#refresh(row);
    }
    return first;
  }

  /** A live memory supersedes another, which may be there or not. @throws RangeError for itself */
  supersede(row: number, id: Uint32Array): void {
    const older = this.#rowFor(id);
    if (older === row) throw new RangeError("a memory supersedes itself");
    this.#link(row, older);
  }

  /** Removes a live memory. Its row is free only after `free`. */
  remove(row: number): void {
    const { rows } = this;
    rows.setLive(row, false);
    this.#revision++;
    this.#refresh(row);
    const older = this.versions.unlink(row);
    if (older !== undefined) this.#afterUnlink(older);
    this.#leaveGhost(row);
    this.expiry.delete(row);
    this.projects.release(rows.project.array[row] ?? NO_NAME);
    this.speakers.release(rows.speaker.array[row] ?? NO_NAME);
    this.tagSets.release(rows.tags.array[row] ?? NO_NAME);
    this.conversations.codes.release(this.conversations.codeOf(row));
  }

  /** Forgets names that only removed memories used. */
  sweep(): void {
    this.conversations.sweep();
    this.projects.sweep();
    this.speakers.sweep();
    this.tagSets.sweep();
  }

  /** Whether the time of a memory is over: that of its newest version counts, for all versions. */
  isOver(row: number): boolean {
    if (this.expiry.isEmpty) return false;
    if (!this.versions.isSuperseded(row)) return this.expiry.isOver(row);
    const newest = this.versions.newestOf(row);
    return newest.length > 0 && newest.every((each) => this.expiry.isOver(each));
  }

  /** Every version of what has expired. */
  *over(): Iterable<number> {
    const seen = new Set<number>();
    for (const row of this.expiry.over()) {
      if (this.versions.isSuperseded(row)) continue;
      for (const version of this.versions.historyOf(row)) {
        if (!seen.has(version) && this.isOver(version)) yield version;
        seen.add(version);
      }
    }
  }

  /** Judges expiry at `now` from here on. */
  moveTo(now: number): void {
    this.expiry.moveTo(now, (row) => this.#refresh(row));
  }

  #link(row: number, older: number): void {
    this.versions.link(row, older);
    this.#refresh(older);
  }

  /** The row of what a memory supersedes; nothing supersedes itself. */
  #olderRow({ id, supersedes }: CataloguedMemory): number | undefined {
    if (supersedes === undefined || supersedes.every((word, index) => word === id[index])) return undefined;
    return this.#rowFor(supersedes);
  }

  /** The row that has this id, or will. */
  #rowFor(id: Uint32Array): number {
    const row = this.rows.ids.find(id);
    return row >= 0 ? row : this.rows.take(id);
  }

  /** Brings its place in the conversation, `current` and what hangs on it up to date with the row's state. */
  #refresh(row: number): void {
    const { current, chained, live } = this.rows;
    const isChained = live.array[row] === 1 && !this.versions.isSuperseded(row);
    const isCurrent = isChained && !this.expiry.isOver(row);
    if (isChained !== (chained.array[row] === 1)) {
      chained.array[row] = isChained ? 1 : 0;
      if (isChained) this.conversations.enter(row);
      else this.conversations.leave(row);
    }
    if (isCurrent === (current.array[row] === 1)) return;
    const sign = isCurrent ? 1 : -1;
    current.array[row] = isCurrent ? 1 : 0;
    this.#revision++;
    this.#currentCount += sign;
    this.#currentLength += sign * this.rows.length(row);
    this.conversations.tally(row, sign);
  }

  /** A row lost something that superseded it: current again, or no longer needed. */
  #afterUnlink(row: number): void {
    if (this.rows.live.array[row] === 1) {
      this.#refresh(row);
    } else if (!this.versions.isNamed(row)) {
      this.rows.ids.delete(row);
      this.rows.free(row);
    }
  }

  /** The id leaves its row; when newer versions name it, it moves to a row without a memory. */
  #leaveGhost(row: number): void {
    const words = this.rows.ids.words(row);
    this.rows.ids.delete(row);
    if (this.versions.isNamed(row)) this.versions.move(row, this.rows.take(words));
  }
}
