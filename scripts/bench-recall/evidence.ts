/**
 * What a model really gets: whether the text of an answer over MCP holds what answers the question, and how many tokens
 * were paid until then.
 */
import { summarise, table } from "../bench/statistics.ts";
import type { Conversation, DataSet, Question } from "./conversations.ts";
import type { ModelClient, SearchAnswer } from "./model-client.ts";

/** A model reads the first hits whole. */
const READ_HITS = 3;

interface Outcome {
  readonly category: string;
  readonly search: SearchAnswer;
  /** Whether the evidence stands in the search, and in it or in the hits read whole. */
  readonly isFound: boolean;
  readonly isFoundAfterGet: boolean;
  /** Of search and get together. */
  readonly tokensWithGet: number;
}

export interface EvidenceFigures {
  readonly questions: number;
  readonly found: number;
  readonly foundAfterGet: number;
  /** Tokens of the texts: of a median answer, and in all for each question answered. */
  readonly tokens: number;
  readonly tokensWithGet: number;
  readonly tokensPerAnswer: number;
  readonly tokensPerAnswerWithGet: number;
}

export interface Evidence {
  readonly all: EvidenceFigures;
  readonly byCategory: ReadonlyMap<string, EvidenceFigures>;
}

/** Undefined for data whose questions have no evidence. */
export async function measureEvidence(model: ModelClient, data: DataSet): Promise<Evidence | undefined> {
  const outcomes: Outcome[] = [];
  for (const conversation of data.conversations)
    for (const question of conversation.queries)
      if (question.ev !== undefined) outcomes.push(await outcomeOf(model, conversation, question));
  if (outcomes.length === 0) return undefined;
  const categories = [...new Set(outcomes.map(({ category }) => category))].toSorted();
  const figuresIn = (some: string) => figuresOf(outcomes.filter(({ category }) => category === some));
  return {
    all: figuresOf(outcomes),
    byCategory: new Map(categories.map((category) => [category, figuresIn(category)])),
  };
}

/** The section of the page. */
export function evidenceSection({ all, byCategory }: Evidence): string {
  const row = (name: string, figures: EvidenceFigures) => [
    `${name} (${figures.questions})`,
    figures.found.toFixed(2),
    figures.foundAfterGet.toFixed(2),
    ...[figures.tokens, figures.tokensWithGet].map((tokens) => tokens.toFixed(0)),
    ...[figures.tokensPerAnswer, figures.tokensPerAnswerWithGet].map((tokens) => tokens.toFixed(0)),
  ];
  return `### What a model gets

The share of questions whose evidence, a pattern that a text which answers matches, stands in the text of one \`memory_search\`
over MCP, given nothing but the question, and in that or one \`memory_get\` of its first ${READ_HITS} hits with one neighbour. Tokens of
the texts: the median, and all that were spent for each question answered.

${table(
  ["", "one search", "after one get", "tokens", "with get", "tokens an answer", "with get"],
  [row("all", all), ...[...byCategory].map(([category, figures]) => row(category, figures))],
)}`;
}

async function outcomeOf(model: ModelClient, { id }: Conversation, question: Question): Promise<Outcome> {
  const evidence = new RegExp(question.ev ?? "", question.evFlags);
  const search = await model.search(question.q, id);
  const read = search.hits.slice(0, READ_HITS).map((hit) => hit.id);
  const got = read.length === 0 ? { text: "", textTokens: 0 } : await model.get(read);
  const isFound = evidence.test(search.text);
  return {
    category: String(question.cat),
    search,
    isFound,
    isFoundAfterGet: isFound || evidence.test(got.text),
    tokensWithGet: search.textTokens + got.textTokens,
  };
}

function figuresOf(outcomes: readonly Outcome[]): EvidenceFigures {
  const searched = outcomes.map(({ search }) => search.textTokens);
  const withGet = outcomes.map(({ tokensWithGet }) => tokensWithGet);
  const found = outcomes.filter(({ isFound }) => isFound).length;
  const foundAfterGet = outcomes.filter(({ isFoundAfterGet }) => isFoundAfterGet).length;
  return {
    questions: outcomes.length,
    found: found / outcomes.length,
    foundAfterGet: foundAfterGet / outcomes.length,
    tokens: summarise(searched).p50,
    tokensWithGet: summarise(withGet).p50,
    tokensPerAnswer: sum(searched) / found,
    tokensPerAnswerWithGet: sum(withGet) / foundAfterGet,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
