/**
 * Marks: what stop words leave behind where they may be a name. They are no terms. They stand in postings alone, count for no
 * length and no phrase, and nothing looks for them but a cue of nothing but stop words: `The Who`, `IT`, `-d`,
 * `to be or not to be`. So all other cues are answered as if there were none.
 *
 *   =Who    begins with a capital    =WHO   all of it is capitals    =-d   behind a hyphen
 *   =3f     two words with capitals, or any three, that follow each other: one of 4,096 numbers for each, whatever their case
 *
 * `I` is a capital everywhere and leaves none. Kept are capitals and groups because all stop words would be half of all words;
 * groups are numbers so that what people write makes no end of spellings.
 */
import { scanWords } from "./scan-words.ts";
import { termsOfWord } from "./terms.ts";

/** What a mark begins with, and no term does. */
export const MARK = "=";
/** By it a mark is told from a term in UTF-8. */
export const MARK_BYTE = MARK.charCodeAt(0);

const GROUPS = 4_096;
const HYPHEN = 45;
const SMALL_I = "i";
const LETTERS = /^[a-z]+$/i;
/** What comes before a hyphen that makes a word a flag: the beginning, or nothing that a word or a dash goes on with. */
const BEFORE_FLAG = /(?:^|[\s"'`([{=|])-{1,2}$/;
const OWNER = /['’]s$/i;

/** A stop word as it stands in a text. */
interface StopWord {
  /** Lower case, without `'s`. */
  readonly word: string;
  readonly start: number;
  /** By itself, when it may be a name. */
  readonly mark: string | undefined;
}

/** Follows the words of a text and visits the marks of its stop words, each with where its first word begins. */
export class StopWordRun {
  readonly #visit: (mark: string, start: number) => void;
  /** The two before. */
  #before: StopWord | undefined;
  #beforeThat: StopWord | undefined;

  constructor(visit: (mark: string, start: number) => void) {
    this.#visit = visit;
  }

  /** The next word is a stop word. */
  add(text: string, start: number, end: number): void {
    const next = stopWordAt(text, start, end);
    const [first, second] = [this.#beforeThat, this.#before];
    if (next.mark !== undefined) this.#visit(next.mark, start);
    if (second?.mark !== undefined && next.mark !== undefined)
      this.#visit(groupOf([second.word, next.word]), second.start);
    if (first !== undefined && second !== undefined)
      this.#visit(groupOf([first.word, second.word, next.word]), first.start);
    this.#beforeThat = second;
    this.#before = next;
  }

  /** The next word is another one, or the text ends. */
  end(): void {
    this.#before = undefined;
    this.#beforeThat = undefined;
  }
}

/** Calls `visit` with each mark of a text and where its first word begins. */
export function eachMark(given: string, visit: (mark: string, start: number) => void): void {
  const text = given.normalize("NFC");
  const run = new StopWordRun(visit);
  scanWords(text, (start, end) => {
    if (termsOfWord(text.slice(start, end)).length === 0) run.add(text, start, end);
    else run.end();
    return true;
  });
}

/**
 * What a cue of nothing but stop words looks for: for each word its mark, with others that are as good. Whoever types small
 * letters may mean any case; whoever types capitals means those.
 */
export function marksOfCue(given: string): ReadonlyMap<string, readonly string[]> {
  const cue = given.normalize("NFC");
  const words: StopWord[] = [];
  scanWords(cue, (start, end) => {
    words.push(stopWordAt(cue, start, end));
    return true;
  });
  const groups = words.map((_, place) => [
    ...groupsAround(words, place, 2),
    ...groupsAround(words, place, 3),
  ]);
  const marks = new Map<string, readonly string[]>();
  for (const [place, { word, mark }] of words.entries()) {
    const [own, ...others] =
      mark === undefined || mark === titled(word) ? [titled(word), capitals(word)] : [mark];
    const all = new Set([...(marks.get(own) ?? []), ...others, ...(groups[place] ?? [])]);
    all.delete(own);
    marks.set(own, [...all]);
  }
  return marks;
}

/** The groups of so many words that the one at `place` is in. */
function groupsAround(words: readonly StopWord[], place: number, size: number): readonly string[] {
  return Array.from({ length: size }, (_, back) =>
    words.slice(Math.max(0, place - back), place - back + size),
  )
    .filter((group) => group.length === size)
    .map((group) => groupOf(group.map(({ word }) => word)));
}

function stopWordAt(text: string, start: number, end: number): StopWord {
  const written = text.slice(start, end).replace(OWNER, "");
  const word = written.toLowerCase().replaceAll("’", "'");
  return { word, start, mark: LETTERS.test(word) ? markOf(text, start, written, word) : undefined };
}

function markOf(text: string, start: number, written: string, word: string): string | undefined {
  if (text.charCodeAt(start - 1) === HYPHEN && BEFORE_FLAG.test(text.slice(Math.max(0, start - 3), start)))
    return `${MARK}-${written}`;
  if (word === SMALL_I) return undefined;
  if (written.length > 1 && written === written.toUpperCase()) return capitals(word);
  return written.charAt(0) === word.charAt(0) ? undefined : titled(word);
}

function titled(word: string): string {
  return `${MARK}${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}

function capitals(word: string): string {
  return `${MARK}${word.toUpperCase()}`;
}

/** FNV-1a. */
function groupOf(words: readonly string[]): string {
  let mixed = 0x811c9dc5;
  for (const word of words) {
    for (let index = 0; index < word.length; index++)
      mixed = Math.imul(mixed ^ word.charCodeAt(index), 0x01000193);
    mixed = Math.imul(mixed ^ 32, 0x01000193);
  }
  return `${MARK}${((mixed ^ (mixed >>> 13)) >>> 0) % GROUPS}`;
}
