/**
 * Lines of a file as text: one over the cap is dropped while it streams by and only its place is reported. Line ends are
 * LF or CR LF; the last line needs none. A byte order mark before the first is dropped.
 */
import { isUtf8 } from "node:buffer";
import { fromUtf8 } from "../base/bytes.ts";
import { splitLines } from "../base/lines.ts";

export interface Line {
  /** From 1. */
  readonly number: number;
  /** `undefined`: over the cap or not UTF-8, see `fault`. */
  readonly text: string | undefined;
  readonly fault?: "too-long" | "not-utf8";
  /** What stands there when it is not UTF-8. */
  readonly bytes?: Uint8Array;
}

const CR = 0x0d;
const BYTE_ORDER_MARK = Uint8Array.of(0xef, 0xbb, 0xbf);

/** @param maxBytes - of a line without its end; longer ones come without their text */
export async function* readLines(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Line> {
  let number = 0;
  // One byte more than the cap is kept, so that a carriage return at the end does not count.
  for await (const line of splitLines(chunks, maxBytes + 1)) {
    number += 1;
    const start =
      number === 1 && BYTE_ORDER_MARK.every((byte, index) => line?.[index] === byte)
        ? BYTE_ORDER_MARK.length
        : 0;
    const bytes = line?.subarray(start, line.at(-1) === CR ? -1 : undefined);
    if (bytes === undefined || bytes.length > maxBytes) yield { number, text: undefined, fault: "too-long" };
    else if (isUtf8(bytes)) yield { number, text: fromUtf8(bytes) };
    else yield { number, text: undefined, fault: "not-utf8", bytes };
  }
}
