/** Term by term: the stored spellings of each cue term, their rarity in scope, and what they say of each memory. */
import type { Scope } from "../catalogue/scope.ts";
import type { Cue } from "../cue/cue.ts";
import type { Holdings } from "../holdings/holdings.ts";
import type { Weights } from "../weights.ts";
import { MAX_POSTINGS } from "./cue-terms.ts";
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

const NOTHING = { at: 0, count: 0 };

/** A term of the cue and what is stored for it. */
interface Found {
  readonly term: string;
  /** The term as it is written, when something in scope holds it. */
  readonly itself: GatheredSpelling | undefined;
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
 * @param terms - the rarest first
 */
export function gatherEvidence(
  evidence: Evidence,
  terms: readonly string[],
  cue: Cue,
  holdings: Holdings,
  scope: Scope,
  kernel: Kernel,
): Gathered {
  const { weights } = kernel;
  const all = findSpellings(evidence, terms, cue, holdings, scope, weights);
  const { idf, floor } = worthOf(all, cue, scope, weights);
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
    phrases: new Phrases(pairsOf(cue, new Set(terms), stored, weights)),
  };
}

function findSpellings(
  evidence: Evidence,
  terms: readonly string[],
  cue: Cue,
  holdings: Holdings,
  scope: Scope,
  weights: Weights,
): readonly Found[] {
  const gather = (term: number, share: number): readonly GatheredSpelling[] => {
    const { at, count } = term < 0 ? NOTHING : evidence.gather(holdings, scope, term);
    if (count === 0) return [];
    return [{ term, count, share, at, worth: share * inverseFrequency(count, scope.count) }];
  };
  let replaced = 0;
  let looked = 0;
  return terms.map((term) => {
    const weight = cue.weights.get(term) ?? 1;
    const spellings = [...gather(holdings.dictionary.find(term), weight)];
    const [itself] = spellings;
    const isReplaced = itself === undefined && weight === 1 && replaced < MAX_REPLACED_TERMS;
    const { others, max } = substitutes(holdings, term, isReplaced, weights);
    if (max === MAX_REPLACEMENTS) replaced++;
    for (const { term: other, share } of others) {
      if (spellings.length >= max || looked > MAX_POSTINGS) break;
      const found = gather(other, weight * share);
      for (const spelling of found) looked += spelling.count;
      spellings.push(...found);
    }
    return { term, itself, spellings };
  });
}

/** What the whole cue is worth, and the floor. */
function worthOf(
  all: readonly Found[],
  cue: Cue,
  scope: Scope,
  weights: Weights,
): Pick<Gathered, "idf" | "floor"> {
  let idf = 0;
  const sums = { found: 0, foundAmongMany: 0, amongMany: 0 };
  for (const { term, itself, spellings } of all) {
    const weight = cue.weights.get(term) ?? 1;
    idf += itself?.worth ?? weight * inverseFrequency(0, scope.count);
    const amongMany = weight * inverseFrequencyAmongMany(itself?.count ?? 0, scope.count);
    sums.amongMany += amongMany;
    sums.found += spellings[0]?.worth ?? 0;
    if (spellings.length > 0) sums.foundAmongMany += amongMany;
  }
  return { idf, floor: floorOf(sums, weights) };
}

/** The most a memory gets from a term. */
function maxOf(spellings: readonly Spelling[], weights: Weights): number {
  let worth = 0;
  for (const spelling of spellings) worth = Math.max(worth, spelling.worth);
  return maxMatch(worth, weights);
}

/**
 * What may stand for a term besides itself, best first, and how many spellings it may have in all.
 *
 * @param isReplaced - whether it may be replaced by terms like it, which words that ask or are vague are not worth
 */
function substitutes(
  { dictionary }: Holdings,
  term: string,
  isReplaced: boolean,
  weights: Weights,
): { readonly others: readonly Replacement[]; readonly max: number } {
  if (weights.replacement === 0) return { others: [], max: 0 };
  const pairs = pairsWith(dictionary, term);
  if (!isReplaced || pairs.length > 0) return { others: pairs, max: Number.POSITIVE_INFINITY };
  const others = likeTerms(dictionary, term);
  return {
    others: others.map((like) => ({ term: like.term, share: like.share * weights.replacement })),
    max: MAX_REPLACEMENTS,
  };
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
