/** What a ranking is worth: recall, any-hit, reciprocal rank and discounted gain of the turns and sessions that answer. */

export interface Measures {
  readonly recall1: number;
  readonly recall5: number;
  readonly recall10: number;
  readonly recall20: number;
  readonly any5: number;
  readonly any10: number;
  readonly mrr: number;
  readonly ndcg10: number;
}

export const MEASURES: readonly (readonly [key: keyof Measures, title: string])[] = [
  ["recall1", "R@1"],
  ["recall5", "R@5"],
  ["recall10", "R@10"],
  ["recall20", "R@20"],
  ["any5", "any@5"],
  ["any10", "any@10"],
  ["mrr", "MRR"],
  ["ndcg10", "nDCG@10"],
];

/** Measures of one ranking, best first, against what is relevant. */
export function measure(ranked: readonly number[], relevant: ReadonlySet<number>): Measures {
  const recall = (depth: number) =>
    ranked.slice(0, depth).filter((item) => relevant.has(item)).length / relevant.size;
  const first = ranked.findIndex((item) => relevant.has(item));
  return {
    recall1: recall(1),
    recall5: recall(5),
    recall10: recall(10),
    recall20: recall(20),
    any5: recall(5) > 0 ? 1 : 0,
    any10: recall(10) > 0 ? 1 : 0,
    mrr: first < 0 ? 0 : 1 / (first + 1),
    ndcg10: gain(ranked.slice(0, 10), relevant),
  };
}

/** The mean of each measure. */
export function mean(all: readonly Measures[]): Measures {
  const sums = { recall1: 0, recall5: 0, recall10: 0, recall20: 0, any5: 0, any10: 0, mrr: 0, ndcg10: 0 };
  for (const each of all) for (const [key] of MEASURES) sums[key] += each[key] / all.length;
  return sums;
}

function gain(top: readonly number[], relevant: ReadonlySet<number>): number {
  const discount = (place: number) => 1 / Math.log2(place + 2);
  const got = top.reduce((sum, item, place) => sum + (relevant.has(item) ? discount(place) : 0), 0);
  let best = 0;
  for (let place = 0; place < Math.min(10, relevant.size); place++) best += discount(place);
  return got / best;
}
