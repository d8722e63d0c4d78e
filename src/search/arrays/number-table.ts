/**
 * A hash table of numbers that stand for something stored elsewhere, such as rows for ids or term numbers for terms.
 * Open addressing with linear probing, in 64 parts that grow one by one, so that no single growth takes long even for
 * millions. Numbers are stored plus one; zero is an empty place.
 *
 * The parts and reading ahead exist only for a million memories; a `Map` of strings would do for a thousand.
 */
const PART_BITS = 6;
const PARTS = 1 << PART_BITS;
const PLACES_AT_FIRST = 8;
const FULL_AT = 0.6;
/** Numbers whose places are fetched at once. */
const NUMBERS_PER_FETCH = 64;
/** How much fuller than the mean a part may be. */
const UNEVEN = 1.1;

export class NumberTable {
  readonly #parts = Array.from({ length: PARTS }, () => new Int32Array(PLACES_AT_FIRST));
  readonly #used = new Int32Array(PARTS);
  readonly #hashOf: (number: number) => number;
  /** What reading ahead saw: without a visible result the optimizing compiler would leave the reads out. */
  fetched = 0;

  /** @param hashOf - the hash, 32 bits, of what a stored number stands for */
  constructor(hashOf: (number: number) => number) {
    this.#hashOf = hashOf;
  }

  /** Makes room for about so many numbers at once, in a table that is empty. */
  expect(count: number): void {
    let places = PLACES_AT_FIRST;
    while (places * FULL_AT < (count / PARTS) * UNEVEN) places *= 2;
    if (this.#used.some((used) => used > 0)) return;
    for (let part = 0; part < PARTS; part++) this.#parts[part] = new Int32Array(places);
  }

  /** The stored number with that hash that `matches`, or -1. */
  find(hash: number, matches: (number: number) => boolean): number {
    const places = this.#partOf(hash);
    const mask = places.length - 1;
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const number = (places[place] ?? 0) - 1;
      if (number < 0 || matches(number)) return number;
    }
  }

  /** Stores a number that is not stored. */
  add(number: number): void {
    this.addNew(number, isNever);
  }

  /**
   * Stores a number unless one is stored that is `alike`.
   *
   * @returns whether it was stored
   */
  addNew(number: number, isAlike: (one: number, other: number) => boolean): boolean {
    const hash = this.#hashOf(number);
    const places = this.#withRoom(hash);
    const mask = places.length - 1;
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const other = (places[place] ?? 0) - 1;
      if (other >= 0 && isAlike(number, other)) return false;
      if (other >= 0) continue;
      places[place] = number + 1;
      this.#used[hash >>> (32 - PART_BITS)]!++;
      return true;
    }
  }

  /**
   * Stores the numbers from `first` to `end` unless one is stored that is `alike`.
   *
   * @returns whether all were stored
   */
  addAllNew(first: number, end: number, isAlike: (one: number, other: number) => boolean): boolean {
    for (let from = first; from < end; from += NUMBERS_PER_FETCH) {
      const to = Math.min(end, from + NUMBERS_PER_FETCH);
      // Read with nothing depending on them, the processor fetches many places at once; each alone would be waited for.
      for (let number = from; number < to; number++) {
        const hash = this.#hashOf(number);
        const places = this.#partOf(hash);
        this.fetched ^= places[hash & (places.length - 1)] ?? 0;
      }
      for (let number = from; number < to; number++) if (!this.addNew(number, isAlike)) return false;
    }
    return true;
  }

  /** Removes a stored number and moves up what was displaced by it. */
  delete(number: number): void {
    const hash = this.#hashOf(number);
    const places = this.#partOf(hash);
    const mask = places.length - 1;
    let hole = hash & mask;
    while (places[hole] !== number + 1) hole = (hole + 1) & mask;
    for (let place = (hole + 1) & mask; places[place] !== 0; place = (place + 1) & mask) {
      const home = this.#hashOf((places[place] ?? 0) - 1) & mask;
      if (((place - home) & mask) < ((place - hole) & mask)) continue;
      places[hole] = places[place] ?? 0;
      hole = place;
    }
    places[hole] = 0;
    const part = hash >>> (32 - PART_BITS);
    this.#used[part] = (this.#used[part] ?? 0) - 1;
  }

  #partOf(hash: number): Int32Array {
    return this.#parts[hash >>> (32 - PART_BITS)] ?? new Int32Array();
  }

  /** The part of a hash, with room for one more. */
  #withRoom(hash: number): Int32Array {
    const places = this.#partOf(hash);
    const part = hash >>> (32 - PART_BITS);
    if ((this.#used[part] ?? 0) + 1 <= places.length * FULL_AT) return places;
    const wider = new Int32Array(places.length * 2);
    for (const place of places) if (place !== 0) this.#place(wider, place - 1, this.#hashOf(place - 1));
    this.#parts[part] = wider;
    return wider;
  }

  #place(places: Int32Array, number: number, hash: number): void {
    const mask = places.length - 1;
    let place = hash & mask;
    while (places[place] !== 0) place = (place + 1) & mask;
    places[place] = number + 1;
  }
}

function isNever(): false {
  return false;
}
