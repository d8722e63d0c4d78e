/**
 * The part of a memory that shows why it was found and what it answers: its best passages where it can be taken apart, else
 * a window around the densest match; on one line, cut between graphemes. Only the window is taken apart into
 * graphemes: `Intl.Segmenter` copies its whole input into every segment, which for a text of 64 KiB comes to gigabytes.
 */
import { CueWords } from "./cue-words.ts";
import { passagesOf } from "./passages.ts";
import { oneLine, unitsOf } from "./units.ts";

const ASCII = /^[\x20-\x7e]*$/;
/** Code units that are looked at for each character wanted, and in front of a cut for the grapheme it lies in. */
const UNITS_PER_CHARACTER = 8;
const UNITS_BEFORE_CUT = 32;

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Cuts snippets for one cue after another. */
export class Snippets {
  #words = new CueWords("");

  /** At most `characters` graphemes of `text` that answer `cue`, white space collapsed. */
  cut(text: string, cue: string, characters: number): string {
    if (this.#words.cue !== cue) this.#words = new CueWords(cue);
    return snippetOf(text, this.#words, characters);
  }
}

function snippetOf(text: string, words: CueWords, characters: number): string {
  const line = oneLine(text);
  if (line.length <= characters) return line;
  if (words.count === 0) return window(line, words, characters);
  const { passages, best } = passagesOf(unitsOf(text), words, characters);
  if (passages !== undefined) return passages;
  const stretch = best?.text ?? line;
  return window(stretch, words, characters, stretch.length < line.length);
}

/** @param isPart - of a longer text */
function window(line: string, words: CueWords, characters: number, isPart = false): string {
  const room = Math.max(1, characters - 2);
  const lead = Math.floor(room / 4);
  const match = densestMatch(line, words, room);
  const latest = Math.max(0, line.length - room);
  const shown = cut(line, Math.min(latest, Math.max(0, match - lead)), room);
  const open = isPart || shown.start > 0 ? "…" : "";
  const close = isPart || shown.end < line.length ? "…" : "";
  return `${open}${line.slice(shown.start, shown.end).trim()}${close}`;
}

/** Where the first of the most matching words within `room` begins; 0 when none matches. */
function densestMatch(line: string, words: CueWords, room: number): number {
  const matches: number[] = [];
  words.eachMatch(line, (start) => matches.push(start));
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
