/**
 * Tells without a string which stored terms cannot be like another: trigrams of bytes, 15 bits each, counted in place.
 * For terms of a to z that is exact; for others it lets through all that are alike and some that are not.
 */
import { utf8 } from "../../base/bytes.ts";
import { MIN_LIKENESS } from "./formula.ts";

const MASK = 0x7fff;
const SPACE = 32;
const BEFORE_A_TERM = 0;

export class TrigramFilter {
  readonly #wanted = new Uint8Array(MASK + 1);
  readonly #wantedCount: number;
  readonly #characters: number;
  readonly #isAscii: boolean;
  /** By trigram: the last term it was seen in, so that each counts once. */
  readonly #seenIn = new Int32Array(MASK + 1);
  #terms = 0;

  constructor(spelling: string) {
    const term = utf8(spelling);
    let hash = BEFORE_A_TERM;
    for (const byte of [...term, SPACE]) {
      hash = rolled(hash, byte);
      this.#wanted[hash] = 1;
    }
    this.#wantedCount = this.#wanted.reduce((sum, mark) => sum + mark, 0);
    this.#isAscii = term.every((byte) => byte < 128);
    this.#characters = Array.from(spelling).length;
  }

  /** False only for a term that is not alike. `size` bytes of UTF-8 at `start`. */
  mayBeAlike(bytes: Uint8Array, start: number, size: number): boolean {
    const term = ++this.#terms;
    let hash = BEFORE_A_TERM;
    let [distinct, common, places, highest] = [0, 0, 0, 0];
    for (let index = 0; index <= size; index++) {
      const byte = index === size ? SPACE : (bytes[start + index] ?? 0);
      highest |= byte;
      hash = rolled(hash, byte);
      const isWanted = this.#wanted[hash] ?? 0;
      places += isWanted;
      if (this.#seenIn[hash] === term) continue;
      this.#seenIn[hash] = term;
      distinct++;
      common += isWanted;
    }
    if (highest < 128 && this.#isAscii) return 2 * common >= MIN_LIKENESS * (this.#wantedCount + distinct);
    // Each trigram of characters in common begins at a place of its own, and alike terms have a third of them in common.
    return places * 3 >= this.#characters + 1;
  }
}

/** The last three bytes, five bits each: enough to tell the letters a to z apart. */
function rolled(hash: number, byte: number): number {
  return ((hash << 5) ^ (byte & 31)) & MASK;
}
