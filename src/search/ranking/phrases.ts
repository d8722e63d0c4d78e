/**
 * The phrase bonus: two terms that follow each other in the cue and stand together in the memory say more than two terms
 * apart. Positions are those of terms, stop words not counted.
 */

/** Two terms that follow each other in the cue, by their stored numbers, and what finding them together is worth. */
export interface TermPair {
  readonly first: number;
  readonly second: number;
  readonly worth: number;
}

const GAP_MOST = 3;
const APART_SHARE = 0.5;

/**
 * What the pairs of a cue found in a memory are worth.
 *
 * @param terms - the memory's terms in order
 */
export function phraseBonus(pairs: readonly TermPair[], terms: Int32Array): number {
  const positions = positionsOf(pairs, terms);
  let bonus = 0;
  for (const { first, second, worth } of pairs) {
    const gap = smallestGap(positions.get(first) ?? [], positions.get(second) ?? []);
    if (gap <= GAP_MOST) bonus += gap === 1 ? worth : worth * APART_SHARE;
  }
  return bonus;
}

function positionsOf(pairs: readonly TermPair[], terms: Int32Array): ReadonlyMap<number, number[]> {
  const positions = new Map<number, number[]>();
  for (const { first, second } of pairs) positions.set(first, []).set(second, []);
  for (let index = 0; index < terms.length; index++) positions.get(terms[index] ?? 0)?.push(index);
  return positions;
}

/** The smallest distance between a number of one sorted list and another of the other. */
function smallestGap(a: readonly number[], b: readonly number[]): number {
  let smallest = Number.POSITIVE_INFINITY;
  let [left, right] = [0, 0];
  while (left < a.length && right < b.length) {
    const difference = (b[right] ?? 0) - (a[left] ?? 0);
    if (difference !== 0) smallest = Math.min(smallest, Math.abs(difference));
    if (difference > 0) left++;
    else right++;
  }
  return smallest;
}
