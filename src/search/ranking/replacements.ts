/**
 * What stands in for a term of the cue. A term that nothing holds, a slip of the pen most likely, is replaced by the
 * stored terms with the most trigrams in common (twice the common ones over all, at least one half). A lone character of
 * a script without spaces stands for every pair it is part of.
 */
import { utf8 } from "../../base/bytes.ts";
import type { Dictionary } from "../postings/dictionary.ts";
import { MIN_LIKENESS } from "./formula.ts";
import { TrigramFilter } from "./trigram-filter.ts";
import { MARK_BYTE } from "../terms/stop-word-marks.ts";
import { isLoneCharacter } from "../terms/unspaced-scripts.ts";

/** A stored term and how much of the cue's term it is worth, above 0 and at most 1. */
export interface Replacement {
  readonly term: number;
  readonly share: number;
}

const MIN_CHARACTERS = 4;
const LETTERS = /^\p{L}+$/u;

/**
 * Stored terms like one that nothing holds, the most alike first, then by spelling.
 *
 * @param share - what one that is wholly alike would be worth
 */
export function likeTerms(dictionary: Dictionary, term: string, share: number): readonly Replacement[] {
  if (term.length < MIN_CHARACTERS || !LETTERS.test(term)) return [];
  const wanted = trigramsOf(term);
  const filter = new TrigramFilter(term);
  const found: { number: number; alike: number; spelling: string }[] = [];
  dictionary.forEach((number, bytes, start, size) => {
    if (bytes[start] === MARK_BYTE || !filter.mayBeAlike(bytes, start, size)) return;
    const spelling = dictionary.term(number);
    const alike = likeness(wanted, trigramsOf(spelling));
    if (alike >= MIN_LIKENESS) found.push({ number, alike, spelling });
  });
  return found
    .toSorted((a, b) => b.alike - a.alike || (a.spelling < b.spelling ? -1 : 1))
    .map(({ number, alike }) => ({ term: number, share: alike * share }));
}

/** Stored pairs that hold a lone character of an unspaced script, by spelling; none for other terms. */
export function pairsWith(dictionary: Dictionary, term: string): readonly Replacement[] {
  if (!isLoneCharacter(term)) return [];
  const wanted = utf8(term);
  const found: { number: number; spelling: string }[] = [];
  dictionary.forEach((number, bytes, start, size) => {
    if (size <= wanted.length) return;
    const place = Buffer.from(bytes.buffer, bytes.byteOffset + start, size).indexOf(wanted);
    if (place >= 0) found.push({ number, spelling: dictionary.term(number) });
  });
  return found
    .toSorted((a, b) => (a.spelling < b.spelling ? -1 : 1))
    .map(({ number }) => ({ term: number, share: 1 }));
}

/** Twice the trigrams two terms have in common over the trigrams of both, 0 to 1. */
function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let common = 0;
  for (const trigram of a) if (b.has(trigram)) common++;
  return (2 * common) / (a.size + b.size);
}

function trigramsOf(term: string): ReadonlySet<string> {
  const characters = [" ", " ", ...Array.from(term), " "];
  return new Set(characters.slice(2).map((_, index) => characters.slice(index, index + 3).join("")));
}
