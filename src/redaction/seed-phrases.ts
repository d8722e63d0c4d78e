/** Phrases that open a wallet, by their words alone: those of BIP-39, twelve or more in a row, whatever is said of them. */
import { wordlist } from "@scure/bip39/wordlists/english.js";
import type { Span } from "./found.ts";

const MIN_WORDS = 12;
const MAX_WORDS = 26;
/** Of a phrase, in words. */
const LENGTHS: ReadonlySet<number> = new Set([12, 15, 18, 21, 24]);
/** What a well-known one for tests has not: all its words but one are the same. */
const MIN_DISTINCT = 8;
/** Letters as those of BIP-39, and none of what sentences are full of. */
const WORD = "(?!(?:the|and|for|are|was|not|from|has|but|with|your|its|which)(?![A-Za-z]))[A-Za-z]{3,8}";
/** Blanks, numbers and marks, and line ends as programs write them; where one ends is never in doubt. */
const GAP = String.raw`(?:[^A-Za-z\\]|\\(?:[nrt]|(?![nrt]))){1,12}`;
const RUN = new RegExp(`(?<![A-Za-z])(?:${WORD}${GAP}){${MIN_WORDS - 1},400}${WORD}(?![A-Za-z])`, "g");
const EACH = new RegExp(`(${GAP})|[A-Za-z]+`, "g");
/** What comes behind a heading, or a line of its own. */
const APART = /[):]\s*\n|\n[ \t]*\n/;
/** Between two of them: blanks, commas, numbers of a list, marks of quotation and of tables. */
const BETWEEN = /^(?:[\s\d.,:;)|>*"'`-]|\\[nrt]?)*$/;

let known: ReadonlySet<string> | undefined;

export function seedPhrasesIn(text: string): readonly Span[] {
  const phrases: Span[] = [];
  for (const { 0: run, index: offset } of text.matchAll(RUN)) {
    known ??= new Set(wordlist);
    let words: Word[] = [];
    let isApart = false;
    const close = () => {
      for (const { start, end } of phrasesOf(words))
        phrases.push({ start: offset + start, end: offset + end });
      words = [];
    };
    for (const { 0: written, 1: gap, index } of run.matchAll(EACH)) {
      if (gap !== undefined) {
        if (!BETWEEN.test(gap)) close();
        isApart = APART.test(gap);
        continue;
      }
      const word = written.toLowerCase();
      if (!known.has(word)) close();
      else words.push({ word, start: index, end: index + word.length, isApart });
    }
    close();
  }
  return phrases;
}

interface Word extends Span {
  readonly word: string;
  /** From the one before it. */
  readonly isApart: boolean;
}

/** Words of a sentence may be of the list, too: where all of them are no phrase and a part that stands by itself is one, they are not of it. */
function phrasesOf(words: readonly Word[]): readonly Span[] {
  if (words.length < MIN_WORDS) return [];
  const parts: Word[][] = [];
  for (const each of words) {
    if (each.isApart || parts.length === 0) parts.push([each]);
    else parts.at(-1)!.push(each);
  }
  const alone = LENGTHS.has(words.length) ? [] : parts.filter(isPhrase);
  const found = alone.length > 0 ? alone : [words].filter(isPhrase);
  return found.map((part) => ({ start: part[0]!.start, end: part.at(-1)!.end }));
}

/** And no list of such words, which is in order. */
function isPhrase(part: readonly Word[]): boolean {
  const words = part.map(({ word }) => word);
  if (words.length < MIN_WORDS || words.length > MAX_WORDS) return false;
  const isInOrder = words.every((word, at) => at === 0 || words[at - 1]! <= word);
  return !isInOrder && new Set(words).size >= MIN_DISTINCT;
}
