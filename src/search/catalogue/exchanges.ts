/**
 * Exchanges: a request of the user and the assistant's turns that answer it. Told by the order of the
 * conversation; notes are in none.
 */
import type { Catalogue } from "./catalogue.ts";
import { BY_ASSISTANT, BY_USER, IS_NOTE } from "./signs.ts";

const NO_ROW = -1;
/** From a turn so many are looked at on either side. */
const MAX_ANSWERS = 64;

interface ExchangeOfRows {
  readonly request: number | undefined;
  /** Oldest first. */
  readonly answers: readonly number[];
}

/** @param row - or -1 */
export function exchangeOf(catalogue: Catalogue, row: number): ExchangeOfRows {
  const { rows, conversations } = catalogue;
  const isBy = (turn: number, sign: number) =>
    turn !== NO_ROW && rows.chained.array[turn] === 1 && (rows.signs(turn) & (sign | IS_NOTE)) === sign;
  let request = row;
  for (let steps = 0; steps < MAX_ANSWERS && isBy(request, BY_ASSISTANT); steps++)
    request = conversations.before(request);
  if (!isBy(request, BY_USER)) return { request: undefined, answers: [] };
  const answers: number[] = [];
  for (
    let turn = conversations.next(request);
    answers.length < MAX_ANSWERS && isBy(turn, BY_ASSISTANT);
    turn = conversations.next(turn)
  )
    answers.push(turn);
  return { request, answers };
}
