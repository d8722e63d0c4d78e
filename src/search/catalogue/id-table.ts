/**
 * From a record id to its row and back. Ids are four 32-bit words in one array, found by a hash table of rows, so that a
 * million of them cost 24 bytes apiece and no strings.
 */
import { formatRecordId, parseRecordId, RECORD_ID_BYTES, RECORD_ID_PATTERN } from "../../base/record-id.ts";
import { uint32Column } from "../arrays/column.ts";
import { NumberTable } from "../arrays/number-table.ts";

const WORDS = 4;

/** The four big-endian words of an id, or undefined when `id` is none. */
export function parseIdWords(id: string): Uint32Array | undefined {
  if (!RECORD_ID_PATTERN.test(id)) return undefined;
  const words = new Uint32Array(WORDS);
  readIdWords(parseRecordId(id), 0, words);
  return words;
}

/** Reads the four big-endian words of the id that stands at `start` of `bytes` into `words`. */
export function readIdWords(bytes: Uint8Array, start: number, words: Uint32Array): void {
  for (let word = 0, at = start; word < WORDS; word++, at += 4)
    words[word] =
      ((bytes[at] ?? 0) << 24) |
      ((bytes[at + 1] ?? 0) << 16) |
      ((bytes[at + 2] ?? 0) << 8) |
      (bytes[at + 3] ?? 0);
}

export class IdTable {
  readonly #words = uint32Column(WORDS * 61);
  readonly #table = new NumberTable((row) => hashOf(this.#words.array, row * WORDS));

  /** The row of an id, or -1. */
  find(id: Uint32Array): number {
    return this.#table.find(hashOf(id, 0), (row) => this.#holds(row, id));
  }

  /** Makes room for so many ids at once. */
  expect(rows: number): void {
    this.#words.reserve(rows * WORDS);
    this.#table.expect(rows);
  }

  /** Gives `row` an id that no row has yet. */
  set(row: number, id: Uint32Array): void {
    this.#words.reserve((row + 1) * WORDS);
    const words = this.#words.array;
    for (let word = 0; word < WORDS; word++) words[row * WORDS + word] = id[word] ?? 0;
    this.#table.add(row);
  }

  /**
   * Gives the rows from `first` on an id each.
   *
   * @param ids - four words each
   * @throws RangeError when one of the ids has a row already
   */
  setAll(first: number, ids: Uint32Array): void {
    const end = first + ids.length / WORDS;
    this.#words.reserve(end * WORDS);
    this.#words.array.set(ids, first * WORDS);
    const isSame = (one: number, other: number) => this.compare(one, other) === 0;
    if (!this.#table.addAllNew(first, end, isSame)) throw new RangeError("a memory occurs twice");
  }

  /** Forgets the id of a row. */
  delete(row: number): void {
    this.#table.delete(row);
    this.#words.array.fill(0, row * WORDS, (row + 1) * WORDS);
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
}

/** Ids are random or the output of a MAC; the mixing is for those that tests and imports make up. */
function hashOf(words: Uint32Array, start: number): number {
  let mixed = Math.imul((words[start] ?? 0) ^ Math.imul(words[start + 3] ?? 0, 0x85ebca6b), 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15) ^ (words[start + 2] ?? 0), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
