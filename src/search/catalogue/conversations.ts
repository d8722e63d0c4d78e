/**
 * The conversations: which memories follow which. Each is a chain through the `links` of its rows, in the order told;
 * superseded memories are not in it. A turn that arrives late is put in its place: by walking back from the end of a short chain, by binary search in
 * a sorted list kept from then on for a long one.
 */
import { int32Column } from "../arrays/column.ts";
import { BEFORE, LINKS, NEXT, SESSION } from "./rows.ts";
import type { Rows } from "./rows.ts";
import { SessionCodes } from "./session-codes.ts";

const NO_ROW = -1;
const LONG = 64;

export class Conversations {
  readonly codes = new SessionCodes();
  /** By session code: current turns, and the terms in all of them. */
  readonly #count = int32Column(73);
  readonly length = int32Column(79);
  /** By session code: turns in the chain. */
  readonly #chained = int32Column(83);
  /** By session code: the last row of the chain, plus one. */
  readonly #last = int32Column(71);
  readonly #sorted = new Map<number, number[]>();
  readonly #rows: Rows;
  #toldCount = 0;
  #toldLength = 0;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** Sessions with a name and at least one current turn. */
  get toldCount(): number {
    return this.#toldCount;
  }

  /** Terms in the current turns of all sessions with a name. */
  get toldLength(): number {
    return this.#toldLength;
  }

  codeOf(row: number): number {
    return this.#rows.links.array[row * LINKS + SESSION] ?? 0;
  }

  /** The row that follows in the conversation, or -1. */
  next(row: number): number {
    return this.#rows.links.array[row * LINKS + NEXT] ?? NO_ROW;
  }

  /** The row before in the conversation, or -1. */
  before(row: number): number {
    return this.#rows.links.array[row * LINKS + BEFORE] ?? NO_ROW;
  }

  /** Rows of a conversation from its end to its beginning. */
  *backwards(code: number): Iterable<number> {
    if (code >= this.#last.array.length) return;
    for (let row = (this.#last.array[code] ?? 0) - 1; row !== NO_ROW; row = this.before(row)) yield row;
  }

  /**
   * Up to `limit` turns before and after a row, each oldest first. A superseded row stands where it was told.
   */
  around(
    row: number,
    limit: number,
    isInChain: boolean,
  ): { readonly before: number[]; readonly after: number[] } {
    const before: number[] = [];
    const after: number[] = [];
    const [last, first] = isInChain ? [this.before(row), this.next(row)] : this.#gapBeside(row);
    for (let turn = last; turn !== NO_ROW && before.length < limit; turn = this.before(turn))
      before.unshift(turn);
    for (let turn = first; turn !== NO_ROW && after.length < limit; turn = this.next(turn)) after.push(turn);
    return { before, after };
  }

  /** Gives a new row its session, by its code; it is in no chain yet. */
  assign(row: number, code: number): void {
    for (const column of [this.#last, this.#count, this.length, this.#chained]) column.reserve(code + 1);
    this.#rows.links.array[row * LINKS + SESSION] = code;
    this.#link(row, NO_ROW, NO_ROW);
  }

  /** Puts a row into its chain. */
  enter(row: number): void {
    const code = this.codeOf(row);
    const [before, after] = this.#gapFor(code, row);
    this.#link(row, before, after);
    if (before !== NO_ROW) this.#rows.links.array[before * LINKS + NEXT] = row;
    if (after === NO_ROW) this.#last.array[code] = row + 1;
    else this.#rows.links.array[after * LINKS + BEFORE] = row;
    this.#chained.array[code] = (this.#chained.array[code] ?? 0) + 1;
  }

  /** Takes a row out of its chain. */
  leave(row: number): void {
    const code = this.codeOf(row);
    const [before, after] = [this.before(row), this.next(row)];
    if (before !== NO_ROW) this.#rows.links.array[before * LINKS + NEXT] = after;
    if (after === NO_ROW) this.#last.array[code] = before + 1;
    else this.#rows.links.array[after * LINKS + BEFORE] = before;
    this.#link(row, NO_ROW, NO_ROW);
    const sorted = this.#sorted.get(code);
    sorted?.splice(this.#lowerBound(sorted, row), 1);
    this.#chained.array[code] = (this.#chained.array[code] ?? 0) - 1;
  }

  /** Counts a row that became current (1), or no longer is (-1). */
  tally(row: number, sign: 1 | -1): void {
    const code = this.codeOf(row);
    const length = this.#rows.length(row);
    const count = (this.#count.array[code] ?? 0) + sign;
    this.#count.array[code] = count;
    this.length.array[code] = (this.length.array[code] ?? 0) + sign * length;
    if (!this.codes.isNamed(code)) return;
    this.#toldLength += sign * length;
    if (sign === 1 && count === 1) this.#toldCount++;
    if (sign === -1 && count === 0) this.#toldCount--;
  }

  /** Forgets what sessions without a live memory left behind. */
  sweep(): void {
    this.codes.sweep();
    for (const [code, sorted] of this.#sorted) if (sorted.length === 0) this.#sorted.delete(code);
  }

  #link(row: number, before: number, after: number): void {
    this.#rows.links.array[row * LINKS + BEFORE] = before;
    this.#rows.links.array[row * LINKS + NEXT] = after;
  }

  /** Between which rows of its chain a row belongs; keeps the sorted list of a long chain. */
  #gapFor(code: number, row: number): readonly [before: number, after: number] {
    const last = (this.#last.array[code] ?? 0) - 1;
    if (last === NO_ROW || this.#rows.compareTold(last, row) < 0) {
      this.#sorted.get(code)?.push(row);
      return [last, NO_ROW];
    }
    if ((this.#chained.array[code] ?? 0) > LONG) {
      const sorted = this.#sorted.get(code) ?? [...this.backwards(code)].toReversed();
      this.#sorted.set(code, sorted);
      const place = this.#lowerBound(sorted, row);
      const gap = [sorted[place - 1] ?? NO_ROW, sorted[place] ?? NO_ROW] as const;
      sorted.splice(place, 0, row);
      return gap;
    }
    this.#sorted.delete(code);
    let after = last;
    while (this.before(after) !== NO_ROW && this.#rows.compareTold(this.before(after), row) > 0)
      after = this.before(after);
    return [this.before(after), after];
  }

  /** Between which rows of its chain a row that is not in it would stand. */
  #gapBeside(row: number): readonly [before: number, after: number] {
    let after = NO_ROW;
    for (const turn of this.backwards(this.codeOf(row))) {
      if (this.#rows.compareTold(turn, row) < 0) return [turn, after];
      after = turn;
    }
    return [NO_ROW, after];
  }

  /** The first place of a sorted list whose row is not told before `row`. */
  #lowerBound(sorted: readonly number[], row: number): number {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#rows.compareTold(sorted[middle] ?? 0, row) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
