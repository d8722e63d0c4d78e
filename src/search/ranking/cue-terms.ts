/**
 * The terms of a cue against what is stored: names of speakers are set aside, and terms there is no time for.
 */
import type { Scope } from "../catalogue/scope.ts";
import { partsNamed } from "../cue/cue.ts";
import type { Cue } from "../cue/understood-cue.ts";
import type { Holdings } from "../holdings/holdings.ts";
import { termsOf } from "../terms/terms.ts";
import type { Weights } from "../weights.ts";

/** Postings in scope that one search may score, so that no cue takes longer than a moment; the rarest terms come first. */
export const MAX_POSTINGS = 2_500_000;

/** The speakers in scope whose name, or a part of it, the cue holds: their codes and the terms of their names. */
export interface NamedSpeakers {
  readonly codes: ReadonlySet<number>;
  readonly terms: ReadonlySet<string>;
}

/** None when the weights do not count speakers. */
export function namedSpeakers(
  { catalogue }: Holdings,
  scope: Scope,
  cue: Cue,
  weights: Weights,
): NamedSpeakers {
  const codes = new Set<number>();
  const terms = new Set<string>();
  if (weights.speaker === 0) return { codes, terms };
  for (const [code, name] of catalogue.speakers.entries()) {
    const named = partsNamed(name, cue);
    if (named.length === 0 || !speaks(catalogue.rows.speaker.array, scope.passes, code)) continue;
    codes.add(code);
    for (const part of named) for (const term of termsOf(part)) terms.add(term);
  }
  return { codes, terms };
}

/**
 * The terms of a cue that there is time to score, in its order: the commonest are the first to be left out. How common they
 * are is counted in scope: what stands in other memories must not decide what an answer holds. Where all memories together
 * hold no more than `most` there is nothing to leave out and nothing to count.
 *
 * @param speakers - set aside, unless the cue holds nothing else
 * @param most - postings
 */
export function termsToScore(
  { dictionary, postings }: Holdings,
  scope: Pick<Scope, "passes">,
  cue: Cue,
  speakers: ReadonlySet<string>,
  most: number,
): readonly TermToScore[] {
  const all = [...cue.weights.keys()];
  const others = all.filter((term) => !speakers.has(term));
  const terms = (others.length > 0 ? others : all).map((term) => ({ term, number: dictionary.find(term) }));
  const everywhere = terms.reduce((sum, { number }) => sum + (number < 0 ? 0 : postings.count(number)), 0);
  if (everywhere <= most) return terms;
  const counted = terms.map((term) => {
    const count = term.number < 0 ? 0 : postings.countIn(term.number, scope.passes);
    return { term, count };
  });
  let scored = 0;
  const affordable = counted
    .toSorted((a, b) => a.count - b.count)
    .filter(({ count }, index) => {
      scored += count;
      return index === 0 || scored <= most;
    });
  const kept = new Set(affordable.map(({ term }) => term));
  return terms.filter((term) => kept.has(term));
}

export interface TermToScore {
  readonly term: string;
  /** In the dictionary, or -1. */
  readonly number: number;
}

function speaks(speakers: Int32Array, passes: Uint8Array, code: number): boolean {
  for (let row = 0; row < passes.length; row++) if (passes[row] === 1 && speakers[row] === code) return true;
  return false;
}
