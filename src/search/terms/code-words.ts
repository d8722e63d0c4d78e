/**
 * Code words by their parts: `camelCase`, `snake_case`, `HTTPServer2`. The parts come first, then the whole without its joints,
 * so that `userId`, `user_id` and `userid` meet. `C++` and `C#` are found as what they are and by their letter.
 */
import { versionOf, versionWithBeginnings } from "./version-words.ts";

const JOINT = /_+|(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu;
const NUMBER = /^\d+(?:[.,]\d+)+$/;
const THOUSANDS = /^\d{1,3}(?:,\d{3})+$/;
/** What names of languages end with. */
const SIGN = /(?:\+\+|#)$/;

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
