/**
 * The form under which a folded word is kept: contractions undone, irregular forms to their base, second spellings
 * to the first, ordinals to their
 * number, and the Porter stem (M.F. Porter, "An algorithm for suffix stripping", 1980) for plain a to z. Cue and turn
 * must be treated alike and three words of a cue do not tell their language, so a French or Turkish word of plain
 * letters is stemmed too, the same way on both sides; words with any other letter are not.
 */
import { stemmer } from "stemmer";
import { IRREGULAR_FORMS } from "./irregular-forms.ts";
import { SAME_WORDS } from "./same-words.ts";
import { STOP_WORDS } from "./stop-words.ts";

const PLAIN = /^[a-z]+$/;
/** What French and Italian write before a vowel: `l'été`, `d'acqua`. */
const ELISION = /^(?:[ldjcnsmt]|qu|dell|nell|sull|un)'(?=.{2})/u;
const ORDINAL = /^\d+(?:st|nd|rd|th)$/;

/** The term of a folded word, or undefined when it is a stop word. */
export function termOfWord(folded: string): string | undefined {
  if (STOP_WORDS.has(folded)) return undefined;
  const bare = folded.replace(/'s$/, "").replace(ELISION, "").replaceAll("'", "");
  if (bare === "" || STOP_WORDS.has(bare)) return undefined;
  if (ORDINAL.test(bare)) return bare.slice(0, -2);
  const base = IRREGULAR_FORMS.get(bare) ?? SAME_WORDS.get(bare) ?? baseOfPlural(bare) ?? bare;
  return PLAIN.test(base) ? stemmer(base) : base;
}

/** Some irregular forms are nouns as well, which stand under the verb's base: their plurals are to be found there (`roses`). */
function baseOfPlural(word: string): string | undefined {
  return word.endsWith("s") ? IRREGULAR_FORMS.get(word.slice(0, -1)) : undefined;
}
