/**
 * From text to terms, the unit of the index: words found, folded, taken apart where they are code or of an unspaced
 * script, stop words left out, the rest to their term. The same text gives the same terms on every machine. What stop words
 * leave behind is in stop-word-marks.ts.
 */
import { splitCodeWord, splitCueWord } from "./code-words.ts";
import { foldWord } from "./fold.ts";
import { scanWords } from "./scan-words.ts";
import { termOfWord } from "./stem.ts";
import { holdsUnspacedScript, splitUnspaced } from "./unspaced-scripts.ts";

/** Longer terms are cut: a blob of base64 is no word, but its beginning still finds it. */
export const MAX_TERM_CHARACTERS = 48;

/** The terms of one word of a text as `scanWords` cuts it; none when it is a stop word. */
export function termsOfWord(word: string): readonly string[] {
  return termsOfParts(splitCodeWord(word.normalize("NFC")));
}

/** The terms of one word of a cue: those of a text, or fewer of them. */
export function termsOfCueWord(word: string): readonly string[] {
  return termsOfParts(splitCueWord(word.normalize("NFC")));
}

function termsOfParts(parts: readonly string[]): readonly string[] {
  const terms: string[] = [];
  for (const part of parts) {
    const folded = foldWord(part);
    const pieces = holdsUnspacedScript(folded) ? splitUnspaced(folded) : [folded];
    for (const piece of pieces) {
      const term = termOfWord(piece);
      if (term !== undefined) terms.push(shorten(term));
    }
  }
  return terms;
}

/** The terms of a text, in order, repeated as often as they occur; at most `limit` of them. */
export function termsOf(given: string, limit: number = Number.POSITIVE_INFINITY): string[] {
  // How a letter is composed must not decide where a word ends.
  const text = given.normalize("NFC");
  const terms: string[] = [];
  scanWords(text, (start, end) => {
    terms.push(...termsOfWord(text.slice(start, end)).slice(0, limit - terms.length));
    return terms.length < limit;
  });
  return terms;
}

/** The terms of a cue, in order. */
export function termsOfCue(given: string): string[] {
  const cue = given.normalize("NFC");
  const terms: string[] = [];
  scanWords(cue, (start, end) => terms.push(...termsOfCueWord(cue.slice(start, end))) >= 0);
  return terms;
}

/** At most `MAX_TERM_CHARACTERS` UTF-16 units, never half a surrogate pair. */
function shorten(term: string): string {
  if (term.length <= MAX_TERM_CHARACTERS) return term;
  return term.slice(0, MAX_TERM_CHARACTERS).toWellFormed();
}
