/**
 * Folding: one spelling for what people type in many. Compatibility forms and case by Unicode; accents off Latin and
 * Greek, points off Hebrew, vowel signs and elongation off Arabic, with its letter variants unified. Marks that make
 * another letter stay: Cyrillic й and ў, Japanese voicing, vowels of the scripts of India and South-East Asia.
 */
const IGNORABLE = /[\u00ad\u0640\u200c-\u200f\u2060\ufeff]|\p{Variation_Selector}|\p{Emoji_Modifier}/gu;
/** Combining diacritics except the breve that turns и into й and у into ў; Hebrew points; Arabic signs. */
const MARKS =
  /(?<![иу])\u0306|[\u0300-\u0305\u0307-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]/gu;
const VARIANTS: ReadonlyMap<string, string> = new Map([
  ["ß", "ss"],
  ["æ", "ae"],
  ["œ", "oe"],
  ["ø", "o"],
  ["ł", "l"],
  ["đ", "d"],
  ["ð", "d"],
  ["þ", "th"],
  ["ħ", "h"],
  ["ı", "i"],
  ["ς", "σ"],
  ["’", "'"],
  ["\u0649", "\u064a"],
  ["\u06cc", "\u064a"],
  ["\u06a9", "\u0643"],
  ["\u0629", "\u0647"],
]);
const VARIANT = new RegExp(`[${[...VARIANTS.keys()].join("")}]`, "gu");
/** Digits of Arabic and Persian. */
const EASTERN_DIGIT = /[\u0660-\u0669\u06f0-\u06f9]/gu;
/** The Arabic article, alone or behind "and", "with", "for", before at least three letters. */
const ARTICLE = /^(?:[\u0648\u0628\u0643\u0641]?\u0627\u0644|\u0644\u0644)(?=\p{sc=Arab}{3})/u;
// eslint-disable-next-line no-control-regex
const ASCII = /^[\0-\x7f]*$/;

/** The folded spelling of one word. */
export function foldWord(word: string): string {
  if (ASCII.test(word)) return word.toLowerCase();
  return word
    .normalize("NFKC")
    .toLowerCase()
    .normalize("NFD")
    .replace(IGNORABLE, "")
    .replace(MARKS, "")
    .normalize("NFC")
    .replace(VARIANT, (letter) => VARIANTS.get(letter) ?? letter)
    .replace(EASTERN_DIGIT, (digit) => String(digit.charCodeAt(0) & 15))
    .replace(ARTICLE, "");
}
