/**
 * The formula: what a memory scores for a cue, as pure functions of weights, signs and counts. The ranker calls them from
 * its loops over typed arrays, the exhaustive scorer of the tests from plain lists, so whatever counts is written here (or,
 * for priors, in prior-formula.ts) and nowhere else.
 *
 *   score = matched + session + request + priors × idf of the cue  +  phrases − older
 *   matched = Σ over terms of the cue: the largest of the memory's own match and of what each neighbour lends
 *   request = for an answer of the assistant: a share of what the user's turn right before it matched
 *
 * BM25 after S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
 */
import { ASKS, BY_ASSISTANT, BY_USER } from "../catalogue/signs.ts";
import type { Cue } from "../cue/understood-cue.ts";
import type { Weights } from "../weights.ts";

/** How many turns on the same speaker's next turn is looked for. */
export const MAX_OWN_NEXT_DISTANCE = 3;
/** A cue term that nothing holds is replaced by so many stored terms, each so much like it at least. */
export const MAX_REPLACEMENTS = 3;
export const MIN_LIKENESS = 0.5;
/** Terms of a cue that are replaced at most: each costs a walk through the whole dictionary. */
export const MAX_REPLACED_TERMS = 3;
/** How many of the best are looked at closely: for phrases, and for which of them is newer. */
export const MAX_LOOKED_AT = 100;

const MAX_PHRASE_GAP = 3;
const APART_SHARE = 0.5;
/**
 * The floor is judged as if so many more memories were there that hold none of the terms: in a vault of three notes every
 * word that is found is common, and one that is not would outweigh it.
 */
const OTHER_MEMORIES = 1_000;

/** How rare a term is that `holders` of `count` documents hold; above 0. */
export function inverseFrequency(holders: number, count: number): number {
  return Math.log(1 + (count - holders + 0.5) / (holders + 0.5));
}

/** How rare it would be among many more memories, none of which holds it: what the floor is made of. */
export function inverseFrequencyAmongMany(holders: number, count: number): number {
  return inverseFrequency(holders, count + OTHER_MEMORIES);
}

/** How more of a term in one document counts less and less; what is the same for all documents is worked out once. */
export interface Saturation {
  readonly top: number;
  readonly base: number;
  readonly perLength: number;
  readonly least: number;
}

/** For memories of that many terms in the mean. */
export function memorySaturation(mean: number, weights: Weights): Saturation {
  return saturation(mean, weights.termSaturation, weights.lengthShare, weights.minMatch);
}

/** For whole sessions of that many terms in the mean. */
export function sessionSaturation(mean: number, weights: Weights): Saturation {
  return saturation(mean, weights.sessionSaturation, weights.sessionLengthShare, 0);
}

function saturation(mean: number, k: number, b: number, least: number): Saturation {
  return { top: k + 1, base: k * (1 - b), perLength: (k * b) / mean, least };
}

/** What a term counts that a document of `length` terms holds `frequency` times: towards `top`. */
export function saturated(
  { top, base, perLength, least }: Saturation,
  frequency: number,
  length: number,
): number {
  return Math.max(least, (frequency * top) / (frequency + (base + perLength * length)));
}

/** No memory gets more from a term worth that much, by itself or lent; a little more, for what 32-bit sums round up. */
export function maxMatch(worth: number, { termSaturation }: Weights): number {
  return worth * (termSaturation + 1) * 1.000_01;
}

/** Terms in the mean of memories. */
export function meanLength({ count, length }: Lengths): number {
  return length / count || 1;
}

/** Terms in the mean of sessions with a name; where there is none each memory is a session. */
export function meanSessionLength({ count, length, toldCount, toldLength }: Lengths): number {
  return (toldCount > 0 ? toldLength / toldCount : length / count) || 1;
}

/** How many memories and named sessions are in scope, and the terms in them. */
interface Lengths {
  readonly count: number;
  readonly length: number;
  readonly toldCount: number;
  readonly toldLength: number;
}

/** What the whole session counts for a term that counts `match` in it. */
export function sessionMatch(worth: number, match: number, { session }: Weights): number {
  return session * worth * match;
}

/** Whether any turn lends anything. */
export function lends(weights: Weights): boolean {
  const shares = [weights.nextAfterQuestion, weights.nextByOther, weights.nextBySame, weights.before];
  return [...shares, weights.answerOfAssistant].some((share) => share > 0);
}

/** The share of its match that a turn lends the turn right behind it; one of an assistant lends nothing. */
export function shareForNext(signs: number, nextSigns: number, isBySame: boolean, weights: Weights): number {
  if ((signs & BY_ASSISTANT) !== 0) return 0;
  if ((nextSigns & BY_ASSISTANT) !== 0) return weights.answerOfAssistant;
  if (isBySame) return 0;
  return (signs & ASKS) === 0 ? weights.nextByOther : weights.nextAfterQuestion;
}

/** The share it lends the turn right before it: only between people. */
export function shareForBefore(signs: number, beforeSigns: number, weights: Weights): number {
  return ((signs | beforeSigns) & BY_ASSISTANT) === 0 ? weights.before : 0;
}

/** The share it lends the same person's next turn, unless an assistant speaks first. */
export function shareForOwnNext(signs: number, weights: Weights): number {
  return (signs & BY_ASSISTANT) === 0 ? weights.nextBySame : 0;
}

/** What an answer gets of the request before it: none of a cue that is after what the person is or said. */
export function requestShare(cue: Pick<Cue, "asksPerson" | "asksWhatISaid">, { request }: Weights): number {
  return cue.asksPerson || cue.asksWhatISaid ? 0 : request;
}

/** Whether a turn answers the one right before it. */
export function answers(signs: number, beforeSigns: number): boolean {
  return (signs & BY_ASSISTANT) !== 0 && (beforeSigns & BY_USER) !== 0;
}

/**
 * What it gets: of a request that is no answer itself, nothing.
 *
 * @param matched - what the request matches
 */
export function requestMatch(matched: number, floor: number, share: number): number {
  return matched < floor ? 0 : share * matched;
}

/** Sums over the terms of a cue: of what was found, the worth; of that and of all, the worth among many. */
export interface FloorSums {
  readonly found: number;
  readonly foundAmongMany: number;
  readonly amongMany: number;
}

/** What a memory must match to be an answer; not a number, and no bound, when nothing was found. */
export function floorOf({ found, foundAmongMany, amongMany }: FloorSums, { floor }: Weights): number {
  return (floor * amongMany * found) / foundAmongMany;
}

/** What two terms that follow each other in the cue are worth where they stand together. */
export function pairWorth(first: number, second: number, { phrase }: Weights): number {
  return phrase * Math.min(first, second);
}

/** What such a pair brings a memory that holds them `gap` terms apart. */
export function phraseBonus(worth: number, gap: number): number {
  if (gap > MAX_PHRASE_GAP) return 0;
  return gap === 1 ? worth : worth * APART_SHARE;
}

/** What the one in that place loses of `count` put in order of time, the newest first. */
export function olderLoss(place: number, count: number, idf: number, { older }: Weights): number {
  return (older * idf * place) / Math.max(1, count - 1);
}

/** What a memory, its neighbours, its session and its request match: added up in this order, since the last digit decides between equals. */
export function matchOf(words: number, session: number, request: number): number {
  return words + session + request;
}

/** The score before the best are looked at closely. */
export function scoreOf(match: number, priors: number, idf: number): number {
  return match + priors * idf;
}
