/**
 * Code words by their parts: `camelCase`, `snake_case`, `HTTPServer2`, `1.2.3`. The parts come first, then the whole
 * without its joints, so that `userId`, `user_id` and `userid` meet.
 */
const JOINT = /_+|(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu;
const NUMBER = /^\d+(?:[.,]\d+)+$/;
const THOUSANDS = /^\d{1,3}(?:,\d{3})+$/;

/** The parts of a word and the word without its joints; just the word when it has none. */
export function splitCodeWord(word: string): readonly string[] {
  if (NUMBER.test(word)) return splitNumber(word);
  const parts = word.split(JOINT).filter((part) => part !== "");
  const whole = parts.join("");
  if (parts.length <= 1) return parts;
  return isPlainCapital(word) ? [whole] : [...parts, whole];
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
