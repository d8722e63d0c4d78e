/**
 * The conversation kernel: what one posting of a term counts for its turn and for the turns around it. A question lends
 * its words to the answer, a speaker's turn to the same speaker's next, any turn a little to the one before; with an
 * assistant only the user's turn, to the answer. For each turn the largest loan of a term counts, never the sum:
 * sums let a chatty neighbourhood drown the turn itself.
 */
import { BEFORE, LINKS, NEXT, SESSION, SIGNS, SPEAKER_SHIFT } from "../catalogue/rows.ts";
import { BY_ASSISTANT, BY_USER } from "../catalogue/signs.ts";
import type { Weights } from "../weights.ts";
import { MAX_OWN_NEXT_DISTANCE, shareForBefore, shareForNext, shareForOwnNext } from "./formula.ts";
import type { RowTally } from "./row-tally.ts";

/** The bits that tell speakers apart by role and the low byte of their code: enough while there are few of them. */
const WHO = (-1 << SPEAKER_SHIFT) | BY_ASSISTANT | BY_USER;

/** Turns lend only within the scope, and only when some weight says so. */
export interface Kernel {
  readonly links: Int32Array;
  /** By row: speaker codes. */
  readonly speakers: Int32Array;
  readonly passes: Uint8Array;
  readonly weights: Weights;
  /** What one search may score. */
  readonly maxPostings: number;
}

/** Lends what a row matches of one term, `value`, to its neighbours. */
export function lendToNeighbours(kernel: Kernel, row: number, value: number, words: RowTally): void {
  const { links, weights } = kernel;
  const signs = links[row * LINKS + SIGNS] ?? 0;
  const before = links[row * LINKS + BEFORE] ?? -1;
  if (before >= 0) {
    const share = shareForBefore(signs, links[before * LINKS + SIGNS] ?? 0, weights);
    lend(kernel, before, value * share, words);
  }
  const next = links[row * LINKS + NEXT] ?? -1;
  if (next < 0) return;
  const nextSigns = links[next * LINKS + SIGNS] ?? 0;
  const share = shareForNext(signs, nextSigns, areBySame(kernel, row, next), weights);
  lend(kernel, next, value * share, words);
  const ownShare = shareForOwnNext(signs, weights);
  if (ownShare > 0) lend(kernel, nextBySame(kernel, row, next), value * ownShare, words);
}

/** The next turn by whoever spoke at `row`, from `next` on, unless the assistant speaks first; or -1. */
function nextBySame(kernel: Kernel, row: number, next: number): number {
  const { links } = kernel;
  let turn = next;
  for (let step = 0; step < MAX_OWN_NEXT_DISTANCE && turn >= 0; step++) {
    if (areBySame(kernel, row, turn)) return turn;
    if (((links[turn * LINKS + SIGNS] ?? 0) & BY_ASSISTANT) !== 0) return -1;
    turn = links[turn * LINKS + NEXT] ?? -1;
  }
  return -1;
}

function areBySame({ links, speakers }: Kernel, a: number, b: number): boolean {
  const differences = (links[a * LINKS + SIGNS] ?? 0) ^ (links[b * LINKS + SIGNS] ?? 0);
  return (differences & WHO) === 0 && speakers[a] === speakers[b];
}

function lend({ passes, links }: Kernel, row: number, value: number, words: RowTally): void {
  if (row >= 0 && value > 0 && passes[row] === 1) words.raise(row, value, links[row * LINKS + SESSION] ?? 0);
}
