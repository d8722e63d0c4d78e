/**
 * Which words of a text may become one of a few terms, told by their first two letters: a stem begins as its word does. That
 * costs far less than finding the terms of every word, and never says no to one that becomes one of them.
 *
 * Words that are looked up (`went`, `mom`) begin otherwise than their terms; they are known beforehand. A second letter `y`
 * may become `i`. Words that are anything but plain letters, and what ends a sentence, always may.
 */
import { IRREGULAR_FORMS } from "./irregular-forms.ts";
import { SAME_WORDS } from "./same-words.ts";
import { termOfWord } from "./stem.ts";

const A = 97;
const Y = 121;
const Z = 122;
const LETTERS = 26;
/** The bit that tells small letters from capitals. */
const SMALL = 32;
const ENDING = new Set(Array.from(".,;:!?", (mark) => mark.charCodeAt(0)));

/** By term: the words that are looked up and become it. */
let formsByTerm: ReadonlyMap<string, readonly string[]> | undefined;

export class Beginnings {
  /** By first and second letter: 1 when a word that begins so may become one of the terms. */
  readonly #pairs = new Uint8Array(LETTERS * LETTERS);

  constructor(terms: Iterable<string>) {
    formsByTerm ??= findForms();
    for (const term of terms) {
      this.#add(term);
      for (const form of formsByTerm.get(term) ?? []) this.#add(form);
    }
  }

  /** Whether the word from `start` to `end` of `text` may become one of the terms. */
  mayBegin(text: string, start: number, end: number): boolean {
    const first = (text.charCodeAt(start) | SMALL) - A;
    const second = text.charCodeAt(start + 1);
    const isPlain =
      end - start > 1 && first >= 0 && first < LETTERS && second >= A && second <= Z && second !== Y;
    if (!isPlain || this.#pairs[first * LETTERS + second - A] === 1) return true;
    for (let place = start + 2; place < end; place++) {
      const code = text.charCodeAt(place);
      if (code < A || code > Z) return !isEnding(text, place, end);
    }
    return false;
  }

  #add(word: string): void {
    const first = word.charCodeAt(0) - A;
    if (first < 0 || first >= LETTERS) return;
    // Of a word that became a single letter nobody knows how it went on.
    const [from, to] = word.length > 1 ? [word.charCodeAt(1), word.charCodeAt(1) + 1] : [A, Z + 1];
    for (let second = from; second < to; second++)
      if (second >= A && second <= Z) this.#pairs[first * LETTERS + second - A] = 1;
  }
}

/** Whether nothing but marks that end a sentence, or a part of it, comes from `start` to `end`. */
function isEnding(text: string, start: number, end: number): boolean {
  for (let place = start; place < end; place++) if (!ENDING.has(text.charCodeAt(place))) return false;
  return true;
}

function findForms(): ReadonlyMap<string, readonly string[]> {
  const forms = new Map<string, string[]>();
  for (const form of [...IRREGULAR_FORMS.keys(), ...SAME_WORDS.keys()]) {
    const term = termOfWord(form);
    if (term !== undefined) forms.set(term, [...(forms.get(term) ?? []), form]);
  }
  return forms;
}
