/** Term by term: the stored spellings of each cue term, their rarity in scope, and what they say of each memory. */
import type { Scope } from "../catalogue/scope.ts";
import type { Cue } from "../cue/understood-cue.ts";
import type { Holdings } from "../holdings/holdings.ts";
import type { Weights } from "../weights.ts";
import type { TermToScore } from "./cue-terms.ts";
import type { Evidence } from "./evidence.ts";
import {
  floorOf,
  inverseFrequency,
  inverseFrequencyAmongMany,
  MAX_REPLACED_TERMS,
  MAX_REPLACEMENTS,
  maxMatch,
  pairWorth,
} from "./formula.ts";
import type { Kernel } from "./kernel.ts";
import { Phrases } from "./phrases.ts";
import type { TermPair } from "./phrases.ts";
import { likeTerms, pairsWith } from "./replacements.ts";
import type { Replacement } from "./replacements.ts";
import { LIKE_WORDS } from "../terms/like-words.ts";
import { isLoneCharacter } from "../terms/unspaced-scripts.ts";

const NOTHING = { at: 0, count: 0 };
/** A cue of more terms is scored by its rarest. */
const MAX_SCORED_TERMS = 48;

/** A stored term that stands for a cue term, with its idf in scope times what it counts. */
export interface Spelling {
  readonly term: number;
  readonly worth: number;
  /** Memories in scope that hold it. */
  readonly count: number;
}

export interface Gathered {
  /** The idf of all cue terms together, found or not, each times its weight; 1 when there is none. */
  readonly idf: number;
  /** What a memory must match to be an answer. */
  readonly floor: number;
  /** For each cue term the stored terms that stand for it. */
  readonly spellings: readonly (readonly Spelling[])[];
  /** Of neighbouring terms of the cue that are stored as they are. */
  readonly phrases: Phrases;
}

/** A term of the cue as it is written, when something in scope holds it. */
interface Looked {
  readonly term: string;
  readonly weight: number;
  readonly itself: GatheredSpelling | undefined;
}

/** And what is stored for it. */
interface Found extends Looked {
  readonly spellings: readonly GatheredSpelling[];
}

interface GatheredSpelling extends Spelling {
  /** Factor on its idf. */
  readonly share: number;
  /** Where in the evidence its postings were gathered. */
  readonly at: number;
}

/**
 * Fills the evidence, which must be prepared, from the terms that are scored.
 *
 * Common terms come last. Those that cannot lift a memory to the floor between them are no reason to look at it: they
 * count only where something else was found.
 *
 * @param terms - in the order of the cue
 */
export function gatherEvidence(
  evidence: Evidence,
  terms: readonly TermToScore[],
  cue: Cue,
  holdings: Holdings,
  scope: Scope,
  kernel: Kernel,
): Gathered {
  const { weights } = kernel;
  const all = findSpellings(evidence, terms, cue, holdings, scope, kernel);
  const { idf, floor } = worthOf(all, scope, weights);
  let rest = all.reduce((sum, { spellings }) => sum + maxOf(spellings, weights), 0);
  for (const { spellings } of all) {
    if (rest < floor) evidence.words.close();
    rest -= maxOf(spellings, weights);
    for (const { at, count, share } of spellings) evidence.addGathered(at, count, share, scope, kernel);
    evidence.endTerm();
  }
  const stored = new Map(all.flatMap(({ term, itself }) => (itself === undefined ? [] : [[term, itself]])));
  return {
    idf: idf > 0 ? idf : 1,
    floor,
    spellings: all.map(({ spellings }) => spellings),
    phrases: new Phrases(pairsOf(cue, new Set(all.map(({ term }) => term)), stored, weights)),
  };
}

/**
 * The rarest terms of the cue in scope, each with its spellings, the rarest first: what they find is the likeliest to be
 * among the best, beside which the rest need not be looked at closely. The order must hang on the scope alone, as it decides
 * the last digits of a sum.
 */
