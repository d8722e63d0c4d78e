/**
 * Version numbers. `v2.14.3` and `2.14.3` are one term, and a text that holds it is found by its beginnings too: by `2.14` and
 * by `v2`, but not by `3`, which would find every version there is. A cue means just what it says: `2.14.3` is not `2.14`.
 */
const VERSION = /^(v?)(\d+(?:\.\d+)+)([a-z]+\d*)?$/i;
/** `03.05.2026`, which is looked for by its year, too. */
const DATE = /^\d{1,2}\.\d{1,2}\.\d{4}$/;
/** What a first number has that is a year and not the number of a large change. */
const YEAR_DIGITS = 4;
const RELEASE_NUMBERS = 3;

/** A version as a cue names it: in one spelling. */
export function versionOf(word: string): string | undefined {
  const [, , numbers, suffix = ""] = VERSION.exec(word) ?? [];
  return numbers === undefined || DATE.test(word) ? undefined : `${numbers}${suffix.toLowerCase()}`;
}

/** A version in a text and its beginnings, the longest first; a number with one point alone, which may be any number. */
export function versionWithBeginnings(word: string): readonly string[] | undefined {
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
