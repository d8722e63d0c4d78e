/**
 * Walks through the keys of a table, block by block, as LevelDB does, and stops where it could trip. It holds to what
 * table.ts says of the format, but makes nothing of the entries: a large store has millions, and each is looked at before
 * the store is opened.
 */
import { Malformed } from "./byte-reader.ts";
import type { InternalKey } from "./internal-key.ts";
import { parseInternalKey, REMOVED, STORED, TRAILER_BYTES } from "./internal-key.ts";
import type { BlockHandle } from "./table.ts";
import { openBlock } from "./table.ts";

export class KeyWalk {
  #key = new Uint8Array(64);
  /** 0 before the first key. */
  #length = 0;
  #before = new Uint8Array(64);
  #first: InternalKey | undefined;

  /** The first key of all; undefined before there is one. */
  get first(): InternalKey | undefined {
    return this.#first;
  }

  /** The key met last; undefined before there is one. */
  get last(): InternalKey | undefined {
    return this.#length === 0 ? undefined : parseInternalKey(this.#key.slice(0, this.#length));
  }

  /** Walks through a block that follows those before it. @throws Malformed when LevelDB could trip over anything in it */
  walk(table: Uint8Array, handle: BlockHandle): void {
    const { block, end, restarts } = openBlock(table, handle);
    let at = 0;
    let length = 0;
    const varint = () => {
      let value = 0;
      for (let factor = 1; ; factor *= 0x80) {
        if (at >= end) throw new Malformed("ends too early");
        const byte = block[at]!;
        at += 1;
        value += (byte & 0x7f) * factor;
        if (value > Number.MAX_SAFE_INTEGER) throw new Malformed("number too large");
        if (byte < 0x80) return value;
      }
    };
    while (at < end) {
      const start = at;
      const shared = varint();
      const unshared = varint();
      const valueLength = varint();
      if (shared > length) throw new Malformed("shares more than there is");
      if (shared === 0) restarts.delete(start);
      if (unshared > end - at) throw new Malformed("ends too early");
      length = shared + unshared;
      this.#step(block, at, shared, unshared);
      at += unshared;
      if (valueLength > end - at) throw new Malformed("ends too early");
      at += valueLength;
    }
    if (restarts.size > 0) throw new Malformed("restart that is no entry");
  }

  /** Goes on to the key that begins as the one before, for `shared` bytes, and ends with `unshared` bytes from `from` on. */
  #step(block: Uint8Array, from: number, shared: number, unshared: number): void {
    const length = shared + unshared;
    const before = this.#key;
    const beforeLength = this.#length;
    const key = this.#before.length >= length ? this.#before : new Uint8Array(length * 2);
    for (let index = 0; index < shared; index += 1) key[index] = before[index]!;
    for (let index = 0; index < unshared; index += 1) key[shared + index] = block[from + index]!;
    const type = key[length - TRAILER_BYTES];
    if (length < TRAILER_BYTES) throw new Malformed("key without a trailer");
    if (type !== REMOVED && type !== STORED) throw new Malformed("unknown type");
    if (beforeLength > 0 && !isBefore(before, beforeLength, key, length)) throw new Malformed("out of order");
    this.#key = key;
    this.#length = length;
    this.#before = before;
    this.#first ??= this.last;
  }
}

/** Whether the internal key `a` comes before `b`: user keys ascending, then sequence numbers and types descending. */
function isBefore(a: Uint8Array, aLength: number, b: Uint8Array, bLength: number): boolean {
  const aEnd = aLength - TRAILER_BYTES;
  const bEnd = bLength - TRAILER_BYTES;
  const shorter = Math.min(aEnd, bEnd);
  for (let index = 0; index < shorter; index += 1) {
    if (a[index] !== b[index]) return a[index]! < b[index]!;
  }
  if (aEnd !== bEnd) return aEnd < bEnd;
  for (let index = TRAILER_BYTES - 1; index >= 0; index -= 1) {
    if (a[aEnd + index] !== b[bEnd + index]) return a[aEnd + index]! > b[bEnd + index]!;
  }
  return false;
}
