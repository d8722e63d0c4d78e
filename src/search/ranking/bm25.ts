/**
 * BM25 in parts (S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009): how rare
 * a term is, and how much one more of it in a document counts.
 */
import type { Weights } from "../weights.ts";

/** How rare a term is that `holders` of `count` documents hold; above 0. */
export function inverseFrequency(holders: number, count: number): number {
  return Math.log(1 + (count - holders + 0.5) / (holders + 0.5));
}

/**
 * What a frequency counts in a document: from 0 towards `saturation + 1`.
 *
 * @param relativeLength - length of the document over the mean
 * @param lengthShare - how much of the length counts, 0 to 1
 */
export function saturate(
  frequency: number,
  relativeLength: number,
  saturation: number,
  lengthShare: number,
): number {
  const norm = saturation * (1 - lengthShare + lengthShare * relativeLength);
  return (frequency * (saturation + 1)) / (frequency + norm);
}

/** What a term counts in a memory: its saturated frequency, and never less than the lower bound. */
export function matchOf(
  frequency: number,
  relativeLength: number,
  { termSaturation, lengthShare, matchLeast }: Weights,
): number {
  return Math.max(matchLeast, saturate(frequency, relativeLength, termSaturation, lengthShare));
}
