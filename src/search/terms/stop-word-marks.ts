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
const GROUP_MARKS: readonly string[] = Array.from({ length: GROUPS }, (_, group) => `${MARK}${group}`);
const HYPHEN = 45;
const SMALL_S = 115;
const STRAIGHT = 39;
const CURLED = 0x2019;
/** The bit that tells small letters from capitals. */
const SMALL = 32;
const LETTERS = /^[a-z]+$/i;
/** What comes before a hyphen that makes a word a flag: the beginning, or nothing that a word or a dash goes on with. */
const BEFORE_FLAG = /(?:^|[\s"'`([{=|])-{1,2}$/;

/** Follows the words of a text and visits the marks of its stop words, each with where its first word begins. */
export class StopWordRun {
  readonly #visit: (mark: string, start: number) => void;
  /** How many stop words there were since the last other word. */
  #length = 0;
  /** Of the two before: the hash, where it begins, and of the last whether it has a mark. */
  #first = 0;
  #firstStart = 0;
  #second = 0;
  #secondStart = 0;
  #isMarked = false;

  constructor(visit: (mark: string, start: number) => void) {
    this.#visit = visit;
  }

  /** The next word is a stop word. */
  add(text: string, start: number, wordEnd: number): void {
    const end = withoutOwner(text, start, wordEnd);
    const hash = hashOf(text, start, end);
    const mark = mayBeName(text, start) ? markOf(text, start, end) : undefined;
    if (mark !== undefined) this.#visit(mark, start);
    if (mark !== undefined && this.#isMarked) this.#visit(groupOf(this.#second, hash), this.#secondStart);
    if (this.#length > 1) this.#visit(groupOf(groupHash(this.#first, this.#second), hash), this.#firstStart);
    this.#first = this.#second;
    this.#firstStart = this.#secondStart;
    this.#second = hash;
    this.#secondStart = start;
    this.#isMarked = mark !== undefined;
    this.#length++;
  }

  /** The next word is another one, or the text ends. */
  end(): void {
    this.#length = 0;
    this.#isMarked = false;
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

/** A stop word of a cue. */
interface StopWord {
  /** In small letters. */
  readonly word: string;
  readonly hash: number;
  /** By itself, when it may be a name as it is written. */
  readonly mark: string | undefined;
}

/**
 * What a cue of nothing but stop words looks for: for each word its mark, with others that are as good. Whoever types small
 * letters may mean any case; whoever types capitals means those.
 */
export function marksOfCue(given: string): ReadonlyMap<string, readonly string[]> {
  const cue = given.normalize("NFC");
  const words: StopWord[] = [];
  scanWords(cue, (start, wordEnd) => {
    const end = withoutOwner(cue, start, wordEnd);
    const mark = mayBeName(cue, start) ? markOf(cue, start, end) : undefined;
    words.push({ word: cue.slice(start, end).toLowerCase(), hash: hashOf(cue, start, end), mark });
    return true;
  });
  const marks = new Map<string, readonly string[]>();
  for (const [place, { word, mark }] of words.entries()) {
    const isAnyCase = mark === undefined || mark === titled(word);
    const [own, ...others] = isAnyCase ? [titled(word), capitals(word)] : [mark];
    const all = new Set([...(marks.get(own) ?? []), ...others, ...groupsAround(words, place)]);
    all.delete(own);
    marks.set(own, [...all]);
  }
  return marks;
}

/** The groups that the word at `place` is in. */
function groupsAround(words: readonly StopWord[], place: number): readonly string[] {
  const groups: string[] = [];
  for (let start = Math.max(0, place - 2); start <= place; start++) {
    const [first, second, third] = words.slice(start, start + 3);
    if (first === undefined || second === undefined) continue;
    if (start > place - 2) groups.push(groupOf(first.hash, second.hash));
    if (third !== undefined) groups.push(groupOf(groupHash(first.hash, second.hash), third.hash));
  }
  return groups;
}

/** Whether a word begins with a capital or behind a hyphen. */
function mayBeName(text: string, start: number): boolean {
  const code = text.charCodeAt(start);
  return (code >= 65 && code <= 90) || text.charCodeAt(start - 1) === HYPHEN;
}

function markOf(text: string, start: number, end: number): string | undefined {
  const written = text.slice(start, end);
  if (!LETTERS.test(written)) return undefined;
  if (text.charCodeAt(start - 1) === HYPHEN && BEFORE_FLAG.test(text.slice(Math.max(0, start - 3), start)))
    return `${MARK}-${written}`;
  const word = written.toLowerCase();
  if (word === "i") return undefined;
  if (written.length > 1 && written === written.toUpperCase()) return capitals(word);
  return written.charAt(0) === word.charAt(0) ? undefined : titled(word);
}

function titled(word: string): string {
  return `${MARK}${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}

function capitals(word: string): string {
  return `${MARK}${word.toUpperCase()}`;
}

/** Where a word ends without its `'s`. */
function withoutOwner(text: string, start: number, end: number): number {
  const apostrophe = text.charCodeAt(end - 2);
  const isOwner =
    end - start > 2 &&
    (text.charCodeAt(end - 1) | SMALL) === SMALL_S &&
    (apostrophe === STRAIGHT || apostrophe === CURLED);
  return isOwner ? end - 2 : end;
}

/** FNV-1a of a word, whatever its case and apostrophe. */
function hashOf(text: string, start: number, end: number): number {
  let mixed = 0x811c9dc5;
  for (let place = start; place < end; place++) {
    const code = text.charCodeAt(place);
    mixed = Math.imul(mixed ^ (code === CURLED ? STRAIGHT : code | SMALL), 0x01000193);
  }
  return mixed;
}

function groupHash(first: number, second: number): number {
  return Math.imul(first ^ (second >>> 7), 0x85ebca6b) ^ second;
}

function groupOf(first: number, second: number): string {
  const mixed = Math.imul(groupHash(first, second), 0xc2b2ae35);
  return GROUP_MARKS[((mixed ^ (mixed >>> 15)) >>> 0) % GROUPS] ?? MARK;
}
