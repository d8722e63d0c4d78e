/**
 * The part of a memory that shows why it was found: a window around the densest match, on one line, cut between
 * graphemes. Only the window is taken apart into graphemes: `Intl.Segmenter` copies its whole input into every segment,
 * which for a text of 64 KiB comes to gigabytes.
 */
import { Beginnings } from "./terms/beginnings.ts";
import { termsOf } from "./terms/terms.ts";

/** On one line already, as most texts are. */
const ONE_LINE = /^[!-~]+(?: [!-~]+)*$/;
const ASCII = /^[\x20-\x7e]*$/;
/** Code units that are looked at for each character wanted, and in front of a cut for the grapheme it lies in. */
const UNITS_PER_CHARACTER = 8;
const UNITS_BEFORE_CUT = 32;
/** Words of which it is remembered whether they match, and how long they may be. */
const MAX_KNOWN_WORDS = 4_096;
const MAX_KNOWN_WORD_LENGTH = 40;

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Cuts snippets for one cue after another: the hits of a search share most of their words. */
export class Snippets {
  #words = new CueWords("");

  /** At most `characters` graphemes of `text` around the densest match of `cue`, white space collapsed. */
  cut(text: string, cue: string, characters: number): string {
    if (this.#words.cue !== cue) this.#words = new CueWords(cue);
    return snippetOf(text, this.#words, characters);
  }
}

/** Which words match a cue, each taken apart once. */
class CueWords {
  readonly cue: string;
  readonly #wanted: ReadonlySet<string>;
  readonly #beginnings: Beginnings;
  readonly #known = new Map<string, boolean>();

  constructor(cue: string) {
    this.cue = cue;
    this.#wanted = new Set(termsOf(cue));
    this.#beginnings = new Beginnings(this.#wanted);
  }

  get isEmpty(): boolean {
    return this.#wanted.size === 0;
  }

  /** @param start - of a word of `line` that ends before `end` */
  matches(line: string, start: number, end: number): boolean {
    if (!this.#beginnings.mayBegin(line, start, end)) return false;
    const word = line.slice(start, end);
    const known = this.#known.get(word);
    if (known !== undefined) return known;
    const isMatch = termsOf(word).some((term) => this.#wanted.has(term));
    if (this.#known.size < MAX_KNOWN_WORDS && word.length <= MAX_KNOWN_WORD_LENGTH)
      this.#known.set(word, isMatch);
    return isMatch;
  }
}

function snippetOf(text: string, words: CueWords, characters: number): string {
  const line = ONE_LINE.test(text) ? text : text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  if (line.length <= characters) return line;
  const room = Math.max(1, characters - 2);
  const lead = Math.floor(room / 4);
  const match = densestMatch(line, words, room);
  const latest = Math.max(0, line.length - room);
  const window = cut(line, Math.min(latest, Math.max(0, match - lead)), room);
  const open = window.start > 0 ? "…" : "";
  const close = window.end < line.length ? "…" : "";
  return `${open}${line.slice(window.start, window.end).trim()}${close}`;
}

/** Where the first of the most matching words within `room` begins; 0 when none matches. */
function densestMatch(line: string, words: CueWords, room: number): number {
  if (words.isEmpty) return 0;
  const matches: number[] = [];
  for (let start = 0; start < line.length;) {
    const space = line.indexOf(" ", start);
    const stop = space < 0 ? line.length : space;
    if (words.matches(line, start, stop)) matches.push(start);
    start = stop + 1;
  }
  let best = 0;
  let most = 0;
  let end = 0;
  for (const [position, first] of matches.entries()) {
    while (end < matches.length && (matches[end] ?? 0) < first + room) end += 1;
    if (end - position > most) [most, best] = [end - position, first];
  }
  return best;
}

/** At most `room` graphemes from about `from` on, in code units of `line`. */
function cut(line: string, from: number, room: number): { readonly start: number; readonly end: number } {
  const offset = Math.max(0, from - UNITS_BEFORE_CUT);
  const part = line.slice(offset, from + room * UNITS_PER_CHARACTER);
  if (ASCII.test(part)) return { start: from, end: Math.min(line.length, from + room) };
  let start: number | undefined;
  let count = 0;
  for (const { index } of segmenter.segment(part)) {
    if (offset + index < from) continue;
    start ??= offset + index;
    if (count === room) return { start, end: offset + index };
    count += 1;
  }
  return { start: start ?? from, end: offset + part.length };
}