function findSpellings(
  evidence: Evidence,
  terms: readonly TermToScore[],
  cue: Cue,
  holdings: Holdings,
  scope: Scope,
  { weights, maxPostings }: Kernel,
): readonly Found[] {
  const gather = ({ term, share }: Replacement): readonly GatheredSpelling[] => {
    const { at, count } = term < 0 ? NOTHING : evidence.gather(holdings, scope, term);
    if (count === 0) return [];
    return [{ term, count, share, at, worth: share * inverseFrequency(count, scope.count) }];
  };
  const looked = terms.map(({ term, number }): Looked => {
    const weight = cue.weights.get(term) ?? 1;
    const [itself] = gather({ term: number, share: weight });
    return { term, weight, itself };
  });
  const rarest = looked
    .toSorted((a, b) => (a.itself?.count ?? 0) - (b.itself?.count ?? 0))
    .slice(0, MAX_SCORED_TERMS);
  let postings = 0;
  let replaced = 0;
  const take = (others: readonly Replacement[], weight: number, most = Number.POSITIVE_INFINITY) => {
    const found: GatheredSpelling[] = [];
    for (const { term, share } of others) {
      if (found.length >= most || postings > maxPostings) break;
      const gathered = gather({ term, share: weight * share });
      for (const { count } of gathered) postings += count;
      found.push(...gathered);
    }
    return found;
  };
  return rarest.map(({ term, weight, itself }) => {
    const spellings = [itself ?? [], take(standIns(holdings, cue, term, weights), weight)].flat();
    const mayBeReplaced = weights.replacement > 0 && weight === 1 && !isLoneCharacter(term);
    if (spellings.length > 0 || !mayBeReplaced || replaced++ >= MAX_REPLACED_TERMS)
      return { term, weight, itself, spellings };
    const likes = likeTerms(holdings.dictionary, term, weights.replacement);
    return { term, weight, itself, spellings: take(likes, weight, MAX_REPLACEMENTS) };
  });
}

/** What may always stand for a term besides itself: words of like meaning, other marks, and pairs that hold a lone character. */
function standIns(
  { dictionary }: Holdings,
  { marks }: Cue,
  term: string,
  weights: Weights,
): readonly Replacement[] {
  const words = weights.likeWord === 0 ? [] : [...(LIKE_WORDS.get(term) ?? [])];
  const likes = [
    ...words.map((word) => ({ term: dictionary.find(word), share: weights.likeWord })),
    ...(marks.get(term) ?? []).map((mark) => ({ term: dictionary.find(mark), share: 1 })),
  ];
  return weights.replacement === 0 ? likes : [...likes, ...pairsWith(dictionary, term)];
}

/** What the whole cue is worth, and the floor. */
function worthOf(all: readonly Found[], scope: Scope, weights: Weights): Pick<Gathered, "idf" | "floor"> {
  let idf = 0;
  const sums = { found: 0, foundAmongMany: 0, amongMany: 0 };
  for (const { weight, itself, spellings } of all) {
    idf += itself?.worth ?? weight * inverseFrequency(0, scope.count);
    const amongMany = weight * inverseFrequencyAmongMany(itself?.count ?? 0, scope.count);
    sums.amongMany += amongMany;
    sums.found += itself?.worth ?? maxWorth(spellings);
    if (spellings.length > 0) sums.foundAmongMany += amongMany;
  }
  return { idf, floor: floorOf(sums, weights) };
}

/** The most a memory gets from a term. */
function maxOf(spellings: readonly Spelling[], weights: Weights): number {
  return maxMatch(maxWorth(spellings), weights);
}

function maxWorth(spellings: readonly Spelling[]): number {
  return spellings.reduce((max, { worth }) => Math.max(max, worth), 0);
}

function pairsOf(
  cue: Cue,
  scored: ReadonlySet<string>,
  stored: ReadonlyMap<string, Spelling>,
  weights: Weights,
): readonly TermPair[] {
  const pairs = new Map<string, TermPair>();
  const sequence = weights.phrase === 0 ? [] : cue.sequence.filter((term) => scored.has(term));
  for (const [index, term] of sequence.entries()) {
    const next = sequence[index + 1] ?? term;
    const [first, second] = [stored.get(term), stored.get(next)];
    if (next === term || first === undefined || second === undefined) continue;
    const worth = pairWorth(first.worth, second.worth, weights);
    pairs.set(`${term} ${next}`, { first: first.term, second: second.term, worth });
  }
  return [...pairs.values()];
}
