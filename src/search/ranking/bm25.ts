/**
 * BM25 in parts (S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009): how rare
 * a term is, and how much one more of it in a document counts.
 */
import type { Weights } from "../weights.ts";

/** How rare a term is that `holders` of `count` documents hold; above 0. */
export function inverseFrequency(holders: number, count: number): number {
  return Math.log(1 + (count - holders + 0.5) / (holders + 0.5));
}

/** How much of a term counts in one document after another. What is the same for all of them is worked out once. */
export class Saturation {
  readonly #top: number;
  readonly #base: number;
  readonly #perLength: number;
  readonly #least: number;

  /**
   * @param meanLength - of the documents, above 0
   * @param saturation - how fast more of the same term stops counting
   * @param lengthShare - how much of the length counts, 0 to 1
   * @param least - what a term counts at least
   */
  constructor(meanLength: number, saturation: number, lengthShare: number, least: number = 0) {
    this.#top = saturation + 1;
    this.#base = saturation * (1 - lengthShare);
    this.#perLength = (saturation * lengthShare) / meanLength;
    this.#least = least;
  }

  /** What a frequency counts in a document of some length: from the least towards `saturation + 1`. */
  of(frequency: number, length: number): number {
    const norm = this.#base + this.#perLength * length;
    return Math.max(this.#least, (frequency * this.#top) / (frequency + norm));
  }
}

/** What a term counts in memories with that many terms in the mean. */
export function memorySaturation(
  meanLength: number,
  { termSaturation, lengthShare, matchLeast }: Weights,
): Saturation {
  return new Saturation(meanLength, termSaturation, lengthShare, matchLeast);
}
