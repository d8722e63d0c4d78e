/** What each part of the ranking contributed to a hit. The parts of a hit add up to its score. */
import type { Scope } from "../catalogue/scope.ts";
import type { Holdings } from "../holdings/holdings.ts";
import { MAX_FREQUENCY } from "../postings/postings.ts";
import { MARK_BYTE } from "../terms/stop-word-marks.ts";
import type { Weights } from "../weights.ts";
import type { Evidence } from "./evidence.ts";
import { meanLength, memorySaturation, saturated } from "./formula.ts";
import type { Gathered } from "./gather-evidence.ts";
import type { Priors } from "./priors.ts";

/**
 * The parts of a row's score, without those that are 0: its own `words`, what its `neighbours` lent beyond that, its
 * `session`, the priors, and what the ranker `added`.
 *
 * @param terms - the row's terms
 */
export function explainRow(
  row: number,
  terms: Int32Array,
  added: Readonly<Record<string, number>>,
  { holdings, scope, evidence, gathered, priors, weights }: Explained,
): Readonly<Record<string, number>> {
  const all = evidence.words.sum(row);
  const lent = all - ownWords(row, terms, { holdings, gathered, scope, weights });
  const neighbours = lent < MIN_LENT ? 0 : lent;
  const session = evidence.sessions.values[holdings.catalogue.conversations.codeOf(row)] ?? 0;
  const priorParts = Object.entries(priors.parts(row)).map(
    ([name, share]) => [name, share * gathered.idf] as const,
  );
  const parts = { words: all - neighbours, neighbours, session, ...Object.fromEntries(priorParts), ...added };
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== 0));
}

/** Less is what 32-bit sums round away. */
const MIN_LENT = 1e-4;

/** What one search knows of its hits. */
export interface Explained {
  readonly holdings: Holdings;
  readonly scope: Scope;
  readonly evidence: Evidence;
  readonly gathered: Gathered;
  readonly priors: Priors;
  readonly weights: Weights;
}

/** What a memory matches by itself, as `Evidence` counted it. */
function ownWords(
  row: number,
  terms: Int32Array,
  { holdings, gathered: { spellings }, scope, weights }: Omit<Explained, "evidence" | "priors">,
): number {
  const saturation = memorySaturation(meanLength(scope), weights);
  let words = 0;
  // Marks stand in postings alone.
  const only = new Uint8Array(holdings.catalogue.rows.span);
  only[row] = 1;
  const frequencies = new Map<number, number>();
  for (const term of terms) frequencies.set(term, (frequencies.get(term) ?? 0) + 1);
  for (const cueTerm of spellings) {
    let best = 0;
    for (const { term, worth } of cueTerm) {
      const isMark = holdings.dictionary.beginsWith(term, MARK_BYTE);
      const frequency = isMark
        ? holdings.postings.countIn(term, only)
        : Math.min(frequencies.get(term) ?? 0, MAX_FREQUENCY);
      if (frequency > 0) best = Math.max(best, worth * saturated(saturation, frequency, terms.length));
    }
    words += best;
  }
  return words;
}
