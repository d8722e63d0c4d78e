/**
 * Code words by their parts: `camelCase`, `snake_case`, `HTTPServer2`. The parts come first, then the whole without its joints,
 * so that `userId`, `user_id` and `userid` meet. `C++` and `C#` are found as what they are and by their letter.
 *
 * Version numbers: `v2.14.3` and `2.14.3` are one term, and a text that holds it is found by its beginnings too: by `2.14` and by
 * `v2`, but not by `3`, which would find every version there is. A cue means just what it says: `2.14.3` is not `2.14`.
 */
const JOINT = /_+|(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu;
const NUMBER = /^\d+(?:[.,]\d+)+$/;
const THOUSANDS = /^\d{1,3}(?:,\d{3})+$/;
/** What names of languages end with. */
const SIGN = /(?:\+\+|#)$/;

const VERSION = /^(v?)(\d+(?:\.\d+)+)([a-z]+\d*)?$/i;
/** `03.05.2026`, which is looked for by its year, too. */
const DATE = /^\d{1,2}\.\d{1,2}\.\d{4}$/;
/** What a first number has that is a year and not the number of a large change. */
const YEAR_DIGITS = 4;
const RELEASE_NUMBERS = 3;

/** The parts of a word and the word without its joints; just the word when it has none. */
export function splitCodeWord(word: string): readonly string[] {
  return splitWord(word, versionWithBeginnings);
}

/** The same for a word of a cue: of a version the whole alone. */
export function splitCueWord(word: string): readonly string[] {
  return splitWord(word, (part) => {
    const version = versionOf(part);
    return version === undefined ? undefined : [version];
  });
}

function splitWord(
  word: string,
  splitVersion: (part: string) => readonly string[] | undefined,
): readonly string[] {
  const version = splitVersion(word);
  if (version !== undefined) return version;
  if (NUMBER.test(word)) return splitNumber(word);
  if (SIGN.test(word)) return [word.replace(SIGN, ""), word];
  const parts = word.split(JOINT).filter((part) => part !== "");
  const whole = parts.join("");
  if (parts.length <= 1) return parts;
  return isPlainCapital(word) ? [whole] : [...parts.flatMap((part) => splitVersion(part) ?? part), whole];
}

function splitNumber(word: string): readonly string[] {
  if (THOUSANDS.test(word)) return [word.replaceAll(",", "")];
  const parts = word.split(/[.,]/);
  return parts.length > 2 ? [...parts, word] : [word];
}

/** `USAs`, `McDonald`: capitals without a joint that anyone would search by its parts. */
function isPlainCapital(word: string): boolean {
  return /^\p{Lu}+\p{Ll}$/u.test(word);
}

/** A version as a cue names it: in one spelling. */
function versionOf(word: string): string | undefined {
  const [, , numbers, suffix = ""] = VERSION.exec(word) ?? [];
  return numbers === undefined || DATE.test(word) ? undefined : `${numbers}${suffix.toLowerCase()}`;
}

/** A version in a text and its beginnings, the longest first; a number with one point alone, which may be any number. */
function versionWithBeginnings(word: string): readonly string[] | undefined {
  const whole = versionOf(word);
  if (whole === undefined) return undefined;
  const [, v = "", all = ""] = VERSION.exec(word) ?? [];
  const numbers = all.split(".");
  const [first = ""] = numbers;
  const beginnings = numbers.map((_, last) => numbers.slice(0, last + 1).join(".")).slice(1);
  const isRelease = (v !== "" || numbers.length === RELEASE_NUMBERS) && first.length < YEAR_DIGITS;
  const isCalendar = numbers.length > 2 && first.length === YEAR_DIGITS;
  return [
    ...new Set([
      whole,
      ...beginnings.toReversed(),
      ...(isRelease ? [`v${first}`] : isCalendar ? [first] : []),
    ]),
  ];
}
