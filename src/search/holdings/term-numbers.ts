/** From a text to the numbers of its terms, in order. */
import type { Dictionary } from "../postings/dictionary.ts";
import { MAX_TERMS } from "../postings/sequences.ts";
import { scanWords } from "../terms/scan-words.ts";
import { termsOfWord } from "../terms/terms.ts";
import { WordMemo } from "./word-memo.ts";

export class TermNumbers {
  /** The terms of the last text, in order; valid up to the length that `read` returned. */
  readonly terms = new Int32Array(MAX_TERMS);
  readonly #dictionary: Dictionary;
  readonly #memo = new WordMemo();

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
  }

  /** Takes a text apart into `terms` and returns how many there are, at most `MAX_TERMS`. */
  read(given: string): number {
    const text = given.normalize("NFC");
    let length = 0;
    scanWords(text, (start, end) => {
      const known = this.#memo.read(text, start, end, this.terms, length);
      length = known < 0 ? this.#learn(text, start, end, length) : known;
      return length < MAX_TERMS;
    });
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
