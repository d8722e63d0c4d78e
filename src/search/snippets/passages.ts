/**
 * The passages of a long text that answer a cue: whole sentences, list items and lines of code, the most telling first
 * until there is no room, shown in the order in which they stand.
 */
import type { CueWords } from "./cue-words.ts";
import type { Unit } from "./units.ts";
import { answersTo, worthOf } from "./worth.ts";

/** What stands between two passages that are apart, and at an end where the text goes on. */
const APART = " … ";
const BEFORE = "…";
const AFTER = " …";
/** A unit is worth this share of what its heading matches; code counts less than words about it. */
const HEADING = 0.3;
const CODE = 0.6;
/** What a passage away from the others must bring more than one that goes on from them. */
const GAP = 0.06;
const MIN_ROOM = 15;
/** A unit of fewer words that is as short as this is shown beside another one only. */
const MIN_WORDS_ALONE = 2;
const MIN_LENGTH_ALONE = 12;
const WORD = /[\p{L}\p{N}]{2,}/gu;
/** Two marks of what is left out in a row, one of them perhaps of the text. */
const MARKS = /…(?: ?…)+/g;
const MAX_CHOSEN = 24;

/**
 * @param characters - UTF-16 units the result takes at most
 * @returns the place of the most telling unit or -1, and no passages when that alone is too long
 */
export function passagesOf(
  units: readonly Unit[],
  words: CueWords,
  characters: number,
): { readonly passages?: string; readonly best: number } {
  const room = characters - BEFORE.length - AFTER.length;
  const scores = scoresOf(units, words);
  const best = bestOf(units, scores, new Set(), Number.POSITIVE_INFINITY);
  const length = units[best]?.text.length ?? Number.POSITIVE_INFINITY;
  if (length > room) return { best };
  const chosen = new Set([best]);
  for (let left = room - length; left >= MIN_ROOM && chosen.size < MAX_CHOSEN;) {
    const next = bestOf(units, scores, chosen, left);
    if (next < 0) break;
    chosen.add(next);
    left -= (units[next]?.text.length ?? 0) + APART.length;
  }
  const places = [...chosen].toSorted((a, b) => a - b);
  return { best, passages: joined(units, places) };
}

/** The unit with the highest score that is not chosen and, with what parts it from the others, has room; or -1. */
function bestOf(
  units: readonly Unit[],
  scores: Float64Array,
  chosen: ReadonlySet<number>,
  room: number,
): number {
  let best = -1;
  let most = Number.NEGATIVE_INFINITY;
  for (const [place, unit] of units.entries()) {
    if (unit.text.length + APART.length > room || chosen.has(place)) continue;
    const goesOn = chosen.has(place - 1) || chosen.has(place + 1);
    const score = (scores[place] ?? 0) - (goesOn ? 0 : GAP);
    if (score > most && (goesOn || standsAlone(unit))) [most, best] = [score, place];
  }
  return best;
}

function standsAlone({ text }: Unit): boolean {
  return text.length >= MIN_LENGTH_ALONE || (text.match(WORD)?.length ?? 0) >= MIN_WORDS_ALONE;
}

/** By unit: the share of the cue's words it holds, rare ones of the text counting more, and what else speaks for it. */
function scoresOf(units: readonly Unit[], words: CueWords): Float64Array {
  const held = units.map(({ text }) => words.termsIn(text));
  const holders = new Float64Array(words.count);
  for (const terms of held) for (const term of terms) holders[term] = (holders[term] ?? 0) + 1;
  const weights = holders.map((found) => Math.log(1 + (units.length - found + 0.5) / (found + 0.5)));
  const whole = weights.reduce((sum, weight) => sum + weight, 0) || 1;
  const answers = answersTo(words.cue);
  const scores = new Float64Array(units.length);
  for (const [place, unit] of units.entries()) {
    const own = held[place] ?? new Set();
    let matched = 0;
    for (const term of own) matched += weights[term] ?? 0;
    const above = unit.heading < 0 ? undefined : held[unit.heading];
    for (const term of above ?? []) if (!own.has(term)) matched += HEADING * (weights[term] ?? 0);
    scores[place] = (matched / whole) * (unit.kind === "code" ? CODE : 1) + worthOf(unit, answers);
  }
  return scores;
}

function joined(units: readonly Unit[], places: readonly number[]): string {
  let text = "";
  let last = -1;
  for (const place of places) {
    const isFirst = text === "";
    const gap = isFirst ? (place > 0 ? BEFORE : "") : place === last + 1 ? " " : APART;
    text += gap + (units[place]?.text ?? "");
    last = place;
  }
  return (last < units.length - 1 ? text + AFTER : text).replace(MARKS, "…");
}
