/**
 * Which terms of a cue stand in a text, each word taken apart once: the hits of a search share most of their words. Of a cue of
 * nothing but stop words the terms are their marks, which hang on the words around and are looked for anew.
 */
import { Beginnings } from "../terms/beginnings.ts";
import { eachMark, marksOfCue } from "../terms/stop-word-marks.ts";
import { termsOf, termsOfCue } from "../terms/terms.ts";

/** Words of which it is remembered what they match, and how long they may be. */
const MAX_KNOWN_WORDS = 4_096;
const MAX_KNOWN_WORD_LENGTH = 40;
/** No more of a word is looked at: what has no spaces is no prose. */
const MAX_LOOKED_AT = 1_000;
const NONE: readonly number[] = [];

export class CueWords {
  readonly cue: string;
  /** How many terms the cue has; they are numbered from 0. */
  readonly count: number;
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #isOfMarks: boolean;
  readonly #beginnings: Beginnings;
  readonly #known = new Map<string, readonly number[]>();

  constructor(cue: string) {
    this.cue = cue;
    const terms = [...new Set(termsOfCue(cue))];
    const marks = terms.length === 0 ? [...marksOfCue(cue)] : [];
    this.#isOfMarks = marks.length > 0;
    this.#numbers = new Map([
      ...terms.map((term, number) => [term, number] as const),
      ...marks.flatMap(([own, others], number) => [own, ...others].map((mark) => [mark, number] as const)),
    ]);
    this.count = terms.length + marks.length;
    this.#beginnings = new Beginnings(terms);
  }

  /** Calls `visit` with the start of each word of `line` that matches and the numbers of its terms, in order. */
  eachMatch(line: string, visit: (start: number, terms: readonly number[]) => void): void {
    if (this.count === 0) return;
    if (this.#isOfMarks) {
      this.#eachMark(line, visit);
      return;
    }
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

  #eachMark(line: string, visit: (start: number, terms: readonly number[]) => void): void {
    const found = new Map<number, Set<number>>();
    eachMark(line, (mark, start) => {
      const number = this.#numbers.get(mark);
      if (number !== undefined) found.set(start, (found.get(start) ?? new Set()).add(number));
    });
    for (const [start, terms] of [...found].toSorted(([a], [b]) => a - b)) visit(start, [...terms]);
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
