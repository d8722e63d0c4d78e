/**
 * What a search over MCP costs a model: `memory_search` of the real server as a host starts it, at its default settings, in
 * the conversation's project, counted by gpt-tokenizer. An answer carries its facts twice, as text and as structured
 * content; a host shows its model one of them.
 */
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { countTokens } from "gpt-tokenizer";
import { summarise, table } from "../bench/statistics.ts";
import type { Summary } from "../bench/statistics.ts";
import { PROJECT_ROOT } from "../../test/support/throw-away-home.ts";
import type { ThrowAwayHome } from "../../test/support/throw-away-home.ts";
import type { DataSet } from "./conversations.ts";

/** Tokens a median search may cost. */
const MEDIAN_GOAL = 600;
/** What the server keeps its answers under when not told otherwise. */
const BUDGET = 1_200;

/** Parts of an answer's text that come from a hit, each with its key. */
const PARTS = [
  ["snippets", "snippet"],
  ["ids", "id"],
  ["dates and ages, projects, roles and speakers", "about"],
] as const;

interface Answer {
  readonly text: string;
  readonly structured: string;
  readonly hits: readonly { readonly [Key in (typeof PARTS)[number][1]]?: string }[];
}

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
}

/** Asks every question of the data once. @throws Error when an answer is an error */
export async function measureTokenCost(home: ThrowAwayHome, data: DataSet): Promise<TokenCost> {
  const client = await startServer(home);
  const answers: Answer[] = [];
  for (const { id, queries } of data.conversations) {
    for (const { q } of queries) answers.push(await ask(client, q, id));
  }
  await client.close();
  const counts = answers.map(({ text, structured }) => ({
    text: countTokens(text),
    structured: countTokens(structured),
  }));
  return {
    answers: answers.length,
    hits: summarise(answers.map(({ hits }) => hits.length)),
    text: summarise(counts.map(({ text }) => text)),
    structured: summarise(counts.map(({ structured }) => structured)),
    estimated: summarise(
      answers.map(({ text, structured }) => Math.max(utf8Bytes(text), utf8Bytes(structured)) / 3),
    ),
    overBudget: counts.filter(({ text, structured }) => Math.max(text, structured) > BUDGET).length,
    parts: partsOf(answers),
  };
}

/** The section of the page. */
export function tokenSection(cost: TokenCost): string {
  const dearest = Math.max(cost.text.p50, cost.structured.p50);
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

- Goal of the design: a median search costs under ${MEDIAN_GOAL} tokens, ${dearest < MEDIAN_GOAL ? "reached" : "not reached"}: ${cost.text.p50.toFixed(0)} where a host shows the
  text, ${cost.structured.p50.toFixed(0)} where it shows the structured content. Most of a text goes to ${dearestParts(cost)}.

The server keeps the dearer of the two under ${BUDGET.toLocaleString("en")} by its estimate; as counted, ${cost.overBudget} of ${cost.answers} answers are
over that.

${table(
  ["part of the text", "tokens, mean", "share"],
  cost.parts.map(([part, tokens]) => [part, tokens.toFixed(0), `${((100 * tokens) / all).toFixed(0)} %`]),
)}`;
}

function utf8Bytes(text: string): number {
  return Buffer.byteLength(text);
}

function dearestParts({ parts }: TokenCost): string {
  const [first, second] = parts.toSorted(([, a], [, b]) => b - a);
  return [first, second].flatMap((part) => part?.[0] ?? []).join(", then to ");
}

/** The client `cli` has no limit of searches a minute. */
async function startServer(home: ThrowAwayHome): Promise<Client> {
  const client = new Client({ name: "bench", version: "1.0.0" });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [join(PROJECT_ROOT, "bin/keepsake-mcp.js"), "--client", "cli"],
      env: { ...home.env },
      stderr: "ignore",
    }),
  );
  return client;
}

async function ask(client: Client, query: string, project: string): Promise<Answer> {
  const answer = await client.callTool({ name: "memory_search", arguments: { query, project } });
  if (answer.isError === true) throw new Error("a search over MCP failed");
  const text = answer.content.map((part) => (part.type === "text" ? part.text : "")).join("");
  const structured = answer.structuredContent as { readonly hits: Answer["hits"] };
  return { text, structured: JSON.stringify(structured), hits: structured.hits };
}

/** Each part counted by itself; what is left of a text is its punctuation, frame and closing sentences. */
function partsOf(answers: readonly Answer[]): TokenCost["parts"] {
  const sums = new Map<string, number>();
  const add = (part: string, tokens: number) =>
    sums.set(part, (sums.get(part) ?? 0) + tokens / answers.length);
  for (const { text, hits } of answers) {
    let left = countTokens(text);
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
