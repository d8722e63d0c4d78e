/**
 * The conversation kernel: what one posting of a term counts for its turn and for the turns around it. A question lends
 * its words to the answer, a speaker's turn to the same speaker's next, any turn a little to the one before; with an
 * assistant only questions and the answers asked for. For each turn the largest loan of a term counts, never the sum:
 * sums let a chatty neighbourhood drown the turn itself.
 */
import { ASKS, BEFORE, BY_ASSISTANT, BY_USER, LINKS, NEXT, SIGNS, SPEAKER_SHIFT } from "../catalogue/rows.ts";
import type { Weights } from "../weights.ts";
import type { Tally } from "./tally.ts";

/** The bits of a row's signs that tell speakers apart: name and role. */
const WHO = (-1 << SPEAKER_SHIFT) | BY_ASSISTANT | BY_USER;
/** How many turns on the same speaker's next is looked for. */
const REACH = 3;

/** Turns lend only within the scope, and only when some weight says so. */
export interface Kernel {
  readonly links: Int32Array;
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
export function lendToNeighbours(kernel: Kernel, row: number, value: number, best: Tally): void {
  const { links, weights } = kernel;
  const signs = links[row * LINKS + SIGNS] ?? 0;
  const next = links[row * LINKS + NEXT] ?? -1;
  const nextSigns = next < 0 ? 0 : (links[next * LINKS + SIGNS] ?? 0);
  const asks = (signs & ASKS) !== 0;
  if ((signs & BY_ASSISTANT) !== 0) {
    const isReply = asks && (nextSigns & BY_ASSISTANT) === 0;
    if (isReply) lend(kernel, next, value * weights.replyToAssistant, best);
    return;
  }
  const before = links[row * LINKS + BEFORE] ?? -1;
  if (before >= 0 && ((links[before * LINKS + SIGNS] ?? 0) & BY_ASSISTANT) === 0)
    lend(kernel, before, value * weights.before, best);
  if (next < 0) return;
  if ((nextSigns & BY_ASSISTANT) !== 0) {
    if (kernel.asksAssistant) lend(kernel, next, value * weights.answerOfAssistant, best);
    return;
  }
  if (((nextSigns ^ signs) & WHO) !== 0)
    lend(kernel, next, value * (asks ? weights.nextAfterQuestion : weights.nextByOther), best);
  lend(kernel, nextOfSame(links, next, signs), value * weights.nextBySame, best);
}

/** The next turn by whoever spoke with `signs`, from `row` on, unless the assistant speaks first; or -1. */
function nextOfSame(links: Int32Array, row: number, signs: number): number {
  let turn = row;
  for (let step = 0; step < REACH && turn >= 0; step++) {
    const turnSigns = links[turn * LINKS + SIGNS] ?? 0;
    if (((turnSigns ^ signs) & WHO) === 0) return turn;
    if ((turnSigns & BY_ASSISTANT) !== 0) return -1;
    turn = links[turn * LINKS + NEXT] ?? -1;
  }
  return -1;
}

function lend({ passes }: Kernel, row: number, value: number, best: Tally): void {
  if (row >= 0 && passes[row] === 1) best.raise(row, value);
}
