/**
 * The dictionary: from a term to its number and back. Terms are UTF-8 in one array of bytes, found by a hash table;
 * nothing is a JavaScript string, so half a million terms cost no garbage collection. A term that no memory holds any
 * more is erased by `drop`, and its number may then stand for another.
 */
import { int32Column, uint8Column, uint32Column } from "../arrays/column.ts";
import { NumberTable } from "../arrays/number-table.ts";

const ENCODED_BYTES = 512;
const MAX_TERM_BYTES = 255;
const MAX_EXPECTED_TERMS = 1 << 20;
const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder();

export class Dictionary {
  /** By term: live memories that hold it; of a mark also those that went since the last compaction. */
  readonly holders = int32Column(257);
  readonly #bytes = uint8Column(4096);
  readonly #start = uint32Column(263);
  readonly #size = uint8Column(269);
  readonly #free: number[] = [];
  readonly #encoded = new Uint8Array(ENCODED_BYTES);
  readonly #table = new NumberTable((number) => {
    const start = this.#start.array[number] ?? 0;
    return hashOf(this.#bytes.array, start, start + this.size(number));
  });
  #span = 0;
  #bytesUsed = 0;
  #bytesErased = 0;

  /** One more than the highest term number. */
  get span(): number {
    return this.#span;
  }

  /** The number of a term, or -1. */
  find(term: string): number {
    return this.#find(this.#encode(term));
  }

  /** The number of a term, new if need be. */
  take(term: string): number {
    const size = this.#encode(term);
    const known = this.#find(size);
    return known >= 0 ? known : this.#create(size);
  }

  /** Makes room for so many terms at once, in a dictionary that is empty; for no more than a large one has. */
  expect(terms: number): void {
    const count = Math.min(terms, MAX_EXPECTED_TERMS);
    for (const column of [this.holders, this.#start, this.#size]) column.reserve(count);
    this.#table.expect(count);
  }

  /**
   * Gives the next number to a term that is not there, or to none when it has no bytes. For a dictionary that is read back
   * in the order of its numbers.
   *
   * @throws RangeError when the spelling is too long or there already
   */
  restore(spelling: Uint8Array): void {
    const size = spelling.length;
    if (size > MAX_TERM_BYTES) throw new RangeError("a term is too long");
    if (size === 0) {
      const number = this.#span++;
      for (const column of [this.holders, this.#start, this.#size]) column.reserve(number + 1);
      this.#free.push(number);
      return;
    }
    this.#encoded.set(spelling);
    if (this.#find(size) >= 0) throw new RangeError("a term occurs twice");
    this.#createAt(this.#span++, size);
  }

  /** The spelling of a term. */
  term(number: number): string {
    return utf8Decoder.decode(this.bytes(number));
  }

  /** The UTF-8 of a term; a view that the next change makes stale. */
  bytes(number: number): Uint8Array {
    const start = this.#start.array[number] ?? 0;
    return this.#bytes.array.subarray(start, start + this.size(number));
  }

  /** Calls `visit` for each term that something holds, with where its UTF-8 lies; nothing may change meanwhile. */
  forEach(visit: (number: number, bytes: Uint8Array, start: number, size: number) => void): void {
    for (let number = 0; number < this.#span; number++)
      if ((this.holders.array[number] ?? 0) > 0)
        visit(number, this.#bytes.array, this.#start.array[number] ?? 0, this.size(number));
  }

  /** Whether the UTF-8 of a term begins with `byte`. */
  beginsWith(number: number, byte: number): boolean {
    return this.size(number) > 0 && this.#bytes.array[this.#start.array[number] ?? 0] === byte;
  }

  /** Bytes of a term; 0 for a number that stands for none. */
  size(number: number): number {
    return this.#size.array[number] ?? 0;
  }

  /** Erases a term that nothing holds. */
  drop(number: number): void {
    this.#table.delete(number);
    this.#bytesErased += this.size(number);
    this.bytes(number).fill(0);
    this.#size.array[number] = 0;
    this.#free.push(number);
  }

  /** Closes the gaps that erased terms left, once they are a quarter of all bytes. */
  tighten(): void {
    if (this.#bytesErased * 4 < this.#bytesUsed) return;
    const before = this.#bytes.array;
    const after = new Uint8Array(before.length);
    let used = 0;
    for (let number = 0; number < this.#span; number++) {
      const start = this.#start.array[number] ?? 0;
      after.set(before.subarray(start, start + this.size(number)), used);
      this.#start.array[number] = used;
      used += this.size(number);
    }
    before.fill(0);
    this.#bytes.array = after;
    this.#bytesUsed = used;
    this.#bytesErased = 0;
  }

  /** Puts a term into `#encoded`; ASCII by hand, as the native encoder costs more than the whole look-up. */
  #encode(term: string): number {
    for (let index = 0; index < term.length; index++) {
      const code = term.charCodeAt(index);
      if (code >= 128) return utf8Encoder.encodeInto(term, this.#encoded.subarray(0, MAX_TERM_BYTES)).written;
      this.#encoded[index] = code;
    }
    return term.length;
  }

  #find(size: number): number {
    return this.#table.find(hashOf(this.#encoded, 0, size), (number) => this.#equals(number, size));
  }

  #equals(number: number, size: number): boolean {
    if (this.#size.array[number] !== size) return false;
    const start = this.#start.array[number] ?? 0;
    const bytes = this.#bytes.array;
    for (let index = 0; index < size; index++)
      if (bytes[start + index] !== this.#encoded[index]) return false;
    return true;
  }

  #create(size: number): number {
    return this.#createAt(this.#free.pop() ?? this.#span++, size);
  }

  #createAt(number: number, size: number): number {
    for (const column of [this.holders, this.#start, this.#size]) column.reserve(number + 1);
    this.#bytes.reserve(this.#bytesUsed + size);
    this.#bytes.array.set(this.#encoded.subarray(0, size), this.#bytesUsed);
    this.#start.array[number] = this.#bytesUsed;
    this.#size.array[number] = size;
    this.holders.array[number] = 0;
    this.#bytesUsed += size;
    this.#table.add(number);
    return number;
  }
}

/** FNV-1a with a final mix. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let mixed = 0x811c9dc5;
  for (let index = start; index < end; index++) mixed = Math.imul(mixed ^ (bytes[index] ?? 0), 0x01000193);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
