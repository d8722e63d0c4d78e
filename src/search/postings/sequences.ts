/**
 * The terms of each memory in order, as numbers: for phrases, for near-copies, for what a removed memory no longer holds
 * and for the checkpoint. Each is a run of LEB128 varints in a page of 1 MiB; frequent terms came first and have small
 * numbers, so a term takes about two bytes. Pages that are mostly dead are emptied by `evacuate`.
 */
const PAGE_BITS = 20;
const PAGE_SIZE = 2 ** PAGE_BITS;
const PAGE_MASK = PAGE_SIZE - 1;
const MAX_TERM_BYTES = 5;

/** Terms kept of one memory; a text of 64 KiB, the largest there is, has fewer. */
export const MAX_TERMS = 65_535;

/** The encoded terms of memories, one after the other. */
export interface EncodedTerms {
  readonly bytes: Uint8Array;
  /** By memory: bytes of its terms, and how many terms these are. */
  readonly termBytes: Uint32Array;
  readonly lengths: Uint16Array;
}

export class Sequences {
  readonly #pages: (Uint8Array | undefined)[] = [];
  /** By page: bytes of memories that are still there. */
  readonly #alive: number[] = [];
  #current = -1;
  #used = PAGE_SIZE;

  /** Stores `length` terms and returns where they are. */
  add(terms: ArrayLike<number>, length: number): number {
    const room = length * MAX_TERM_BYTES;
    if (this.#used + room > PAGE_SIZE && this.#used + bytesOf(terms, length) > PAGE_SIZE) this.#open();
    const address = this.#current * PAGE_SIZE + this.#used;
    const page = this.#pages[this.#current] ?? new Uint8Array();
    let place = this.#used;
    for (let index = 0; index < length; index++) {
      let term = terms[index] ?? 0;
      for (; term > 127; term >>>= 7) page[place++] = (term & 127) | 128;
      page[place++] = term;
    }
    this.#alive[this.#current] = (this.#alive[this.#current] ?? 0) + place - this.#used;
    this.#used = place;
    return address;
  }

  /**
   * Stores terms that are encoded already, as `encoded` gives them. A number of no term does no harm: it is found nowhere.
   *
   * @param addresses - where each memory's terms came to is written to its beginning
   * @throws RangeError when there are not so many terms
   */
  addEncoded({ bytes, termBytes, lengths }: EncodedTerms, addresses: Uint32Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let from = 0;
    let to = 0;
    for (let memory = 0; memory < termBytes.length; memory++) {
      const end = to + (termBytes[memory] ?? 0);
      const endsWithTerm = end === to || (bytes[end - 1] ?? 128) < 128;
      if (!endsWithTerm || countTerms(view, to, end) !== lengths[memory])
        throw new RangeError("another number of terms");
      if (this.#used + end - from > PAGE_SIZE) {
        this.#append(bytes.subarray(from, to));
        from = to;
        this.#open();
      }
      addresses[memory] = this.#current * PAGE_SIZE + this.#used + to - from;
      to = end;
    }
    this.#append(bytes.subarray(from, to));
    if (to < bytes.length) throw new RangeError("terms of no memory");
  }

  /** The bytes of `length` terms at `address`: a view that the next change makes stale. */
  encoded(address: number, length: number): Uint8Array {
    const page = this.#pages[address >>> PAGE_BITS] ?? new Uint8Array();
    const start = address & PAGE_MASK;
    let end = start;
    for (let left = length; left > 0; end++) if ((page[end] ?? 0) < 128) left--;
    return page.subarray(start, end);
  }

  /** Reads `length` terms from where `add` put them into `into`; returns the bytes they take. */
  read(address: number, length: number, into: Uint32Array | Int32Array): number {
    const page = this.#pages[address >>> PAGE_BITS] ?? new Uint8Array();
    const start = address & PAGE_MASK;
    let place = start;
    for (let index = 0; index < length; index++) {
      let byte = page[place++] ?? 0;
      let term = byte & 127;
      for (let shift = 7; byte > 127; shift += 7) {
        byte = page[place++] ?? 0;
        term |= (byte & 127) << shift;
      }
      into[index] = term;
    }
    return place - start;
  }

  /** Overwrites the `bytes` at `address`: their memory is gone. */
  erase(address: number, bytes: number): void {
    const number = address >>> PAGE_BITS;
    const start = address & PAGE_MASK;
    this.#pages[number]?.fill(0, start, start + bytes);
    this.#alive[number] = (this.#alive[number] ?? 0) - bytes;
  }

  /** A closed page of which less than half is alive, or undefined. */
  sparsePage(): number | undefined {
    const page = this.#alive.findIndex(
      (bytes, number) =>
        number !== this.#current && this.#pages[number] !== undefined && bytes * 2 < PAGE_SIZE,
    );
    return page < 0 ? undefined : page;
  }

  /** Whether `address` lies in a page. */
  isIn(address: number, page: number): boolean {
    return address >>> PAGE_BITS === page;
  }

  /** Gives back a page whose memories were all stored anew. */
  dropPage(page: number): void {
    this.#pages[page] = undefined;
    this.#alive[page] = 0;
  }

  /** Puts bytes for which there is room behind what is in the page. */
  #append(bytes: Uint8Array): void {
    this.#pages[this.#current]?.set(bytes, this.#used);
    this.#alive[this.#current] = (this.#alive[this.#current] ?? 0) + bytes.length;
    this.#used += bytes.length;
  }

  #open(): void {
    const gap = this.#pages.indexOf(undefined);
    this.#current = gap < 0 ? this.#pages.length : gap;
    this.#pages[this.#current] = new Uint8Array(PAGE_SIZE);
    this.#alive[this.#current] = 0;
    this.#used = 0;
  }
}

/** How many terms end in the bytes from `start` to `end`: bytes below 128, four at a time, of tens of millions. */
function countTerms(view: DataView, start: number, end: number): number {
  let going = 0;
  let place = start;
  for (; place + 4 <= end; place += 4)
    going += Math.imul((view.getUint32(place) & 0x80808080) >>> 7, 0x01010101) >>> 24;
  for (; place < end; place++) going += view.getUint8(place) >>> 7;
  return end - start - going;
}

function bytesOf(terms: ArrayLike<number>, length: number): number {
  let bytes = 0;
  for (let index = 0; index < length; index++) {
    const term = terms[index] ?? 0;
    bytes += term < 128 ? 1 : term < 16_384 ? 2 : term < 2_097_152 ? 3 : term < 268_435_456 ? 4 : 5;
  }
  return bytes;
}
