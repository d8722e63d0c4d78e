/** Keeps a result under the cap while it is being put together, before it is held as a whole. */
import { KeepsakeError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";

/** Names, brackets and commas around a piece of a result. */
const AROUND_BYTES = 64;

export class ResultBudget {
  #left: number;

  /** @param most - bytes */
  constructor(most: number = LIMITS.resultBytes) {
    this.#left = most - AROUND_BYTES;
  }

  /** Counts one more piece, as JSON spells it. @throws RESULT_TOO_LARGE */
  take<T>(piece: T): T {
    if (!this.takeIfRoom(piece)) {
      throw new KeepsakeError("RESULT_TOO_LARGE", `the result is over ${LIMITS.resultBytes} bytes`);
    }
    return piece;
  }

  /** @returns whether there was room; nothing is counted when there was not */
  takeIfRoom(piece: unknown): boolean {
    const bytes = Buffer.byteLength(JSON.stringify(piece)) + AROUND_BYTES;
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }
}
