/**
 * What a search over MCP costs a model: `memory_search` of the real server at its default settings, in the conversation's
 * project, counted by gpt-tokenizer; and which answers say that they may not answer.
 */
import { countTokens } from "gpt-tokenizer";
import { summarise, table } from "../bench/statistics.ts";
import type { Summary } from "../bench/statistics.ts";
import type { DataSet } from "./conversations.ts";
import type { ModelClient, SearchAnswer } from "./model-client.ts";

/** What the server keeps its answers under when not told otherwise. */
const BUDGET = 1_200;

/** Parts of an answer's text that come from a hit, each with its key. */
const PARTS = [
  ["snippets", "snippet"],
  ["ids", "id"],
  ["dates and ages, projects, roles and speakers", "about"],
] as const;

export interface TokenCost {
  readonly answers: number;
  readonly hits: Summary;
  readonly text: Summary;
  readonly structured: Summary;
  /** The dearer of the two by the server's own estimate: UTF-8 bytes / 3. */
  readonly estimated: Summary;
  /** Answers of which one rendering is counted over the budget. */
  readonly overBudget: number;
  /** Mean tokens an answer's text spends on each part. */
  readonly parts: readonly (readonly [part: string, tokens: number])[];
  /** Share of the answers that say they are weak, and of those to questions that nothing answers. */
  readonly weak: number;
  readonly weakOfUnanswered: number | undefined;
}

/** Asks every question of the data once. @throws Error when an answer is an error */
export async function measureTokenCost(model: ModelClient, { conversations }: DataSet): Promise<TokenCost> {
  const answers: SearchAnswer[] = [];
  const others: SearchAnswer[] = [];
  for (const { id, queries, unanswered } of conversations) {
    for (const { q } of queries) answers.push(await model.search(q, id));
    for (const { q } of unanswered) others.push(await model.search(q, id));
  }
  return {
    answers: answers.length,
    hits: summarise(answers.map(({ hits }) => hits.length)),
    text: summarise(answers.map(({ textTokens }) => textTokens)),
    structured: summarise(answers.map(({ structuredTokens }) => structuredTokens)),
    estimated: summarise(
      answers.map(({ text, structured }) => Math.max(utf8Bytes(text), utf8Bytes(structured)) / 3),
    ),
    overBudget: answers.filter(
      ({ textTokens, structuredTokens }) => Math.max(textTokens, structuredTokens) > BUDGET,
    ).length,
    parts: partsOf(answers),
    weak: weakShare(answers),
    weakOfUnanswered: others.length === 0 ? undefined : weakShare(others),
  };
}

/** The section of the page. */
export function tokenSection(cost: TokenCost): string {
  const row = (name: string, { p50, p95, max }: Summary) => [
    name,
    ...[p50, p95, max].map((n) => n.toFixed(0)),
  ];
  const all = cost.parts.reduce((sum, [, tokens]) => sum + tokens, 0);
  return `### Tokens

What one \`memory_search\` over MCP costs a model at the default settings, over ${cost.answers} questions asked in their
conversation's project: counted by gpt-tokenizer (o200k_base). An answer says the same twice, as text and as structured
content, and a host shows its model one of them.

${table(
  ["", "median", "p95", "most"],
  [
    row("hits in an answer", cost.hits),
    row("tokens of the text", cost.text),
    row("tokens of the structured content", cost.structured),
    row("the server's estimate of the dearer: UTF-8 bytes / 3", cost.estimated),
  ],
)}

The server keeps the dearer of the two under ${BUDGET.toLocaleString("en")} by its estimate; as counted, ${cost.overBudget} of ${cost.answers} answers are
over that. Answers that say they are weak, or that nothing was found: ${percent(cost.weak)}${ofUnanswered(cost)}.

${table(
  ["part of the text", "tokens, mean", "share"],
  cost.parts.map(([part, tokens]) => [part, tokens.toFixed(0), percent(tokens / all)]),
)}`;
}

function ofUnanswered({ weakOfUnanswered }: TokenCost): string {
  if (weakOfUnanswered === undefined) return "";
  return `; to questions that nothing answers: ${percent(weakOfUnanswered)}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

function weakShare(answers: readonly SearchAnswer[]): number {
  return answers.filter(({ isWeak }) => isWeak).length / answers.length;
}

function utf8Bytes(text: string): number {
  return Buffer.byteLength(text);
}

/** Each part counted by itself; what is left of a text is its punctuation, frame and closing sentences. */
function partsOf(answers: readonly SearchAnswer[]): TokenCost["parts"] {
  const sums = new Map<string, number>();
  const add = (part: string, tokens: number) =>
    sums.set(part, (sums.get(part) ?? 0) + tokens / answers.length);
  for (const { textTokens, hits } of answers) {
    let left = textTokens;
    for (const hit of hits) {
      for (const [part, key] of PARTS) {
        const tokens = countTokens(hit[key] ?? "");
        add(part, tokens);
        left -= tokens;
      }
    }
    add("frame, marks and closing sentences", left);
  }
  return [...sums];
}
