/**
 * What words became, remembered: a hash table over spans of text, so that a word met before costs no string at all.
 * Only short words of ASCII are remembered. When the table is full it starts over, at first with more room.
 */
const WORDS_AT_FIRST = 1 << 10;
const MAX_WORDS = 1 << 16;
const MAX_CHARACTERS = 20;
/** Mean length for which there is room. */
const MEAN_CHARACTERS = 10;

const NO_TERM = -1;
/** Words of several terms: this less their place in `#lists`. */
const LIST = -2;

export class WordMemo {
  #words = 0;
  #room = WORDS_AT_FIRST;
  /** By place: number of the word plus one. Twice as many as words. */
  #places = new Int32Array(WORDS_AT_FIRST * 2);
  /** By word: where it begins in `#spelling`, where the next begins, and its term. */
  #starts = new Int32Array(WORDS_AT_FIRST + 1);
  #terms = new Int32Array(WORDS_AT_FIRST);
  #spelling = new Uint8Array(WORDS_AT_FIRST * MEAN_CHARACTERS);
  readonly #lists: (readonly number[])[] = [];

  /**
   * Puts the terms of the word from `start` to `end` into `into` from `length` on, as far as there is room.
   *
   * @returns the length then, or -1 when the word is not remembered
   */
  read(text: string, start: number, end: number, into: Int32Array, length: number): number {
    const word = this.#find(text, start, end);
    if (word < 0) return -1;
    const term = this.#terms[word] ?? NO_TERM;
    if (term === NO_TERM || length === into.length) return length;
    if (term > NO_TERM) {
      into[length] = term;
      return length + 1;
    }
    const list = this.#lists[LIST - term] ?? [];
    const fitting = list.slice(0, into.length - length);
    into.set(fitting, length);
    return length + fitting.length;
  }

  /** Remembers the terms of a word that `read` did not know. */
  set(text: string, start: number, end: number, terms: readonly number[]): void {
    const hash = end - start > MAX_CHARACTERS ? -1 : hashOf(text, start, end);
    if (hash < 0) return;
    const first = this.#starts[this.#words] ?? 0;
    if (this.#words === this.#room || first + end - start > this.#spelling.length) {
      this.#startOver();
      return;
    }
    let place = hash & (this.#places.length - 1);
    while (this.#places[place] !== 0) place = (place + 1) & (this.#places.length - 1);
    const word = this.#words++;
    this.#places[place] = word + 1;
    this.#terms[word] = terms.length > 1 ? LIST - (this.#lists.push(terms) - 1) : (terms[0] ?? NO_TERM);
    for (let index = start; index < end; index++)
      this.#spelling[first + index - start] = text.charCodeAt(index);
    this.#starts[word + 1] = first + end - start;
  }

  /** Forgets everything; the spellings are overwritten. */
  clear(): void {
    this.#places.fill(0);
    this.#spelling.fill(0);
    this.#lists.length = 0;
    this.#words = 0;
  }

  #startOver(): void {
    this.clear();
    if (this.#room === MAX_WORDS) return;
    this.#room *= 4;
    this.#places = new Int32Array(this.#room * 2);
    this.#starts = new Int32Array(this.#room + 1);
    this.#terms = new Int32Array(this.#room);
    this.#spelling = new Uint8Array(this.#room * MEAN_CHARACTERS);
  }

  /** The number of a word, or -1. */
  #find(text: string, start: number, end: number): number {
    if (end - start > MAX_CHARACTERS) return -1;
    const hash = hashOf(text, start, end);
    if (hash < 0) return -1;
    const mask = this.#places.length - 1;
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const word = (this.#places[place] ?? 0) - 1;
      if (word < 0 || this.#isSpelled(word, text, start, end)) return word;
    }
  }

  #isSpelled(word: number, text: string, start: number, end: number): boolean {
    const from = this.#starts[word] ?? 0;
    if ((this.#starts[word + 1] ?? 0) - from !== end - start) return false;
    for (let index = start; index < end; index++)
      if (this.#spelling[from + index - start] !== text.charCodeAt(index)) return false;
    return true;
  }
}

/** FNV-1a of a span of text, 31 bits; or -1 when it is not all ASCII. */
function hashOf(text: string, start: number, end: number): number {
  let mixed = 0x811c9dc5;
  let highest = 0;
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index);
    highest |= code;
    mixed = Math.imul(mixed ^ code, 0x01000193);
  }
  return highest > 127 ? -1 : (mixed ^ (mixed >>> 15)) & 0x7fffffff;
}
