/**
 * What words became, remembered: a hash table over spans of text, so that a word met before costs no string at all.
 * Only short words of ASCII are remembered; when the table is full it starts over.
 */
const PLACES = 1 << 16;
const WORDS_MOST = PLACES / 2;
const CHARACTERS_MOST = 20;

export class WordMemo {
  /** By place: number of the word plus one. */
  readonly #places = new Int32Array(PLACES);
  /** By word: where it ends in `#spelling`; it begins where the one before ends. */
  readonly #ends = new Int32Array(WORDS_MOST + 1);
  readonly #spelling = new Uint8Array(WORDS_MOST * CHARACTERS_MOST);
  readonly #terms: (readonly number[])[] = [];

  /** The terms of the word from `start` to `end`, or undefined when it is not remembered. */
  find(text: string, start: number, end: number): readonly number[] | undefined {
    if (end - start > CHARACTERS_MOST) return undefined;
    const hash = hashOf(text, start, end);
    if (hash < 0) return undefined;
    for (let place = hash; ; place = (place + 1) & (PLACES - 1)) {
      const word = (this.#places[place] ?? 0) - 1;
      if (word < 0) return undefined;
      if (this.#isSpelled(word, text, start, end)) return this.#terms[word];
    }
  }

  /** Remembers the terms of a word that `find` did not know. */
  set(text: string, start: number, end: number, terms: readonly number[]): void {
    if (end - start > CHARACTERS_MOST) return;
    const hash = hashOf(text, start, end);
    if (hash < 0) return;
    if (this.#terms.length === WORDS_MOST) this.clear();
    let place = hash;
    while (this.#places[place] !== 0) place = (place + 1) & (PLACES - 1);
    const word = this.#terms.push(terms) - 1;
    this.#places[place] = word + 1;
    let written = this.#ends[word] ?? 0;
    for (let index = start; index < end; index++) this.#spelling[written++] = text.charCodeAt(index);
    this.#ends[word + 1] = written;
  }

  /** Forgets everything; the spellings are overwritten. */
  clear(): void {
    this.#places.fill(0);
    this.#spelling.fill(0);
    this.#terms.length = 0;
  }

  #isSpelled(word: number, text: string, start: number, end: number): boolean {
    const from = this.#ends[word] ?? 0;
    if ((this.#ends[word + 1] ?? 0) - from !== end - start) return false;
    for (let index = start; index < end; index++)
      if (this.#spelling[from + index - start] !== text.charCodeAt(index)) return false;
    return true;
  }
}

/** A place for a span of text, or -1 when it is not all ASCII. */
function hashOf(text: string, start: number, end: number): number {
  let mixed = 0x811c9dc5;
  let highest = 0;
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index);
    highest |= code;
    mixed = Math.imul(mixed ^ code, 0x01000193);
  }
  if (highest > 127) return -1;
  return (mixed ^ (mixed >>> 15)) & (PLACES - 1);
}
