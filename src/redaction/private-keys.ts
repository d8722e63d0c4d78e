/**
 * Blocks of private keys: between their lines, whole, however they are indented, quoted or escaped; cut off without an end, as far as
 * what follows can be of a key.
 */
import type { Span } from "./found.ts";

const HEAD = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/y;
const PUTTY_HEAD = /Private-Lines: \d{1,4}/y;
/** Its lines have 64 characters, and a key has some dozens of them. */
const MAX_PUTTY_LENGTH = 8_000;
/** Of a key, or of how it is written down: line ends, real or escaped, quotes and marks before lines, headers of PEM. */
const BODY =
  /(?:[A-Za-z0-9+/=\s\\"'`|>#*,.]|(?:Proc-Type|DEK-Info|Comment|Version|Charset|Hash)[:][^\n\\]{0,100}|[-:](?!----))*/y;
const FOOT = /-----END [A-Z0-9 ]{0,40}(?:PRIVATE KEY)?(?: BLOCK)?-----/y;
const HEADERS = /(?:Proc-Type|DEK-Info|Comment|Version|Charset|Hash):[^\n\\]{0,100}/g;
/** A token goes on with what base64 has not. */
const REST = /[\w-]*/y;
/** Letters before the first line that are of how it is written down, as in `\r\n`. */
const LONGEST_MARK = 2;
/** Fewer characters than that are not a key, cut off or not. */
const LEAST = 24;

/** @param at - where `-----BEGIN` or `Private-Lines:` stands. @returns what is to be replaced */
export function privateKeyAt(text: string, at: number): Span | undefined {
  const pem = matchAt(HEAD, text, at);
  const head = pem ?? matchAt(PUTTY_HEAD, text, at);
  if (head === undefined) return undefined;
  const from = at + head.length;
  const body = (pem === undefined ? puttyBody(text, from, head) : matchAt(BODY, text, from)) ?? "";
  const foot = matchAt(FOOT, text, from + body.length);
  const secret = body.replace(/\\[nrt]|[^A-Za-z0-9+/=]/g, "");
  if (secret.length < LEAST || /^(.)\1*$/.test(secret)) return undefined;
  if (foot !== undefined) return { start: at, end: from + body.length + foot.length };
  const cut = cutOff(body);
  // A head that is only spoken of.
  if (cut === 0) return undefined;
  // What follows a word of a key without a blank is no sentence.
  return { start: at, end: from + cut + (matchAt(REST, text, from + cut) ?? "").length };
}

/** Lines of base64, whatever stands between two of them. */
const PUTTY_BODY = /(?:(?:\\[nrt]|[\s"'`|>#*,]){1,12}[A-Za-z0-9+/]{1,76}={0,2}){1,200}/y;

/** As many lines as its head says: nothing else ends it. */
function puttyBody(text: string, from: number, head: string): string | undefined {
  const lines = Number(/\d+$/.exec(head)?.[0]);
  return matchAt(PUTTY_BODY, text.slice(from, from + Math.min(lines * 80, MAX_PUTTY_LENGTH)), 0);
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** Lines of a key that has no end: up to the last one that can be of it; 0: none can. */
function cutOff(body: string): number {
  let end = 0;
  const lines = body.replace(HEADERS, (header) => " ".repeat(header.length));
  for (const { 0: word, index } of lines.matchAll(/[A-Za-z0-9+/=]+/g)) {
    // Words of a sentence are short; the last line of a key may be as well, if it ends in "=".
    const isOfKey =
      word.length >= LEAST || (end > 0 && (word.endsWith("=") || (/\d/.test(word) && /[A-Z]/.test(word))));
    if (isOfKey) end = index + word.length;
    else if (word.length > (end > 0 ? 1 : LONGEST_MARK)) break;
  }
  return end;
}
