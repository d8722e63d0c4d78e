/**
 * The terms of a cue against what is stored: names of speakers are set aside, and terms there is no time for.
 */
import type { Scope } from "../catalogue/scope.ts";
import { partsNamed } from "../cue/cue.ts";
import type { Cue } from "../cue/cue.ts";
import type { Holdings } from "../holdings/holdings.ts";
import { termsOf } from "../terms/terms.ts";
import type { Weights } from "../weights.ts";

/** Postings one search may look at, so that no cue takes longer than a moment; the rarest terms come first. */
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
 * The terms of a cue that there is time to look up, in its order: the commonest are the first to be left out.
 *
 * @param speakers - set aside, unless the cue holds nothing else
 */
export function termsToScore(
  { dictionary }: Holdings,
  cue: Cue,
  speakers: ReadonlySet<string>,
): readonly TermToScore[] {
  const all = [...cue.weights.keys()];
  const others = all.filter((term) => !speakers.has(term));
  const terms = (others.length > 0 ? others : all).map((term) => {
    const number = dictionary.find(term);
    return { term, number, holders: dictionary.holders.array[number] ?? 0 };
  });
  let looked = 0;
  const rarestFirst = terms.toSorted((a, b) => a.holders - b.holders);
  const affordable = rarestFirst.filter(({ holders }, index) => {
    looked += holders;
    return index === 0 || looked <= MAX_POSTINGS;
  });
  const kept = new Set(affordable);
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
