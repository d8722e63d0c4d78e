/**
 * The phrase bonus: two terms that follow each other in the cue and stand together in the memory say more than two terms
 * apart. Positions are those of terms, stop words not counted.
 */
import { phraseBonus } from "./formula.ts";

/** Two terms that follow each other in the cue, by their stored numbers, and what finding them together is worth. */
export interface TermPair {
  readonly first: number;
  readonly second: number;
  readonly worth: number;
}

/** Looks for the same pairs in one memory after another. */
export class Phrases {
  readonly #pairs: readonly TermPair[];
  /** By term of a pair: where it stands in the memory at hand. */
  readonly #positions: ReadonlyMap<number, number[]>;

  constructor(pairs: readonly TermPair[]) {
    this.#pairs = pairs;
    this.#positions = new Map(
      pairs.flatMap(({ first, second }) => [
        [first, []],
        [second, []],
      ]),
    );
  }

  /**
   * What the pairs found in a memory are worth.
   *
   * @param terms - the memory's terms in order
   */
  bonus(terms: Int32Array): number {
    if (this.#pairs.length === 0) return 0;
    for (const positions of this.#positions.values()) positions.length = 0;
    for (let index = 0; index < terms.length; index++) this.#positions.get(terms[index] ?? 0)?.push(index);
    let bonus = 0;
    for (const { first, second, worth } of this.#pairs) {
      const gap = smallestGap(this.#positions.get(first) ?? [], this.#positions.get(second) ?? []);
      bonus += phraseBonus(worth, gap);
    }
    return bonus;
  }
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
