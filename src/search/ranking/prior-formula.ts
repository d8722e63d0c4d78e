/**
 * The priors: what speaks for a memory besides the words it matches, as pure functions. Each is a share of the cue's whole
 * idf, so that it weighs the same in a short cue and in a long one. A new prior is one more line of `priorsOfSigns`, when it
 * hangs on a sign of the row, and else of `priorsOf` and `sumOfPriors`.
 */
import { BY_USER, EXPLAINS, IS_NOTE, IS_PINNED, TELLS_TIME } from "../catalogue/signs.ts";
import type { DateSpan } from "../cue/cue-dates.ts";
import type { Cue } from "../cue/understood-cue.ts";
import type { Weights } from "../weights.ts";

const DAY_MS = 86_400_000;
/** A turn of so many terms is not brief. */
const BRIEF_TERMS = 20;
/** Further from a date than so many decays a memory is not a candidate for its date alone. */
const MAX_DECAYS = 2;

/** By name, in shares of the cue's idf; 0 for those that do not apply. */
export type PriorParts = Readonly<Record<string, number>>;

/** All priors of a memory by name; `isNamed` says that the cue names its speaker and no other. */
export function priorsOf(
  signs: number,
  length: number,
  at: number,
  isNamed: boolean,
  cue: Cue,
  weights: Weights,
): PriorParts {
  return {
    speaker: speakerPrior(isNamed, weights),
    ...priorsOfSigns(signs, cue, weights),
    brief: briefPrior(signs, length, weights),
    date: datePrior(at, cue.dates, weights),
  };
}

/**
 * @param ofSigns - the sum of `priorsOfSigns`
 * @param brief - the `briefPrior`
 */
export function sumOfPriors(
  ofSigns: number,
  brief: number,
  at: number,
  isNamed: boolean,
  cue: Cue,
  weights: Weights,
): number {
  return speakerPrior(isNamed, weights) + ofSigns + datePrior(at, cue.dates, weights) + brief;
}

/** No memory of this cue has a larger sum. */
export function maxPriors(maxOfSigns: number, isAnyNamed: boolean, cue: Cue, weights: Weights): number {
  return speakerPrior(isAnyNamed, weights) + maxOfSigns + (cue.dates.length > 0 ? weights.date : 0);
}

/** Those that hang on nothing but the signs of a memory. */
export function priorsOfSigns(signs: number, cue: AskedOfSigns, weights: Weights): PriorParts {
  const note = (signs & IS_NOTE) === 0 ? 0 : weights.note;
  const isByUser = (signs & BY_USER) !== 0;
  return {
    time: cue.asksWhen && (signs & TELLS_TIME) !== 0 ? weights.timeAsked : 0,
    person: cue.asksPerson && isByUser ? weights.person : 0,
    said: cue.asksWhatISaid && isByUser ? weights.said : 0,
    explains: cue.asksCause && (signs & EXPLAINS) !== 0 ? weights.explains : 0,
    kept: note + ((signs & IS_PINNED) === 0 ? 0 : weights.pinned),
  };
}

/** What a cue asks for that signs tell. */
type AskedOfSigns = Pick<Cue, "asksWhen" | "asksPerson" | "asksWhatISaid" | "asksCause">;

export function sumOfSigns(signs: number, cue: AskedOfSigns, weights: Weights): number {
  return Object.values(priorsOfSigns(signs, cue, weights)).reduce((sum, prior) => sum + prior, 0);
}

/** What a turn loses by having few terms ("ok, do it" is no answer): below 0, or 0. Notes are short because someone wrote them so. */
export function briefPrior(signs: number, length: number, { brief }: Weights): number {
  if ((signs & IS_NOTE) !== 0 || length >= BRIEF_TERMS) return 0;
  return -brief * (1 - length / BRIEF_TERMS);
}

function speakerPrior(isNamed: boolean, { speaker }: Weights): number {
  return isNamed ? speaker : 0;
}

/** The most inside a date of the cue, less the further outside. */
function datePrior(at: number, dates: readonly DateSpan[], { date, dateDecayDays }: Weights): number {
  if (dates.length === 0) return 0;
  let nearest = Number.POSITIVE_INFINITY;
  for (const { from, to } of dates) nearest = Math.min(nearest, at < from ? from - at : Math.max(0, at - to));
  return date * Math.exp(-(nearest / DAY_MS) / dateDecayDays);
}

/** From when to when a memory is near a date of the cue: one pair of moments a date. */
export function spansNear(dates: readonly DateSpan[], { dateDecayDays }: Weights): Float64Array {
  const reach = MAX_DECAYS * dateDecayDays * DAY_MS;
  return Float64Array.from(dates.flatMap(({ from, to }) => [from - reach, to + reach]));
}

/** Whether a moment lies in one of those spans: such a memory is found by its date alone. */
export function isNear(at: number, spans: Float64Array): boolean {
  for (let date = 0; date < spans.length; date += 2)
    if (at >= (spans[date] ?? 0) && at <= (spans[date + 1] ?? 0)) return true;
  return false;
}
