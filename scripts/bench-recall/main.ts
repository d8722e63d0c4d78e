/**
 * `npm run bench:recall [set]`: how often the turns that answer a question come first and what a model gets of them, on the
 * development data where they are present, and `docs/recall.md` with the figures. Only figures of the data enter the page.
 * Fails when the ranking is below plain BM25 anywhere. With the name of a set only that one is measured, and nothing written.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeVersions } from "../bench/node-versions.ts";
import { runChild } from "../bench/child.ts";
import { PROJECT_ROOT } from "../../test/support/throw-away-home.ts";
import { readDataSets } from "./conversations.ts";
import type { DataSet } from "./conversations.ts";
import { daemonSearcher } from "./daemon-searcher.ts";
import { measureEvidence } from "./evidence.ts";
import { belowPlain } from "./goals.ts";
import { indexSearcher } from "./index-searcher.ts";
import { ModelClient } from "./model-client.ts";
import { pageOf } from "./page.ts";
import type { Results } from "./page.ts";
import { ABLATIONS, FULL, PLAIN } from "./parts.ts";
import type { FtsQuery } from "./peer-searchers.ts";
import { miniSearcher } from "./peer-searchers.ts";
import { evaluate } from "./searcher.ts";
import type { Evaluation, Searcher } from "./searcher.ts";
import { measureTokenCost } from "./token-cost.ts";

const [only] = process.argv.slice(2);
const sets = readDataSets().filter(({ name }) => only === undefined || name === only);
if (sets.length === 0) {
  process.stderr.write("SKIPPED: the development data are not there (../shared/data/retrieval)\n");
  process.exit(0);
}

interface SentEvaluation {
  readonly all: Evaluation["all"];
  readonly byCategory: readonly (readonly [string, Evaluation["all"]])[];
}

const FTS_CHILD = "scripts/bench-recall/fts-child.ts";
const say = (text: string) => process.stderr.write(`${text}\n`);
const withSqlite = nodeVersions(say).at(-1)?.path;
const pages: string[] = [];
const below: string[] = [];
for (const data of sets) {
  const results = await measureAll(data);
  pages.push(pageOf(data, results));
  below.push(...belowPlain(data.name, results));
}

const page = `# Recall

Written by \`npm run bench:recall\` on ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}. For each question: which turns of its
conversation come first, measured against the turns that answer it. R@k: share of the answering turns among the first k.
any@k: at least one of them is. Turns of images have their captions appended. Questions that nothing answers, LoCoMo's
adversarial ones among them, count only where answers say that they are weak.

Three sets: conversations with coding assistants, which are the main job; LoCoMo, people chatting; LongMemEval-S, a chat
assistant, where by convention hardly any turn of the assistant counts as an answer. The weights were set on all three of
these development halves together; other conversations are kept aside. The run fails when the ranking finds less than plain
BM25 among the first ten, in any set or any category of at least ten questions: ${
  below.length === 0 ? "it does so nowhere" : `it does so in ${below.length}`
}.

"Through the vault" is the product: turns imported into a real vault, questions asked of its daemon over the socket, in the
conversation's project. The daemon's clock is today's, so a conversation whose one question has a date was moved by whole
weeks until that question falls into this week; the index alone is asked at the very time of the question. SQLite's FTS5 by
default wants every word of the question in one turn, which hardly a turn has; its best query wants any of them that is no
stop word.

${pages.join("\n")}${below.length === 0 ? "" : `\n## Below plain BM25\n\n${below.map((line) => `- ${line}`).join("\n")}\n`}`;
if (only === undefined) writeFileSync(join(PROJECT_ROOT, "docs/recall.md"), page);
process.stdout.write(page);
for (const line of below) say(`BELOW PLAIN BM25: ${line}`);
if (below.length > 0) process.exitCode = 1;

async function measureAll(data: DataSet): Promise<Results> {
  const rank = (name: string, searcher: Searcher): Promise<Evaluation> => {
    say(`${data.name}: ${name}`);
    return evaluate(data, searcher);
  };
  const vault = await daemonSearcher(data, say);
  const product = await rank("through the vault", vault);
  say(`${data.name}: what a model gets`);
  const model = await ModelClient.start(vault.home);
  const tokens = await measureTokenCost(model, data);
  const evidence = await measureEvidence(model, data);
  await model.close();
  await vault.close();
  const index = await rank("the index alone", indexSearcher(data, FULL));
  const plain = await rank("plain BM25", indexSearcher(data, PLAIN));
  const fts = async (query: FtsQuery): Promise<Evaluation> => {
    say(`${data.name}: FTS5, ${query}`);
    const { all, byCategory } = await runChild<SentEvaluation>(FTS_CHILD, [data.name, query], withSqlite);
    return { all, byCategory: new Map(byCategory) };
  };
  const peers: (readonly [string, Evaluation])[] = [
    ["SQLite FTS5, default query", await fts("default")],
    ["SQLite FTS5, best query", await fts("best")],
    ["MiniSearch", await rank("MiniSearch", miniSearcher(data))],
  ];
  const ablations: (readonly [string, Evaluation])[] = [];
  for (const [part, weights] of ABLATIONS)
    ablations.push([part, await rank(`without ${part}`, indexSearcher(data, weights))]);
  return {
    product,
    index,
    plain,
    tokens,
    evidence,
    ablations,
    systems: [
      ["keepsake, through the vault and its socket", product],
      ["keepsake, the index alone", index],
      ["plain BM25 on the same index", plain],
      ...peers,
    ],
  };
}
