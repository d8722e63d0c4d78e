/**
 * The conversation kernel: what one posting of a term counts for its turn and for the turns around it. A question lends
 * its words to the answer, a speaker's turn to the same speaker's next, any turn a little to the one before; with an
 * assistant only questions and the answers asked for. For each turn the largest loan of a term counts, never the sum:
 * sums let a chatty neighbourhood drown the turn itself.
 */
import {
  ASKS,
  BEFORE,
  BY_ASSISTANT,
  BY_USER,
  LINKS,
  NEXT,
  SESSION,
  SIGNS,
  SPEAKER_SHIFT,
} from "../catalogue/rows.ts";
import type { Weights } from "../weights.ts";
import type { RowTally } from "./row-tally.ts";

/** The bits that tell speakers apart by role and the low byte of their code: enough while there are few of them. */
const WHO = (-1 << SPEAKER_SHIFT) | BY_ASSISTANT | BY_USER;
/** How many turns on the same speaker's next is looked for. */
const REACH = 3;

/** Turns lend only within the scope, and only when some weight says so. */
export interface Kernel {
  readonly links: Int32Array;
  /** By row: speaker codes. */
  readonly speakers: Int32Array;
  readonly passes: Uint8Array;
  readonly weights: Weights;
  readonly asksAssistant: boolean;
}

/** Whether any turn lends anything. */
export function lends({ weights }: Kernel): boolean {
  const shares = [weights.nextAfterQuestion, weights.nextByOther, weights.nextBySame, weights.before];
  return [...shares, weights.replyToAssistant, weights.answerOfAssistant].some((share) => share > 0);
}

/** Lends what a row matches of one term, `value`, to its neighbours. */
export function lendToNeighbours(kernel: Kernel, row: number, value: number, words: RowTally): void {
  const { links, weights } = kernel;
  const signs = links[row * LINKS + SIGNS] ?? 0;
  const next = links[row * LINKS + NEXT] ?? -1;
  const nextSigns = next < 0 ? 0 : (links[next * LINKS + SIGNS] ?? 0);
  const asks = (signs & ASKS) !== 0;
  if ((signs & BY_ASSISTANT) !== 0) {
    const isReply = asks && (nextSigns & BY_ASSISTANT) === 0;
    if (isReply) lend(kernel, next, value * weights.replyToAssistant, words);
    return;
  }
  const before = links[row * LINKS + BEFORE] ?? -1;
  if (before >= 0 && ((links[before * LINKS + SIGNS] ?? 0) & BY_ASSISTANT) === 0)
    lend(kernel, before, value * weights.before, words);
  if (next < 0) return;
  if ((nextSigns & BY_ASSISTANT) !== 0) {
    if (kernel.asksAssistant) lend(kernel, next, value * weights.answerOfAssistant, words);
    return;
  }
  if (!areBySame(kernel, row, next))
    lend(kernel, next, value * (asks ? weights.nextAfterQuestion : weights.nextByOther), words);
  lend(kernel, nextBySame(kernel, row, next), value * weights.nextBySame, words);
}

/** The next turn by whoever spoke at `row`, from `next` on, unless the assistant speaks first; or -1. */
function nextBySame(kernel: Kernel, row: number, next: number): number {
  const { links } = kernel;
  let turn = next;
  for (let step = 0; step < REACH && turn >= 0; step++) {
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
