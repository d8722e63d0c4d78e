/**
 * Version 0.1.0 joined the lines of one answer and knew the whole by its first line. A vault of it may hold the text of a later line
 * in that memory: the line then names it, so that it is not stored again.
 */
import { MAX_JOINED_MESSAGES } from "../../protocol/methods/data-methods.ts";
import type { SaidLine } from "./transcript-line.ts";

export class JoinedAnswers {
  #answer: string | undefined;
  #session: string | undefined;
  /** Lines of the answer that a joined memory may have begun with: the first, and the first behind something else that was said. */
  #beginnings: readonly string[] = [];
  #isInterrupted = false;

  /** Takes the next thing said in a file. @returns the ids of memories that may hold it joined to what was before it */
  take({ answer, session, uuid }: SaidLine): string[] {
    if (answer === undefined) {
      this.#isInterrupted = true;
      return [];
    }
    if (answer !== this.#answer || session !== this.#session) {
      [this.#answer, this.#session, this.#beginnings] = [answer, session, [uuid]];
    } else if (this.#isInterrupted && this.#beginnings.length < MAX_JOINED_MESSAGES) {
      this.#beginnings = [...this.#beginnings, uuid];
    }
    this.#isInterrupted = false;
    return this.#beginnings.filter((each) => each !== uuid);
  }
}
