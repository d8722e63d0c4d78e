/**
 * Finds words of a fixed list in a text, in one pass: an automaton after Aho and Corasick whose every step is one look-up, so that
 * a text costs what its length says, whatever it holds.
 */

/** Of characters that no word has. */
const OTHER = 0;
/** Of Latin 1; no word has others. */
const CODES = 256;

export class KeywordFinder {
  /** Column of each character, capital letters as small ones. */
  readonly #columns = new Uint8Array(CODES);
  readonly #width: number;
  /** The next state, by state and column. */
  readonly #steps: Uint16Array;
  /** Numbers of the words that end in a state. */
  readonly #ends: readonly (readonly number[] | undefined)[];

  /** @param words - in small letters, Latin 1 */
  constructor(words: readonly string[]) {
    for (const character of new Set(words.join(""))) {
      const code = character.charCodeAt(0);
      const column = Math.max(...this.#columns) + 1;
      this.#columns[code] = column;
      if (/[a-z]/.test(character)) this.#columns[code - 32] = column;
    }
    this.#width = Math.max(...this.#columns) + 1;
    const most = words.reduce((sum, { length }) => sum + length, 1);
    const steps = new Uint16Array(most * this.#width);
    const ends: (number[] | undefined)[] = [undefined];
    words.forEach((word, number) => {
      let state = 0;
      for (let at = 0; at < word.length; at += 1) {
        const cell = state * this.#width + this.#columns[word.charCodeAt(at)]!;
        if (steps[cell] === 0) steps[cell] = ends.push(undefined) - 1;
        state = steps[cell]!;
      }
      (ends[state] ??= []).push(number);
    });
    this.#ends = ends;
    this.#steps = steps.subarray(0, ends.length * this.#width);
    this.#link(ends);
  }

  /** Calls `found` for each word that stands in `text`, in the order of their ends. */
  find(text: string, found: (word: number, end: number) => void): void {
    let state = 0;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      state = code < CODES ? this.#steps[state * this.#width + this.#columns[code]!]! : 0;
      const ends = this.#ends[state];
      if (ends === undefined) continue;
      for (const word of ends) found(word, at + 1);
    }
  }

  /** Breadth first: where a word breaks off, the longest end of it that begins another goes on. */
  #link(ends: (number[] | undefined)[]): void {
    const [steps, width] = [this.#steps, this.#width];
    const fallback = new Uint16Array(ends.length);
    const queue: number[] = [];
    for (let column = OTHER + 1; column < width; column += 1)
      if (steps[column] !== 0) queue.push(steps[column]!);
    for (const state of queue) {
      const shorter = ends[fallback[state]!];
      if (shorter !== undefined) ends[state] = [...(ends[state] ?? []), ...shorter];
      for (let column = OTHER + 1; column < width; column += 1) {
        const next = steps[state * width + column]!;
        const beside = steps[fallback[state]! * width + column]!;
        if (next === 0) steps[state * width + column] = beside;
        else {
          fallback[next] = beside;
          queue.push(next);
        }
      }
    }
  }
}
