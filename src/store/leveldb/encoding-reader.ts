/** Reads LevelDB's encodings from bytes that may be anything: every read is bounded, and throws instead of guessing. */

/** The bytes are not what the format says; nobody outside this folder sees it. */
export class Malformed extends Error {}

export class ByteReader {
  readonly #bytes: Uint8Array;
  #offset: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, offset = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#offset = offset;
    this.#end = end;
  }

  get offset(): number {
    return this.#offset;
  }

  get isDone(): boolean {
    return this.#offset >= this.#end;
  }

  /** @throws Malformed */
  byte(): number {
    if (this.#offset >= this.#end) throw new Malformed("ends too early");
    const byte = this.#bytes[this.#offset]!;
    this.#offset += 1;
    return byte;
  }

  /** 7 bits a byte, lowest first; up to 2^53. @throws Malformed */
  varint(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (value > Number.MAX_SAFE_INTEGER) throw new Malformed("number too large");
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
  }

  /** 4 bytes, lowest first. @throws Malformed */
  fixed32(): number {
    return (this.byte() | (this.byte() << 8) | (this.byte() << 16) | (this.byte() << 24)) >>> 0;
  }

  /** 8 bytes, lowest first; up to 2^53. @throws Malformed */
  fixed64(): number {
    const low = this.fixed32();
    const value = this.fixed32() * 2 ** 32 + low;
    if (value > Number.MAX_SAFE_INTEGER) throw new Malformed("number too large");
    return value;
  }

  /** A view. @throws Malformed */
  take(length: number): Uint8Array {
    if (length > this.#end - this.#offset) throw new Malformed("ends too early");
    const taken = this.#bytes.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return taken;
  }

  /** Bytes behind their length, a view. @throws Malformed */
  prefixed(): Uint8Array {
    return this.take(this.varint());
  }
}
