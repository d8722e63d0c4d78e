/**
 * Takes a byte stream apart into lines with bounded memory: a line over the cap is dropped while it streams by and only
 * its place is reported. Line ends are LF or CR LF; the last line needs none. A byte order mark before the first is dropped.
 */
import { isUtf8 } from "node:buffer";

export interface Line {
  /** From 1. */
  readonly number: number;
  /** `undefined`: over the cap or not UTF-8, see `fault`. */
  readonly text: string | undefined;
  readonly fault?: "too-long" | "not-utf8";
}

const LF = 0x0a;
const CR = 0x0d;
const BYTE_ORDER_MARK = Uint8Array.of(0xef, 0xbb, 0xbf);

/** @param maxBytes - of a line without its end; longer ones come without their text */
export async function* readLines(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Line> {
  let number = 0;
  let parts: Uint8Array[] = [];
  let held = 0;
  const take = (part: Uint8Array) => {
    // One byte more than the cap is kept, so that a carriage return at the end does not count.
    if (held <= maxBytes + 1) parts.push(part);
    else parts = [];
    held += part.length;
  };
  const finish = (): Line => {
    number += 1;
    const line = decodeLine(number, parts, held, maxBytes);
    parts = [];
    held = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      take(chunk.subarray(start, end));
      yield finish();
      start = end + 1;
    }
    if (start < chunk.length) take(chunk.subarray(start));
  }
  if (held > 0) yield finish();
}

function decodeLine(number: number, parts: readonly Uint8Array[], held: number, maxBytes: number): Line {
  if (held > maxBytes + 1) return { number, text: undefined, fault: "too-long" };
  const [only] = parts;
  const joined = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  const start = number === 1 && startsWithMark(joined) ? BYTE_ORDER_MARK.length : 0;
  const bytes = joined.subarray(start, joined.at(-1) === CR ? -1 : undefined);
  if (bytes.length > maxBytes) return { number, text: undefined, fault: "too-long" };
  if (!isUtf8(bytes)) return { number, text: undefined, fault: "not-utf8" };
  return { number, text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8") };
}

function startsWithMark(bytes: Uint8Array): boolean {
  return BYTE_ORDER_MARK.every((byte, index) => bytes[index] === byte);
}
