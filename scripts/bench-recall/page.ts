/** The page of one data set. */
import { table } from "../bench/statistics.ts";
import { evidenceSection } from "./evidence.ts";
import { goalLines } from "./goals.ts";
import type { Measured } from "./goals.ts";
import type { DataSet } from "./conversations.ts";
import { MEASURES } from "./measures.ts";
import type { Measures } from "./measures.ts";
import type { Evaluation, Figures } from "./searcher.ts";
import { tokenSection } from "./token-cost.ts";

export interface Results extends Measured {
  /** Everything that ranked the turns, the product first. */
  readonly systems: readonly (readonly [name: string, Evaluation])[];
  /** The index alone without one part each. */
  readonly ablations: readonly (readonly [part: string, Evaluation])[];
}

export function pageOf({ name, conversations }: DataSet, results: Results): string {
  const turns = conversations.reduce((sum, { docs }) => sum + docs.length, 0);
  const { systems, product, evidence, tokens } = results;
  const all = systems.map(([system, { all: figures }]) => [system, figures] as const);
  return `## ${name}: ${product.all.questions} questions, ${turns.toLocaleString("en")} turns

${goalLines(name, results)}

### Turns

${measuresTable(all.map(([system, { turn }]) => [system, turn]))}

### Sessions

${measuresTable(all.map(([system, { session }]) => [system, session]))}

### Turns by category

${categoriesTable(results)}

${evidence === undefined ? "" : `${evidenceSection(evidence)}\n\n`}${tokenSection(tokens)}

${auditedSection(all)}### Without each part

Points lost of the mean of R@5, R@10 and nDCG@10 of turns; below zero, the ranking gains without it on these data.

${ablationsTable(results)}
`;
}

/** The product through the vault, and beside it the R@10 of the index alone and of plain BM25. */
function categoriesTable({ product, index, plain }: Results): string {
  return table(
    ["", ...MEASURES.map(([, title]) => title), "the index alone, R@10", "plain BM25, R@10"],
    [...product.byCategory].map(([category, { turn, questions }]) => [
      `${category} (${questions})`,
      ...MEASURES.map(([key]) => share(turn[key])),
      ...[index, plain].map(({ byCategory }) => share(byCategory.get(category)?.turn.recall10 ?? 0)),
    ]),
  );
}

/** Nothing where the audit changed no label. */
function auditedSection(all: readonly (readonly [string, Figures])[]): string {
  if (all.every(([, { turn, audited }]) => turn.ndcg10 === audited.ndcg10)) return "";
  return `### Turns by the audited labels

${measuresTable(all.slice(0, 3).map(([system, { audited }]) => [system, audited]))}

`;
}

function ablationsTable({ index, ablations }: Results): string {
  return table(
    ["without", "points lost", "R@5", "R@10", "nDCG@10"],
    ablations.map(
      ([
        part,
        {
          all: { turn },
        },
      ]) => [
        part,
        (100 * (meanOf(index.all.turn) - meanOf(turn))).toFixed(1),
        share(turn.recall5),
        share(turn.recall10),
        share(turn.ndcg10),
      ],
    ),
  );
}

function measuresTable(rows: readonly (readonly [string, Measures])[]): string {
  return table(
    ["", ...MEASURES.map(([, title]) => title)],
    rows.map(([name, measures]) => [name, ...MEASURES.map(([key]) => share(measures[key]))]),
  );
}

function meanOf({ recall5, recall10, ndcg10 }: Measures): number {
  return (recall5 + recall10 + ndcg10) / 3;
}

function share(value: number): string {
  return value.toFixed(3).replace(/^0/, "");
}
