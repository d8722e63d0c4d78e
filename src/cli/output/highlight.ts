/** Sets off the words of a line that a query asked for: the same word in any of its forms, as the search itself sees it. */
import { stemmer } from "stemmer";
import { latePattern } from "../../base/late-pattern.ts";

const wordPattern = latePattern(
  String.raw`(?<![\p{L}\p{N}])v?\d+(?:\.\d+)+|[\p{L}\p{N}]+(?:['\u2019][\p{L}]+)?`,
  "giu",
);
const VERSION = /^v?(\d+(?:\.\d+)+)$/;
/** Words that are everywhere and show nothing. */
const COMMON = new Set(
  "a an and are as at be been but by can could did do does for from had has have he her his how i in is it its me my not of on or our she so that the their them they this to was we were what when where which who why will with would you your".split(
    " ",
  ),
);

/** @returns a function that sets off matching words of one line */
export function highlighter(query: string, setOff: (word: string) => string): (line: string) => string {
  const words = wordsOf(query);
  const telling = words.filter((word) => !COMMON.has(word));
  const stems = new Set((telling.length > 0 ? telling : words).map(stemmer));
  const isTelling = (word: string) =>
    stems.has(stemmer(word)) || (VERSION.test(word) && [...stems].some((stem) => isBeginning(stem, word)));
  return (line) => line.replace(wordPattern(), (word) => (isTelling(plain(word)) ? setOff(word) : word));
}

/** Whether the search finds a version by a number: `2.14.3` by `2.14`, `v2.14` and `v2`. */
function isBeginning(asked: string, version: string): boolean {
  const numbers = version.replace(/^v/, "");
  const wanted = VERSION.exec(asked)?.[1] ?? /^v(\d+)$/.exec(asked)?.[1];
  return wanted !== undefined && (numbers === wanted || numbers.startsWith(`${wanted}.`));
}

function wordsOf(text: string): readonly string[] {
  return [...text.matchAll(wordPattern())].map(([word]) => plain(word));
}

function plain(word: string): string {
  return word.toLowerCase().replace(/['\u2019]s$/, "");
}
