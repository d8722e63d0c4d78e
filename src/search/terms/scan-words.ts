/**
 * Where the words of a text are. A word is a run of letters, digits, marks and underscores, with apostrophes inside it
 * and with points and commas between digits; an emoji with its joiners is a word. `++` behind letters and `#` behind one belong
 * to them, as in `C++` and `C#`. ASCII is scanned by a table; a word that touches anything else is cut by the regular
 * expression, so both ways agree.
 */
const WORD =
  /[\p{L}\p{N}\p{M}_\u00ad\u200c-\u200f\u2060\ufeff]+(?:(?:['’]|(?<=\d)[.,](?=\d))[\p{L}\p{N}\p{M}_\u00ad\u200c-\u200f\u2060\ufeff]+)*|\p{RI}\p{RI}|\p{Extended_Pictographic}[\p{EMod}\ufe0f]*(?:\u200d\p{Extended_Pictographic}[\p{EMod}\ufe0f]*)*/uy;

const SEPARATOR = 0;
const LETTER = 1;
const DIGIT = 2;
const KIND = Uint8Array.from({ length: 128 }, (_, code) => {
  if ((code | 32) >= 97 && (code | 32) <= 122) return LETTER;
  if (code >= 48 && code <= 57) return DIGIT;
  return code === 95 ? LETTER : SEPARATOR;
});
const APOSTROPHE = 39;
const COMMA = 44;
const POINT = 46;
const PLUS = 43;
const HASH = 35;

/** Calls `visit` with the bounds of each word of `text` in UTF-16 units, in order, until it returns false. */
export function scanWords(text: string, visit: (start: number, end: number) => boolean): void {
  const length = text.length;
  let place = 0;
  while (place < length) {
    const code = text.charCodeAt(place);
    if (code < 128 && KIND[code] === SEPARATOR) {
      place++;
      continue;
    }
    const end = code < 128 ? endOfAsciiWord(text, place) : -1;
    const wordEnd = endOfSign(text, place, end < 0 ? endOfWord(text, place) : end);
    if (wordEnd > place && !visit(place, wordEnd)) return;
    place = wordEnd > place ? wordEnd : place + 1;
  }
}

/** The end of the word that starts at `start`, or -1 when it goes on in characters beyond ASCII. */
function endOfAsciiWord(text: string, start: number): number {
  const length = text.length;
  let place = start;
  while (place < length) {
    const code = text.charCodeAt(place);
    if (code >= 128) return -1;
    if (KIND[code] !== SEPARATOR) {
      place++;
      continue;
    }
    if (code !== APOSTROPHE && code !== COMMA && code !== POINT) return place;
    const next = text.charCodeAt(place + 1);
    if (next >= 128) return -1;
    if (Number.isNaN(next) || KIND[next] === SEPARATOR) return place;
    const isBetweenDigits = KIND[next] === DIGIT && KIND[text.charCodeAt(place - 1)] === DIGIT;
    if (code !== APOSTROPHE && !isBetweenDigits) return place;
    place += 2;
  }
  return place;
}

function endOfWord(text: string, start: number): number {
  WORD.lastIndex = start;
  return WORD.test(text) ? WORD.lastIndex : start;
}

/** Where the word ends with the sign behind it, if it has one and nothing goes on. */
function endOfSign(text: string, start: number, end: number): number {
  const sign = text.charCodeAt(end);
  const isPlus = sign === PLUS && text.charCodeAt(end + 1) === PLUS;
  if (!isPlus && (sign !== HASH || end - start !== 1)) return end;
  const last = text.charCodeAt(end - 1);
  const after = end + (isPlus ? 2 : 1);
  const next = text.charCodeAt(after);
  const goesOn = next >= 128 || (KIND[next] ?? SEPARATOR) !== SEPARATOR || next === PLUS || next === HASH;
  return last < 128 && KIND[last] === LETTER && !goesOn ? after : end;
}
