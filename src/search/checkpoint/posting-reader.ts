/** Reads postings as layout.ts says. */
import type { Holdings } from "../holdings.ts";
import type { ByteReader } from "./byte-reader.ts";

/**
 * Reads one chunk and counts who holds a term.
 *
 * @param rows - by row in the chunks: the row of the holdings
 * @throws Error when a posting names no term or no memory
 */
export function readPostings({ postings, dictionary }: Holdings, rows: Int32Array, body: ByteReader): void {
  while (!body.isAtEnd) {
    const term = body.varint();
    if (dictionary.size(term) === 0) throw new Error("postings of no term");
    const count = body.varint();
    let place = 0;
    for (let index = 0; index < count; index++) {
      const number = body.varint();
      const zigzag = number >>> 1;
      place += (zigzag >>> 1) ^ -(zigzag & 1);
      const row = rows[place];
      if (row === undefined) throw new Error("a posting of no memory");
      postings.add(term, row, (number & 1) === 0 ? 1 : body.uint8());
    }
    dictionary.holders.array[term] = (dictionary.holders.array[term] ?? 0) + count;
  }
}
