/** How much two sections say the same: Dice's coefficient of their words, headings left aside. */

/** How often each word occurs. */
export interface Words {
  readonly counts: ReadonlyMap<string, number>;
  readonly total: number;
}

const HEADING_LINE = /^ {0,3}#{1,6}(?:[ \t]|$).*$/gmu;
const WORD = /[\p{L}\p{M}\p{N}]+/gu;

export function wordsOf(section: string): Words {
  const counts = new Map<string, number>();
  let total = 0;
  for (const [word] of section.replaceAll(HEADING_LINE, "").toLowerCase().matchAll(WORD)) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
    total += 1;
  }
  return { counts, total };
}

/** @returns 0 for nothing in common, 1 for the same words */
export function likeness(one: Words, other: Words): number {
  if (one.total + other.total === 0) return 0;
  let shared = 0;
  for (const [word, count] of one.counts) shared += Math.min(count, other.counts.get(word) ?? 0);
  return (2 * shared) / (one.total + other.total);
}
