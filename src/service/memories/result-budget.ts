/** Keeps a result under the cap while it is being put together, before it is held as a whole. */
import { LIMITS } from "../../base/limits.ts";

/** Names, brackets and commas around a piece of a result. */
const AROUND_BYTES = 64;

export class ResultBudget {
  #left: number;

  /** @param most - bytes */
  constructor(most: number = LIMITS.resultBytes) {
    this.#left = most - AROUND_BYTES;
  }

  /**
   * Counts one more piece, as JSON spells it.
   *
   * @param around - bytes that may come to stand around it
   * @returns whether there was room; nothing is counted when there was not
   */
  takeIfRoom(piece: unknown, around: number = AROUND_BYTES): boolean {
    const bytes = Buffer.byteLength(JSON.stringify(piece)) + around;
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }
}
