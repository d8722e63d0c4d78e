/** From a text to the numbers of its terms, in order, and of the marks of its stop words. */
import type { Dictionary } from "../postings/dictionary.ts";
import { MAX_TERMS } from "../postings/sequences.ts";
import { scanWords } from "../terms/scan-words.ts";
import { StopWordRun } from "../terms/stop-word-marks.ts";
import { termsOfWord } from "../terms/terms.ts";
import { WordMemo } from "./word-memo.ts";

/** Marks kept of one memory; what has more is no talk. */
const MAX_MARKS = 1_024;

export class TermNumbers {
  /** The terms of the last text, in order; valid up to the length that `read` returned. */
  readonly terms = new Int32Array(MAX_TERMS);
  /** The marks of the last text. */
  readonly marks = new Set<number>();
  readonly #dictionary: Dictionary;
  readonly #memo = new WordMemo();
  readonly #stopWords = new StopWordRun((mark) => {
    if (this.marks.size < MAX_MARKS) this.marks.add(this.#dictionary.take(mark));
  });

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
  }

  /** Takes a text apart into `terms` and `marks` and returns how many terms there are, at most `MAX_TERMS`. */
  read(given: string): number {
    const text = given.normalize("NFC");
    let length = 0;
    this.marks.clear();
    scanWords(text, (start, end) => {
      const known = this.#memo.read(text, start, end, this.terms, length);
      const longer = known < 0 ? this.#learn(text, start, end, length) : known;
      if (longer === length) this.#stopWords.add(text, start, end);
      else this.#stopWords.end();
      length = longer;
      return length < MAX_TERMS;
    });
    this.#stopWords.end();
    return length;
  }

  /** To be called when terms were dropped: their numbers may stand for others. */
  forget(): void {
    this.#memo.clear();
  }

  #learn(text: string, start: number, end: number, length: number): number {
    const numbers = termsOfWord(text.slice(start, end)).map((term) => this.#dictionary.take(term));
    this.#memo.set(text, start, end, numbers);
    const fitting = numbers.slice(0, MAX_TERMS - length);
    this.terms.set(fitting, length);
    return length + fitting.length;
  }
}
