/** Term by term: the stored spellings of each cue term, their rarity in scope, and what they say of each memory. */
import type { Scope } from "../catalogue/scope.ts";
import type { Cue } from "../cue/cue.ts";
import type { Holdings } from "../holdings.ts";
import { inverseFrequency } from "./bm25.ts";
import type { Evidence } from "./evidence.ts";
import type { Kernel } from "./kernel.ts";
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
  /** Neighbouring terms of the cue that are stored as they are. */
  readonly pairs: readonly TermPair[];
}

const REPLACEMENTS_MOST = 3;
/** Terms of a cue that are replaced at most: each costs a walk through the whole dictionary. */
const REPLACED_MOST = 3;
/**
 * The floor is judged as if so many more memories were there that hold none of the terms: in a vault of three notes every
 * word that is found is common, and one that is not would outweigh it.
 */
const OTHERS = 1_000;

/** Fills the evidence, which must be prepared, from the terms that are scored. */
export function gatherEvidence(
  evidence: Evidence,
  terms: readonly string[],
  cue: Cue,
  holdings: Holdings,
  scope: Scope,
  kernel: Kernel,
): Gathered {
  const stored = new Map<string, Spelling>();
  const spellings: Spelling[][] = [];
  let idf = 0;
  let replaced = 0;
  const floor = { found: 0, foundOfMany: 0, ofMany: 0 };

  const addSpelling = (term: number, share: number): Spelling | undefined => {
    const count = term < 0 ? 0 : evidence.gather(holdings, scope, term);
    if (count === 0) return undefined;
    evidence.addGathered(count, share, scope, kernel);
    return { term, count, worth: share * inverseFrequency(count, scope.count) };
  };
  for (const term of terms) {
    const weight = cue.weights.get(term) ?? 1;
    const itself = addSpelling(holdings.dictionary.find(term), weight);
    if (itself !== undefined) stored.set(term, itself);
    const found = itself === undefined ? [] : [itself];
    const { others, most } = substitutes(
      holdings,
      term,
      itself === undefined && weight === 1 && replaced < REPLACED_MOST,
      kernel,
    );
    if (most === REPLACEMENTS_MOST) replaced++;
    for (const { term: other, share } of others) {
      if (found.length >= most) break;
      const spelling = addSpelling(other, weight * share);
      if (spelling !== undefined) found.push(spelling);
    }
    evidence.endTerm();
    spellings.push(found);
    idf += itself?.worth ?? weight * inverseFrequency(0, scope.count);
    const ofMany = weight * inverseFrequency(itself?.count ?? 0, scope.count + OTHERS);
    floor.ofMany += ofMany;
    floor.found += found[0]?.worth ?? 0;
    if (found.length > 0) floor.foundOfMany += ofMany;
  }
  const least = (kernel.weights.floor * floor.ofMany * floor.found) / floor.foundOfMany;
  return {
    idf: idf > 0 ? idf : 1,
    floor: least,
    spellings,
    pairs: pairsOf(cue, new Set(terms), stored, kernel.weights.phrase),
  };
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
  { weights }: Kernel,
): { readonly others: readonly Replacement[]; readonly most: number } {
  if (weights.replacement === 0) return { others: [], most: 0 };
  const pairs = pairsWith(dictionary, term);
  if (!isReplaced || pairs.length > 0) return { others: pairs, most: Number.POSITIVE_INFINITY };
  const others = likeTerms(dictionary, term);
  return {
    others: others.map((like) => ({ term: like.term, share: like.share * weights.replacement })),
    most: REPLACEMENTS_MOST,
  };
}

function pairsOf(
  cue: Cue,
  scored: ReadonlySet<string>,
  stored: ReadonlyMap<string, Spelling>,
  share: number,
): readonly TermPair[] {
  const pairs = new Map<string, TermPair>();
  const sequence = share === 0 ? [] : cue.sequence.filter((term) => scored.has(term));
  for (const [index, term] of sequence.entries()) {
    const next = sequence[index + 1] ?? term;
    const [first, second] = [stored.get(term), stored.get(next)];
    if (next === term || first === undefined || second === undefined) continue;
    const worth = share * Math.min(first.worth, second.worth);
    pairs.set(`${term} ${next}`, { first: first.term, second: second.term, worth });
  }
  return [...pairs.values()];
}
