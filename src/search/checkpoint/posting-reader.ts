/** Reads postings as layout.ts says. A million memories have tens of millions, so each is decoded in place. */
import type { Holdings } from "../holdings/holdings.ts";
import { FREQUENCY_BITS, MAX_FREQUENCY } from "../postings/postings.ts";
import type { ByteReader } from "./byte-reader.ts";
import { MAX_POSTINGS_TOGETHER } from "./layout.ts";

export class PostingReader {
  readonly #holdings: Holdings;
  readonly #decoded = new Uint32Array(MAX_POSTINGS_TOGETHER);

  constructor(holdings: Holdings) {
    this.#holdings = holdings;
  }

  /**
   * Reads one chunk and counts who holds a term.
   *
   * @param memories - how many there are; they have the same rows in the chunks and in the holdings
   * @throws Error when a posting names no term or no memory
   */
  read(memories: number, body: ByteReader): void {
    const { postings, dictionary } = this.#holdings;
    while (!body.isAtEnd) {
      const term = body.varint();
      if (dictionary.size(term) === 0) throw new Error("postings of no term");
      const count = body.varint();
      if (count > MAX_POSTINGS_TOGETHER) throw new Error("too many postings together");
      body.place = decodePostings(body.bytes, body.place, count, memories, this.#decoded);
      postings.addAll(term, this.#decoded, count);
      dictionary.holders.array[term] = (dictionary.holders.array[term] ?? 0) + count;
    }
  }
}

/**
 * Decodes `count` postings that stand in `bytes` from `start` on, as `Postings` holds them, into `into`.
 *
 * @returns where they end
 * @throws Error when they name no memory, RangeError past the end
 */
function decodePostings(
  bytes: Uint8Array,
  start: number,
  count: number,
  memories: number,
  into: Uint32Array,
): number {
  const end = bytes.length;
  let at = start;
  let place = 0;
  for (let index = 0; index < count; index++) {
    let number = 0;
    for (let shift = 0; ; shift += 7) {
      // Distances of rows have at most 30 bits.
      if (at >= end || shift > 28) throw new RangeError("past the end");
      const byte = bytes[at++] ?? 0;
      number |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    place += number >>> 1;
    if (place >= memories) throw new Error("a posting of no memory");
    let frequency = 1;
    if ((number & 1) === 1) {
      if (at >= end) throw new RangeError("past the end");
      frequency = Math.min(bytes[at++] ?? 0, MAX_FREQUENCY);
    }
    into[index] = (place << FREQUENCY_BITS) | frequency;
  }
  return at;
}
