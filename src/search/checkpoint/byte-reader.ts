/** Values read one after another from bytes that may be wrong: every read checks that it stays inside. */
import { fromUtf8 } from "../../base/bytes.ts";

export class ByteReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  /** Where the next value stands; whoever reads past this class checks for the end and moves it. */
  place: number;

  constructor(bytes: Uint8Array, start = 0) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.place = start;
  }

  get isAtEnd(): boolean {
    return this.place >= this.bytes.length;
  }

  /** @throws RangeError at the end */
  uint8(): number {
    return this.#view.getUint8(this.skip(1));
  }

  /** @throws RangeError at the end */
  uint32(): number {
    return this.#view.getUint32(this.skip(4));
  }

  /** @throws RangeError at the end */
  float64(): number {
    return this.#view.getFloat64(this.skip(8));
  }

  /** @throws RangeError at the end, or for a number over 2^32 - 1 */
  varint(): number {
    const first = this.bytes[this.place];
    if (first !== undefined && first < 128) {
      this.place++;
      return first;
    }
    let value = 0;
    for (let scale = 1; scale < 2 ** 35; scale *= 128) {
      const byte = this.bytes[this.place++];
      if (byte === undefined) break;
      value += (byte & 127) * scale;
      if (byte < 128 && value < 2 ** 32) return value;
    }
    throw new RangeError("not a number");
  }

  /** A view of the next `length` bytes. @throws RangeError at the end */
  raw(length: number): Uint8Array {
    const start = this.skip(length);
    return this.bytes.subarray(start, start + length);
  }

  /** A copy of the next `length` bytes. @throws RangeError at the end */
  copy(length: number): ArrayBuffer {
    const copy = new Uint8Array(this.raw(length));
    return copy.buffer;
  }

  /** @throws RangeError at the end, TypeError when it is not UTF-8 */
  text(): string {
    return fromUtf8(this.raw(this.varint()));
  }

  /** Goes on behind the next `bytes` bytes and says where they stand. @throws RangeError at the end */
  skip(bytes: number): number {
    const start = this.place;
    this.place += bytes;
    if (this.place > this.bytes.length) throw new RangeError("past the end");
    return start;
  }
}
