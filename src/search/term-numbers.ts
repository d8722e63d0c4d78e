/**
 * From a text to the numbers of its terms. Most words of a text were seen before: what each became is remembered, so
 * that a word costs one look-up instead of folding and stemming.
 */
import type { Dictionary } from "./postings/dictionary.ts";
import { TERMS_MOST } from "./postings/sequences.ts";
import { scanWords } from "./terms/scan-words.ts";
import { termsOfWord } from "./terms/terms.ts";

const WORDS_REMEMBERED = 32_768;
const WORD_CHARACTERS = 24;

export class TermNumbers {
  /** The terms of the last text, in order; valid up to the length that `read` returned. */
  readonly terms = new Int32Array(TERMS_MOST);
  readonly #dictionary: Dictionary;
  readonly #remembered = new Map<string, readonly number[]>();

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
  }

  /** Takes a text apart into `terms` and returns how many there are, at most `TERMS_MOST`. */
  read(text: string): number {
    let length = 0;
    scanWords(text, (start, end) => {
      for (const term of this.#numbersOf(text.slice(start, end))) {
        if (length === TERMS_MOST) return false;
        this.terms[length++] = term;
      }
      return true;
    });
    return length;
  }

  /** To be called when terms were dropped: their numbers may stand for others. */
  forget(): void {
    this.#remembered.clear();
  }

  #numbersOf(word: string): readonly number[] {
    const known = this.#remembered.get(word);
    if (known !== undefined) return known;
    const numbers = termsOfWord(word).map((term) => this.#dictionary.take(term));
    if (word.length > WORD_CHARACTERS) return numbers;
    if (this.#remembered.size >= WORDS_REMEMBERED) this.#remembered.clear();
    // A copy: a slice would keep the whole text alive.
    this.#remembered.set(Buffer.from(word, "utf16le").toString("utf16le"), numbers);
    return numbers;
  }
}
