/**
 * The columns of the catalogue: one row a memory, parallel typed arrays. What the ranking reads for every posting lies
 * together in `links`, four 32-bit numbers a row, so that a turn and its neighbours share cache lines:
 *
 *   next row of the conversation | row before | session code | low byte of the speaker code << 24 | length << 8 | signs
 *
 * -1 stands for no row. A row is `live` from add to remove; it is free again once no posting names it.
 */
import { float64Column, int32Column, uint32Column, uint8Column } from "../arrays/column.ts";
import { IdTable } from "./id-table.ts";

export const LINKS = 4;
export const NEXT = 0;
export const BEFORE = 1;
export const SESSION = 2;
export const SIGNS = 3;

export const LENGTH_SHIFT = 8;
export const LENGTH_MASK = 0xffff;
export const SPEAKER_SHIFT = 24;

export class Rows {
  readonly ids = new IdTable();
  readonly at = float64Column(67);
  readonly savedAt = float64Column(71);
  readonly speaker = int32Column(73);
  readonly project = int32Column(79);
  readonly tags = int32Column(83);
  /** Its place in `TRUSTS`. */
  readonly trust = uint8Column(109);
  /** Where its terms are, in order: see postings/sequences.ts. */
  readonly sequence = uint32Column(89);
  readonly links = int32Column(LINKS * 97);
  /** 1 while the row holds a memory. */
  readonly live = uint8Column(101);
  /** 1 for live rows that nothing supersedes: those in the chain of their conversation. */
  readonly chained = uint8Column(107);
  /** 1 for live rows that nothing supersedes and that have not expired: what a search without filter looks at. */
  readonly current = uint8Column(103);
  readonly #free: number[] = [];
  #span = 0;
  /** Rows that every column has room for. */
  #room = 0;
  #liveCount = 0;

  /** One more than the highest row ever used. */
  get span(): number {
    return this.#span;
  }

  /** Live rows. */
  get liveCount(): number {
    return this.#liveCount;
  }

  /** Makes room for so many rows at once. */
  expect(count: number): void {
    this.#reserve(count);
    this.ids.expect(count);
  }

  /** A free row with that id; neither live nor current yet. */
  take(id: Uint32Array): number {
    const row = this.#free.pop() ?? this.#span++;
    this.#reserve(row + 1);
    this.ids.set(row, id);
    return row;
  }

  /**
   * New rows with these ids, one behind the other, behind all there are.
   *
   * @param ids - four words each
   * @returns the first
   * @throws RangeError when an id has a row
   */
  append(ids: Uint32Array, count: number): number {
    const first = this.#span;
    this.#reserve(first + count);
    this.ids.setAll(first, ids);
    this.#span += count;
    return first;
  }

  setLive(row: number, isLive: boolean): void {
    this.#liveCount += (isLive ? 1 : 0) - (this.live.array[row] ?? 0);
    this.live.array[row] = isLive ? 1 : 0;
  }

  /** Gives a row back. Its id must be deleted and no posting may name it. */
  free(row: number): void {
    this.#free.push(row);
  }

  /** Newest first: by `at`, then id. Negative when `a` comes before `b`. */
  compareNewest(a: number, b: number): number {
    return (this.at.array[b] ?? 0) - (this.at.array[a] ?? 0) || this.ids.compare(a, b);
  }

  /** The order of a conversation: by `at`, then when it was saved, then id. */
  compareTold(a: number, b: number): number {
    return (
      (this.at.array[a] ?? 0) - (this.at.array[b] ?? 0) ||
      (this.savedAt.array[a] ?? 0) - (this.savedAt.array[b] ?? 0) ||
      this.ids.compare(a, b)
    );
  }

  /** The signs of a row, as the bits of signs.ts. */
  signs(row: number): number {
    return (this.links.array[row * LINKS + SIGNS] ?? 0) & 0xff;
  }

  /** Terms in the memory, at most 65,535. */
  length(row: number): number {
    return ((this.links.array[row * LINKS + SIGNS] ?? 0) >>> LENGTH_SHIFT) & LENGTH_MASK;
  }

  #reserve(count: number): void {
    if (count <= this.#room) return;
    for (const column of [this.at, this.savedAt, this.speaker, this.project]) column.reserve(count);
    for (const column of [this.tags, this.sequence, this.live, this.chained]) column.reserve(count);
    for (const column of [this.current, this.trust]) column.reserve(count);
    this.links.reserve(count * LINKS);
    this.#room = count;
  }
}
