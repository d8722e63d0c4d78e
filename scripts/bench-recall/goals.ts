/** What the design asks for, and the guard: no set and no kind of question may fall below plain BM25. */
import type { Evidence } from "./evidence.ts";
import type { Evaluation, Figures } from "./searcher.ts";
import type { TokenCost } from "./token-cost.ts";

/** A category of fewer questions says nothing. */
const MIN_QUESTIONS = 10;

export interface Measured {
  /** The product, through the vault. */
  readonly product: Evaluation;
  /** The product's index alone, which knows the time of the question. */
  readonly index: Evaluation;
  readonly plain: Evaluation;
  readonly tokens: TokenCost;
  readonly evidence: Evidence | undefined;
}

interface Goal {
  readonly what: string;
  /** At least, unless `isMost`. */
  readonly goal: number;
  readonly isMost?: boolean;
  readonly of: (measured: Measured) => number;
}

const TOKENS: Goal = {
  what: "tokens of a median answer",
  goal: 700,
  isMost: true,
  of: ({ tokens }) => Math.max(tokens.text.p50, tokens.structured.p50),
};

const GOALS: Readonly<Record<string, readonly Goal[]>> = {
  Coding: [
    { what: "R@5 of turns", goal: 0.54, of: ({ product }) => product.all.turn.recall5 },
    { what: "R@10 of turns", goal: 0.69, of: ({ product }) => product.all.turn.recall10 },
    { what: "MRR of turns", goal: 0.53, of: ({ product }) => product.all.turn.mrr },
    { what: "evidence in one search", goal: 0.52, of: ({ evidence }) => evidence?.all.found ?? 0 },
    { what: "evidence after one get", goal: 0.84, of: ({ evidence }) => evidence?.all.foundAfterGet ?? 0 },
    TOKENS,
  ],
  LoCoMo: [{ what: "R@10 of turns", goal: 0.8, of: ({ product }) => product.all.turn.recall10 }, TOKENS],
  "LongMemEval-S": [
    { what: "R@10 of turns", goal: 0.9, of: ({ product }) => product.all.turn.recall10 },
    TOKENS,
  ],
};

/** A line for each goal of a data set. */
export function goalLines(set: string, measured: Measured): string {
  const lines = (GOALS[set] ?? []).map(({ what, goal, isMost = false, of }) => {
    const value = of(measured);
    const isReached = isMost ? value <= goal : value >= goal;
    return `- ${what} ${isMost ? "≤" : "≥"} ${written(goal)}: ${written(value)}, ${isReached ? "reached" : "missed"}.`;
  });
  return lines.join("\n");
}

/** Where R@10 of turns is below that of plain BM25, in words; empty when nowhere. */
export function belowPlain(set: string, { product, index, plain }: Measured): readonly string[] {
  const ways = [
    ["through the vault", product],
    ["the index alone", index],
  ] as const;
  return ways.flatMap(([way, measured]) => {
    const ranked = byWhat(measured);
    return [...byWhat(plain)].flatMap(([what, { questions, turn }]) => {
      const [reached, least] = [ranked.get(what)?.turn.recall10 ?? 0, turn.recall10];
      if (questions < MIN_QUESTIONS || reached >= least) return [];
      return [`${set}, ${what}, ${way}: R@10 ${written(reached)}, plain BM25 ${written(least)}`];
    });
  });
}

function byWhat({ all, byCategory }: Evaluation): ReadonlyMap<string, Figures> {
  const categories = [...byCategory].map(([category, figures]) => [`category ${category}`, figures] as const);
  return new Map([["all questions", all] as const, ...categories]);
}

function written(value: number): string {
  return value > 1 ? value.toFixed(0) : value.toFixed(3).replace(/^0/, "");
}
