/**
 * The part of a memory that shows why it was found and what it answers: its best passages where it can be taken apart, else
 * a window around the densest match; on one line, cut between graphemes. Only the window is taken apart into
 * graphemes: `Intl.Segmenter` copies its whole input into every segment, which for a text of 64 KiB comes to gigabytes.
 */
import { CueWords } from "./cue-words.ts";
import { passagesOf } from "./passages.ts";
import { shownLine, unitsOf } from "./units.ts";

const ASCII = /^[\x20-\x7e]*$/;
/** Code units that are looked at for each character wanted, and in front of a cut for the grapheme it lies in. */
const UNITS_PER_CHARACTER = 8;
const UNITS_BEFORE_CUT = 32;
/** A word of which more would be lost is cut. */
const MAX_WORD_CUT = 24;
/** What the mark of what is left out stands for, too. */
const BEGINNING = /^[….]{1,8} ?/;
const ENDING = /[ .…]{1,8}$/;

interface Stretch {
  readonly start: number;
  readonly end: number;
}

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
  const line = shownLine(text);
  if (line.length <= characters) return line;
  if (words.count === 0) return window(line, words, characters);
  const units = unitsOf(text);
  const { passages, best } = passagesOf(units, words, characters);
  if (passages !== undefined) return passages;
  const unit = units[best];
  if (unit === undefined) return window(line, words, characters);
  return window(unit.text, words, characters, best > 0, best < units.length - 1);
}

/** @param before - whether the text has something before the line, and `after`: behind it */
function window(line: string, words: CueWords, characters: number, before = false, after = false): string {
  const room = Math.max(1, characters - 2);
  const lead = Math.floor(room / 4);
  const match = densestMatch(line, words, room);
  const latest = Math.max(0, line.length - room);
  const shown = betweenWords(line, cut(line, Math.min(latest, Math.max(0, match - lead)), room), match);
  const opens = before || shown.start > 0;
  const closes = after || shown.end < line.length;
  const inner = line.slice(shown.start, shown.end).trim();
  const begun = opens ? `…${inner.replace(BEGINNING, "")}` : inner;
  return closes ? `${begun.replace(ENDING, "")}…` : begun;
}

/** Shortened to whole words where that takes little and leaves the match. */
function betweenWords(line: string, { start, end }: Stretch, match: number): Stretch {
  const next = line.slice(start, start + MAX_WORD_CUT).indexOf(" ") + start + 1;
  const isWithin = start > 0 && line[start - 1] !== " " && next > start && next <= match;
  const last = line.slice(0, end).lastIndexOf(" ");
  const isBefore = end < line.length && line[end] !== " " && last >= end - MAX_WORD_CUT && last > match;
  return { start: isWithin ? next : start, end: isBefore ? last : end };
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
function cut(line: string, from: number, room: number): Stretch {
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
