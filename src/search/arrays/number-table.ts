/**
 * A hash table of numbers that stand for something stored elsewhere, such as rows for ids or term numbers for terms.
 * Open addressing with linear probing, in 64 parts that grow one by one, so that no single growth takes long even for
 * millions. Numbers are stored plus one; zero is an empty place.
 */
const PART_BITS = 6;
const PARTS = 1 << PART_BITS;
const PLACES_AT_FIRST = 8;
const FULL_AT = 0.6;
/** How much fuller than the mean a part may be. */
const UNEVEN = 1.1;

export class NumberTable {
  readonly #parts = Array.from({ length: PARTS }, () => new Int32Array(PLACES_AT_FIRST));
  readonly #used = new Int32Array(PARTS);
  readonly #hashOf: (number: number) => number;

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
    const hash = this.#hashOf(number);
    const part = hash >>> (32 - PART_BITS);
    const used = (this.#used[part] ?? 0) + 1;
    this.#used[part] = used;
    const places = this.#partOf(hash);
    if (used > places.length * FULL_AT) this.#widen(part, places);
    this.#place(this.#partOf(hash), number, hash);
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

  get bytes(): number {
    return this.#parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  #partOf(hash: number): Int32Array {
    return this.#parts[hash >>> (32 - PART_BITS)] ?? new Int32Array();
  }

  #place(places: Int32Array, number: number, hash: number): void {
    const mask = places.length - 1;
    let place = hash & mask;
    while (places[place] !== 0) place = (place + 1) & mask;
    places[place] = number + 1;
  }

  #widen(part: number, before: Int32Array): void {
    const wider = new Int32Array(before.length * 2);
    for (const place of before) if (place !== 0) this.#place(wider, place - 1, this.#hashOf(place - 1));
    this.#parts[part] = wider;
  }
}
