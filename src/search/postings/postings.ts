/**
 * The postings: for each term the rows that hold it. A posting is 32 bits, `row << 4 | frequency`, with the frequency
 * capped at 15. A list is a chain of slices that double from 2 to 4,096 numbers, the last number of each being the
 * address of the next; slices lie in pages of 64 Ki numbers, so that growing never copies. Lists are in no order.
 */
import { uint16Column, uint32Column } from "../arrays/column.ts";

export const FREQUENCY_BITS = 4;
export const MAX_FREQUENCY = 15;
/** Rows a posting can name. */
export const MAX_ROWS = 2 ** 28;

const PAGE_BITS = 16;
const PAGE_SIZE = 2 ** PAGE_BITS;
const PAGE_MASK = PAGE_SIZE - 1;
const LEVELS = 12;
const USED_MASK = 0xfff;

export class Postings {
  readonly #pages: Uint32Array[] = [];
  /** By term: postings in all; addresses of the first and the last slice; level of the last << 12 | postings in it. */
  readonly #count = uint32Column(257);
  readonly #head = uint32Column(263);
  readonly #tail = uint32Column(269);
  readonly #state = uint16Column(271);
  /** By level: addresses of slices given back. */
  readonly #free: number[][] = Array.from({ length: LEVELS }, () => []);
  #pageUsed = PAGE_SIZE;
  /** Terms that every column has room for. */
  #terms = 0;

  /** Postings of a term, those of removed memories included. */
  count(term: number): number {
    return this.#count.array[term] ?? 0;
  }

  /** Adds a posting; each row at most once to a term. */
  add(term: number, row: number, frequency: number): void {
    this.#append(term, ((row << FREQUENCY_BITS) | Math.min(frequency, MAX_FREQUENCY)) >>> 0);
  }

  /** Adds the first `count` of `postings`, of memories that the term has no posting of. */
  addAll(term: number, postings: Uint32Array, count: number): void {
    for (let from = 0; from < count;) {
      this.#append(term, postings[from++] ?? 0);
      const state = this.#state.array[term] ?? 0;
      const room = sliceSize(state >>> 12) - 1 - (state & USED_MASK);
      const more = Math.min(room, count - from);
      const place = (this.#tail.array[term] ?? 0) + (state & USED_MASK);
      const page = this.#pages[place >>> PAGE_BITS] ?? new Uint32Array();
      const start = place & PAGE_MASK;
      for (let index = 0; index < more; index++) page[start + index] = postings[from + index] ?? 0;
      this.#state.array[term] = state + more;
      this.#count.array[term] = (this.#count.array[term] ?? 0) + more;
      from += more;
    }
  }

  /**
   * Copies the postings of a term whose rows are 1 in `passes` to the beginning of `into`.
   *
   * @param into - at least `count(term)` numbers
   * @returns how many
   */
  gather(term: number, passes: Uint8Array, into: Uint32Array): number {
    let gathered = 0;
    let left = this.count(term);
    let address = this.#head.array[term] ?? 0;
    for (let level = 0; left > 0; level = Math.min(level + 1, LEVELS - 1)) {
      const page = this.#pages[address >>> PAGE_BITS] ?? new Uint32Array();
      const start = address & PAGE_MASK;
      const end = start + Math.min(left, sliceSize(level) - 1);
      for (let place = start; place < end; place++) {
        const posting = page[place] ?? 0;
        if (passes[posting >>> FREQUENCY_BITS] === 1) into[gathered++] = posting;
      }
      left -= end - start;
      address = page[end] ?? 0;
    }
    return gathered;
  }

  /** How many rows of a term are 1 in `passes`. */
  countIn(term: number, passes: Uint8Array): number {
    let counted = 0;
    let left = this.count(term);
    let address = this.#head.array[term] ?? 0;
    for (let level = 0; left > 0; level = Math.min(level + 1, LEVELS - 1)) {
      const page = this.#pages[address >>> PAGE_BITS] ?? new Uint32Array();
      const start = address & PAGE_MASK;
      const end = start + Math.min(left, sliceSize(level) - 1);
      for (let place = start; place < end; place++)
        counted += passes[(page[place] ?? 0) >>> FREQUENCY_BITS] ?? 0;
      left -= end - start;
      address = page[end] ?? 0;
    }
    return counted;
  }

  /** Makes the list of a term these postings and no others. */
  replace(term: number, postings: Uint32Array): void {
    this.#release(term);
    for (const posting of postings) this.#append(term, posting);
  }

  #append(term: number, posting: number): void {
    if (term >= this.#terms) this.#reserve(term + 1);
    const count = this.#count.array[term] ?? 0;
    if (count === 0) this.#begin(term);
    else if (this.#isFull(term)) this.#extend(term);
    const state = this.#state.array[term] ?? 0;
    const place = (this.#tail.array[term] ?? 0) + (state & USED_MASK);
    this.#write(place, posting);
    this.#state.array[term] = state + 1;
    this.#count.array[term] = count + 1;
  }

  #reserve(terms: number): void {
    const room = Math.ceil(terms * 1.25);
    this.#terms = room;
    for (const column of [this.#count, this.#head, this.#tail]) column.reserve(room);
    this.#state.reserve(room);
  }

  #isFull(term: number): boolean {
    const state = this.#state.array[term] ?? 0;
    return (state & USED_MASK) === sliceSize(state >>> 12) - 1;
  }

  #begin(term: number): void {
    const address = this.#slice(0);
    this.#head.array[term] = address;
    this.#tail.array[term] = address;
    this.#state.array[term] = 0;
  }

  #extend(term: number): void {
    const state = this.#state.array[term] ?? 0;
    const level = Math.min((state >>> 12) + 1, LEVELS - 1);
    const address = this.#slice(level);
    this.#write((this.#tail.array[term] ?? 0) + (state & USED_MASK), address);
    this.#tail.array[term] = address;
    this.#state.array[term] = level << 12;
  }

  #slice(level: number): number {
    const freed = this.#free[level]?.pop();
    if (freed !== undefined) return freed;
    if (this.#pageUsed + sliceSize(level) > PAGE_SIZE) {
      this.#pages.push(new Uint32Array(PAGE_SIZE));
      this.#pageUsed = 0;
    }
    const address = (this.#pages.length - 1) * PAGE_SIZE + this.#pageUsed;
    this.#pageUsed += sliceSize(level);
    return address;
  }

  /** Gives all slices of a term back. */
  #release(term: number): void {
    let left = this.count(term);
    let address = this.#head.array[term] ?? 0;
    for (let level = 0; left > 0; level = Math.min(level + 1, LEVELS - 1)) {
      this.#free[level]?.push(address);
      left -= sliceSize(level) - 1;
      address = this.#pages[address >>> PAGE_BITS]?.[(address & PAGE_MASK) + sliceSize(level) - 1] ?? 0;
    }
    this.#count.array[term] = 0;
  }

  #write(address: number, number: number): void {
    const page = this.#pages[address >>> PAGE_BITS];
    if (page !== undefined) page[address & PAGE_MASK] = number;
  }
}

/** Numbers in a slice of a level, the address of the next included. */
function sliceSize(level: number): number {
  return 2 << level;
}
