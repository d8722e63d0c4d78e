/**
 * From text to terms: words by Unicode letters and digits, case folded, English stop words left out, irregular forms to
 * their base, plain Latin words to their Porter stem; runs without spaces between words (Han, Kana, Thai) by bigrams.
 */
import { stemmer } from "stemmer";
import { IRREGULAR_FORMS } from "./irregular-forms.ts";
import { STOP_WORDS } from "./stop-words.ts";

const WORD = /[\p{L}\p{N}\p{M}]+(?:['’][\p{L}\p{N}\p{M}]+)*|\p{Extended_Pictographic}/gu;
const UNSPACED = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}\p{M}ー]+/gu;
const LATIN = /^[a-z]+$/;
const CAMEL = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})/u;

/** The terms of a text, in order, repeated as often as they occur. */
export function termsOf(text: string): string[] {
  const terms: string[] = [];
  for (const [word] of text.normalize("NFKC").matchAll(WORD)) pushWord(word, terms);
  return terms;
}

function pushWord(word: string, terms: string[]): void {
  const parts = word.split(CAMEL);
  if (parts.length > 1) for (const part of parts) pushFolded(part.toLowerCase(), terms);
  pushFolded(word.toLowerCase(), terms);
}

function pushFolded(word: string, terms: string[]): void {
  const folded = word.replaceAll("’", "'");
  if (STOP_WORDS.has(folded)) return;
  let end = 0;
  for (const run of folded.matchAll(UNSPACED)) {
    if (run.index > end) terms.push(folded.slice(end, run.index));
    pushBigrams(Array.from(run[0]), terms);
    end = run.index + run[0].length;
  }
  if (end > 0) {
    if (end < folded.length) terms.push(folded.slice(end));
    return;
  }
  const bare = folded.endsWith("'s") ? folded.slice(0, -2) : folded.replaceAll("'", "");
  if (STOP_WORDS.has(bare)) return;
  const base = IRREGULAR_FORMS.get(bare) ?? bare;
  terms.push(LATIN.test(base) ? stemmer(base) : base);
}

function pushBigrams(characters: readonly string[], terms: string[]): void {
  if (characters.length === 1) terms.push(characters[0] ?? "");
  for (let index = 0; index + 1 < characters.length; index++)
    terms.push(`${characters[index]}${characters[index + 1]}`);
}
