/** Phrases that open a wallet, by their words alone: those of BIP-39, twelve or more in a row, whatever is said of them. */
import { wordlist } from "@scure/bip39/wordlists/english.js";
import type { Span } from "./found.ts";

const MIN_WORDS = 12;
const MAX_WORDS = 26;
/** What a well-known one for tests has not: all its words but one are the same. */
const MIN_DISTINCT = 8;
/** Letters as those of BIP-39, and none of what sentences are full of. */
const WORD = "(?!(?:the|and|for|are|was|not|from|has|but|with|your|its|which)(?![A-Za-z]))[A-Za-z]{3,8}";
/** Blanks, numbers and marks, and line ends as programs write them; where one ends is never in doubt. */
const GAP = String.raw`(?:[^A-Za-z\\]|\\(?:[nrt]|(?![nrt]))){1,12}`;
const RUN = new RegExp(`(?<![A-Za-z])(?:${WORD}${GAP}){${MIN_WORDS - 1},400}${WORD}(?![A-Za-z])`, "g");
const EACH = new RegExp(`(${GAP})|[A-Za-z]+`, "g");
/** Between two of them: blanks, commas, numbers of a list, marks of quotation and of tables. */
const BETWEEN = /^(?:[\s\d.,:;)|>*"'`-]|\\[nrt]?)*$/;

let known: ReadonlySet<string> | undefined;

export function seedPhrasesIn(text: string): readonly Span[] {
  const phrases: Span[] = [];
  for (const { 0: run, index: offset } of text.matchAll(RUN)) {
    known ??= new Set(wordlist);
    let [words, start, end]: [string[], number, number] = [[], 0, 0];
    const close = () => {
      if (isPhrase(words)) phrases.push({ start: offset + start, end: offset + end });
      words = [];
    };
    for (const { 0: written, 1: gap, index } of run.matchAll(EACH)) {
      if (gap !== undefined) {
        if (!BETWEEN.test(gap)) close();
        continue;
      }
      const word = written.toLowerCase();
      if (!known.has(word)) close();
      else {
        if (words.length === 0) start = index;
        words.push(word);
        end = index + word.length;
      }
    }
    close();
  }
  return phrases;
}

/** And no list of such words, which is in order. */
function isPhrase(words: readonly string[]): boolean {
  if (words.length < MIN_WORDS || words.length > MAX_WORDS) return false;
  const isInOrder = words.every((word, at) => at === 0 || words[at - 1]! <= word);
  return !isInOrder && new Set(words).size >= MIN_DISTINCT;
}
