/**
 * The part of a memory that shows why it was found: a window around the densest match, on one line, cut between
 * graphemes. Only the window is taken apart into graphemes: `Intl.Segmenter` copies its whole input into every segment,
 * which for a text of 64 KiB comes to gigabytes.
 */
import { termsOf } from "./terms/terms.ts";

const WORD = /\S+/gu;
const ASCII = /^[\x20-\x7e]*$/;
/** Code units that are looked at for each character wanted, and in front of a cut for the grapheme it lies in. */
const UNITS_PER_CHARACTER = 8;
const UNITS_BEFORE_CUT = 32;

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** At most `characters` graphemes of `text` around the densest match of `cue`, white space collapsed. */
export function snippetOf(text: string, cue: string, characters: number): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  if (line.length <= characters) return line;
  const room = Math.max(1, characters - 2);
  const lead = Math.floor(room / 4);
  const match = densestMatch(line, cue, room);
  const latest = Math.max(0, line.length - room);
  const window = cut(line, Math.min(latest, Math.max(0, match - lead)), room);
  const open = window.start > 0 ? "…" : "";
  const close = window.end < line.length ? "…" : "";
  return `${open}${line.slice(window.start, window.end).trim()}${close}`;
}

/** Where the first of the most matching words within `room` begins; 0 when none matches. */
function densestMatch(line: string, cue: string, room: number): number {
  const wanted = new Set(termsOf(cue));
  if (wanted.size === 0) return 0;
  const matches: number[] = [];
  for (const { 0: word, index } of line.matchAll(WORD))
    if (termsOf(word).some((term) => wanted.has(term))) matches.push(index);
  let best = 0;
  let most = 0;
  let end = 0;
  for (const [position, first] of matches.entries()) {
    while (end < matches.length && (matches[end] ?? 0) < first + room) end += 1;
    if (end - position > most) [most, best] = [end - position, first];
  }
  return best;
}

/** At most `room` graphemes from about `from` on, in code units of `line`. */
function cut(line: string, from: number, room: number): { readonly start: number; readonly end: number } {
  const offset = Math.max(0, from - UNITS_BEFORE_CUT);
  const part = line.slice(offset, from + room * UNITS_PER_CHARACTER);
  if (ASCII.test(part)) return { start: from, end: Math.min(line.length, from + room) };
  let start: number | undefined;
  let count = 0;
  for (const { index } of segmenter.segment(part)) {
    if (offset + index < from) continue;
    start ??= offset + index;
    if (count === room) return { start, end: offset + index };
    count += 1;
  }
  return { start: start ?? from, end: offset + part.length };
}
