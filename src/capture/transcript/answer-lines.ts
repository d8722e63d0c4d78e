/** The lines of an answer in a file, one after the other: what each is in the whole. */
import { LIMITS } from "../../base/limits.ts";
import type { SaidLine } from "./transcript-line.ts";

export interface AnswerLine {
  /** Later than the line before it, also where the host noted the same millisecond: memories are told in the order of their times. */
  readonly at: number;
  /**
   * Version 0.1.0 joined the lines of an answer and knew the whole by its first line. A vault of it may hold this text in the memory of
   * one of these messages: the first of the answer, and the first behind something else that was said.
   */
  readonly partOf: string[];
}

export class AnswerLines {
  #answer: string | undefined;
  #session: string | undefined;
  #beginnings: readonly string[] = [];
  #isInterrupted = false;
  #noted = 0;
  #at = 0;

  /** Takes the next thing said in a file. */
  take({ answer, session, uuid, at }: SaidLine): AnswerLine {
    if (answer === undefined) {
      this.#isInterrupted = true;
      return { at, partOf: [] };
    }
    if (answer !== this.#answer || session !== this.#session) {
      [this.#answer, this.#session, this.#beginnings, this.#at] = [answer, session, [uuid], at];
    } else {
      this.#at = at < this.#noted || at > this.#at ? at : this.#at + 1;
      if (this.#isInterrupted && this.#beginnings.length < LIMITS.joinedMessages)
        this.#beginnings = [...this.#beginnings, uuid];
    }
    [this.#noted, this.#isInterrupted] = [at, false];
    return { at: this.#at, partOf: this.#beginnings.filter((each) => each !== uuid) };
  }
}
