/**
 * From a record id to its row: open addressing over the ids of the catalogue, four 32-bit words each, so that a million
 * ids cost 24 bytes apiece and no strings. Rows are stored plus one; zero is an empty place.
 */
import { formatRecordId, parseRecordId, RECORD_ID_BYTES, RECORD_ID_PATTERN } from "../../base/record-id.ts";
import { uint32Column } from "./column.ts";

const WORDS = 4;
const FULL_AT = 0.6;

/** The four big-endian words of an id, or undefined when `id` is none. */
export function parseIdWords(id: string): Uint32Array | undefined {
  if (!RECORD_ID_PATTERN.test(id)) return undefined;
  return wordsOfBytes(parseRecordId(id), 0);
}

/** The four big-endian words of the id that stands at `start` of `bytes`. */
export function wordsOfBytes(bytes: Uint8Array, start: number): Uint32Array {
  const words = new Uint32Array(WORDS);
  for (let index = 0; index < RECORD_ID_BYTES; index++)
    words[index >>> 2] = ((words[index >>> 2] ?? 0) << 8) | (bytes[start + index] ?? 0);
  return words;
}

export class IdTable {
  readonly #words = uint32Column(WORDS * 61);
  #places = new Int32Array(128);
  #used = 0;

  /** The row of an id, or -1. */
  find(id: Uint32Array): number {
    const mask = this.#places.length - 1;
    for (let place = hash(id, 0) & mask; ; place = (place + 1) & mask) {
      const row = (this.#places[place] ?? 0) - 1;
      if (row < 0 || this.#holds(row, id)) return row;
    }
  }

  /** Gives `row` an id that no row has yet. */
  set(row: number, id: Uint32Array): void {
    this.#words.reserve((row + 1) * WORDS);
    this.#words.array.set(id, row * WORDS);
    if (++this.#used > this.#places.length * FULL_AT) this.#widen();
    this.#place(row);
  }

  /** Forgets the id of a row and moves up what was displaced by it. */
  delete(row: number): void {
    const places = this.#places;
    const mask = places.length - 1;
    let hole = hash(this.#words.array, row * WORDS) & mask;
    while (places[hole] !== row + 1) hole = (hole + 1) & mask;
    for (let place = (hole + 1) & mask; places[place] !== 0; place = (place + 1) & mask) {
      const home = hash(this.#words.array, ((places[place] ?? 0) - 1) * WORDS) & mask;
      if (((place - home) & mask) < ((place - hole) & mask)) continue;
      places[hole] = places[place] ?? 0;
      hole = place;
    }
    places[hole] = 0;
    this.#words.array.fill(0, row * WORDS, (row + 1) * WORDS);
    this.#used--;
  }

  /** The four words of a row's id, copied. */
  words(row: number): Uint32Array {
    return this.#words.array.slice(row * WORDS, (row + 1) * WORDS);
  }

  /** The id of a row as text. */
  text(row: number): string {
    return formatRecordId(this.bytes(row));
  }

  /** The 16 bytes of a row's id. */
  bytes(row: number): Uint8Array {
    const bytes = new Uint8Array(RECORD_ID_BYTES);
    const view = new DataView(bytes.buffer);
    for (let word = 0; word < WORDS; word++)
      view.setUint32(word * 4, this.#words.array[row * WORDS + word] ?? 0);
    return bytes;
  }

  /** Negative when the id of `a` sorts before that of `b`, as text and as bytes. */
  compare(a: number, b: number): number {
    const words = this.#words.array;
    for (let word = 0; word < WORDS; word++) {
      const difference = (words[a * WORDS + word] ?? 0) - (words[b * WORDS + word] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  get bytesHeld(): number {
    return this.#words.bytes + this.#places.byteLength;
  }

  #holds(row: number, id: Uint32Array): boolean {
    const words = this.#words.array;
    const start = row * WORDS;
    return (
      words[start] === id[0] &&
      words[start + 1] === id[1] &&
      words[start + 2] === id[2] &&
      words[start + 3] === id[3]
    );
  }

  #place(row: number): void {
    const mask = this.#places.length - 1;
    let place = hash(this.#words.array, row * WORDS) & mask;
    while (this.#places[place] !== 0) place = (place + 1) & mask;
    this.#places[place] = row + 1;
  }

  #widen(): void {
    const before = this.#places;
    this.#places = new Int32Array(before.length * 2);
    for (const place of before) if (place !== 0) this.#place(place - 1);
  }
}

function hash(words: Uint32Array, start: number): number {
  const mixed = Math.imul((words[start] ?? 0) ^ ((words[start + 3] ?? 0) << 7), 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
