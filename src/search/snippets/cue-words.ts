/** Which terms of a cue stand in a text, each word taken apart once: the hits of a search share most of their words. */
import { Beginnings } from "../terms/beginnings.ts";
import { termsOf } from "../terms/terms.ts";

/** Words of which it is remembered what they match, and how long they may be. */
const MAX_KNOWN_WORDS = 4_096;
const MAX_KNOWN_WORD_LENGTH = 40;
/** No more of a word is looked at: what has no spaces is no prose. */
const MAX_LOOKED_AT = 1_000;
const NONE: readonly number[] = [];

export class CueWords {
  readonly cue: string;
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #beginnings: Beginnings;
  readonly #known = new Map<string, readonly number[]>();

  constructor(cue: string) {
    this.cue = cue;
    const terms = [...new Set(termsOf(cue))];
    this.#numbers = new Map(terms.map((term, number) => [term, number]));
    this.#beginnings = new Beginnings(terms);
  }

  /** How many terms the cue has; they are numbered from 0. */
  get count(): number {
    return this.#numbers.size;
  }

  /** Calls `visit` with the start of each word of `line` that matches and the numbers of its terms, in order. */
  eachMatch(line: string, visit: (start: number, terms: readonly number[]) => void): void {
    if (this.count === 0) return;
    for (let start = 0; start < line.length;) {
      const space = line.indexOf(" ", start);
      const end = space < 0 ? line.length : space;
      const terms = this.#termsOfWord(line, start, end);
      if (terms.length > 0) visit(start, terms);
      start = end + 1;
    }
  }

  /** The numbers of the terms that stand in `line`. */
  termsIn(line: string): ReadonlySet<number> {
    const terms = new Set<number>();
    this.eachMatch(line, (_start, matched) => {
      for (const term of matched) terms.add(term);
    });
    return terms;
  }

  #termsOfWord(line: string, start: number, end: number): readonly number[] {
    if (!this.#beginnings.mayBegin(line, start, end)) return NONE;
    const word = line.slice(start, end);
    const known = this.#known.get(word);
    if (known !== undefined) return known;
    const terms = termsOf(word.slice(0, MAX_LOOKED_AT)).flatMap((term) => this.#numbers.get(term) ?? []);
    if (this.#known.size < MAX_KNOWN_WORDS && word.length <= MAX_KNOWN_WORD_LENGTH)
      this.#known.set(word, terms);
    return terms;
  }
}
