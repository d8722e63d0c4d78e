/**
 * Walks through the keys of a table, block by block, as LevelDB does, and stops where it could trip. It holds to what
 * table.ts says of the format, but makes nothing of the entries: a large store has millions, and each is looked at before
 * the store is opened.
 */
import { Malformed } from "./encoding-reader.ts";
import type { InternalKey } from "./internal-key.ts";
import { isBefore, parseInternalKey, REMOVED, sequenceAt, STORED, TRAILER_BYTES } from "./internal-key.ts";
import type { BlockHandle } from "./sorted-table.ts";
import { openBlock } from "./sorted-table.ts";

const NO_BYTES = new Uint8Array(0);

export class KeyWalk {
  readonly #newest: number;
  #key = new Uint8Array(64);
  /** 0 before the first key. */
  #length = 0;
  #before = new Uint8Array(64);
  #first: InternalKey | undefined;
  #block: Uint8Array = NO_BYTES;
  #at = 0;
  #end = 0;
  #restarts = new Set<number>();

  /** @param newest - the highest sequence number there can be: LevelDB passes over what is beyond it as if it were not there */
  constructor(newest = Infinity) {
    this.#newest = newest;
  }

  /** The first key of all; undefined before there is one. */
  get first(): InternalKey | undefined {
    return this.#first;
  }

  /** The key met last; undefined before there is one. */
  get last(): InternalKey | undefined {
    return this.#length === 0 ? undefined : parseInternalKey(this.#key.slice(0, this.#length));
  }

  /** The internal key met last stands in its first `length` bytes; the next step overwrites it. */
  get key(): Uint8Array {
    return this.#key;
  }

  get length(): number {
    return this.#length;
  }

  /** Walks through a block that follows those before it. @throws Malformed when LevelDB could trip over anything in it */
  walk(table: Uint8Array, handle: BlockHandle): void {
    this.open(table, handle);
    while (this.next());
  }

  /** Goes to the beginning of a block that follows those before it. @throws Malformed */
  open(table: Uint8Array, handle: BlockHandle): void {
    const { block, end, restarts } = openBlock(table, handle);
    this.#block = block;
    this.#end = end;
    this.#restarts = restarts;
    this.#at = 0;
  }

  /** Goes to the next key of the block. @returns false at its end @throws as `walk` */
  next(): boolean {
    const start = this.#at;
    if (start >= this.#end) {
      if (this.#restarts.size > 0) throw new Malformed("restart that is no entry");
      return false;
    }
    const shared = this.#varint();
    const unshared = this.#varint();
    const valueLength = this.#varint();
    // Nothing is shared across blocks: the key before the first of one is not what LevelDB would take bytes from.
    if (shared > (start === 0 ? 0 : this.#length)) throw new Malformed("shares more than there is");
    if (shared === 0) this.#restarts.delete(start);
    if (unshared > this.#end - this.#at) throw new Malformed("ends too early");
    this.#step(shared, unshared);
    this.#at += unshared;
    if (valueLength > this.#end - this.#at) throw new Malformed("ends too early");
    this.#at += valueLength;
    return true;
  }

  #varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      if (this.#at >= this.#end) throw new Malformed("ends too early");
      const byte = this.#block[this.#at]!;
      this.#at += 1;
      value += (byte & 0x7f) * factor;
      if (value > Number.MAX_SAFE_INTEGER) throw new Malformed("number too large");
      if (byte < 0x80) return value;
    }
  }

  /** Goes on to the key that begins as the one before, for `shared` bytes, and ends with the next `unshared` bytes. */
  #step(shared: number, unshared: number): void {
    const length = shared + unshared;
    const before = this.#key;
    const beforeLength = this.#length;
    const key = this.#before.length >= length ? this.#before : new Uint8Array(length * 2);
    for (let index = 0; index < shared; index += 1) key[index] = before[index]!;
    for (let index = 0; index < unshared; index += 1) key[shared + index] = this.#block[this.#at + index]!;
    const type = key[length - TRAILER_BYTES];
    if (length < TRAILER_BYTES) throw new Malformed("key without a trailer");
    if (type !== REMOVED && type !== STORED) throw new Malformed("unknown type");
    if (sequenceAt(key, length - TRAILER_BYTES) > this.#newest) throw new Malformed("newer than the store");
    if (beforeLength > 0 && !isBefore(before, beforeLength, key, length)) throw new Malformed("out of order");
    this.#key = key;
    this.#length = length;
    this.#before = before;
    this.#first ??= this.last;
  }
}
