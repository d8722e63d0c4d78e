/** Sets off the words of a line that a query asked for: the same word in any of its forms, as the search itself sees it. */
import { stemmer } from "stemmer";

const WORD = /[\p{L}\p{N}]+(?:['’][\p{L}]+)?/gu;
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
  return (line) => line.replace(WORD, (word) => (stems.has(stemmer(plain(word))) ? setOff(word) : word));
}

function wordsOf(text: string): readonly string[] {
  return [...text.matchAll(WORD)].map(([word]) => plain(word));
}

function plain(word: string): string {
  return word.toLowerCase().replace(/['’]s$/, "");
}
