/**
 * `npm run bench:recall`: how often the turns that answer a question come first, on the development data where they are
 * present, and `docs/recall.md` with the figures. Only figures of the data enter the page.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_ROOT } from "../../test/support/throw-away-home.ts";
import { table } from "../bench/statistics.ts";
import { readDataSets } from "./conversations.ts";
import type { DataSet } from "./conversations.ts";
import { daemonSearcher } from "./daemon-searcher.ts";
import { indexSearcher } from "./index-searcher.ts";
import { MEASURES } from "./measures.ts";
import type { Measures } from "./measures.ts";
import { ABLATIONS, FULL, PLAIN } from "./parts.ts";
import { ftsSearcher, miniSearcher } from "./peer-searchers.ts";
import { evaluate } from "./searcher.ts";
import type { Figures, Searcher } from "./searcher.ts";
import { measureTokenCost, tokenSection } from "./token-cost.ts";

/** What the design asks for. */
const GOALS: Readonly<Record<string, readonly (readonly [measure: keyof Measures, goal: number])[]>> = {
  LoCoMo: [
    ["recall5", 0.745],
    ["recall10", 0.81],
  ],
  "LongMemEval-S": [["recall10", 0.91]],
};

const sets = readDataSets();
if (sets.length === 0) {
  process.stderr.write("SKIPPED: the development data are not there (../shared/data/retrieval)\n");
  process.exit(0);
}

const say = (text: string) => process.stderr.write(`${text}\n`);
const pages: string[] = [];
for (const data of sets) pages.push(await pageOf(data));
const page = `# Recall

Written by \`npm run bench:recall\` on ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}. For each question: which turns of its
conversation come first, measured against the turns that answer it. R@k: share of the answering turns among the first k.
any@k: at least one of them is. Turns of images have their captions appended. LoCoMo's adversarial questions are left out.
The weights were set on these development halves; other conversations are kept aside.

"Through the vault" is the product: turns imported into a real vault, questions asked of its daemon over the socket, in the
conversation's project. The daemon's clock is today's, so a conversation whose one question has a date was moved by whole
weeks until that question falls into this week; the index alone is asked at the very time of the question. SQLite's FTS5 by
default wants every word of the question in one turn, which hardly a turn has; its best query wants any of them that is no
stop word.

${pages.join("\n")}`;
writeFileSync(join(PROJECT_ROOT, "docs/recall.md"), page);
process.stdout.write(page);

async function pageOf(data: DataSet): Promise<string> {
  say(`${data.name}: through the vault`);
  const vault = await daemonSearcher(data, say);
  const through = await evaluate(data, vault);
  say(`${data.name}: tokens`);
  const tokens = await measureTokenCost(vault.home, data);
  await vault.close();
  const full = await evaluate(data, indexSearcher(data, FULL));
  const systems: [string, Figures][] = [
    ["keepsake, through the vault and its socket", through.all],
    ["keepsake, the index alone", full.all],
    ["plain BM25 on the same index", (await evaluate(data, indexSearcher(data, PLAIN))).all],
  ];
  for (const [name, make] of peersOf(data)) {
    say(`${data.name}: ${name}`);
    systems.push([name, (await evaluate(data, await make())).all]);
  }
  const ablations: (readonly [string, Figures])[] = [];
  for (const [part, weights] of ABLATIONS) {
    say(`${data.name}: without ${part}`);
    ablations.push([part, (await evaluate(data, indexSearcher(data, weights))).all]);
  }
  const turns = data.conversations.reduce((sum, { docs }) => sum + docs.length, 0);
  return `## ${data.name}: ${through.all.questions} questions, ${turns.toLocaleString("en")} turns

### Turns

${measuresTable(systems.map(([name, { turn }]) => [name, turn]))}

${goalsOf(data.name, through.all.turn, full.all.turn)}

### Sessions

${measuresTable(systems.map(([name, { session }]) => [name, session]))}

### Turns by category, through the vault

${measuresTable([...through.byCategory].map(([category, { turn, questions }]) => [`${category} (${questions})`, turn]))}

### Turns by the audited labels

${measuresTable(systems.slice(0, 3).map(([name, { audited }]) => [name, audited]))}

${tokenSection(tokens)}

### Without each part

Points lost of the mean of R@5, R@10 and nDCG@10 of turns; below zero, the ranking gains without it on these data.

${table(
  ["without", "points lost", "R@5", "R@10", "nDCG@10"],
  ablations.map(([part, { turn }]) => [
    part,
    (100 * (meanOf(full.all.turn) - meanOf(turn))).toFixed(1),
    share(turn.recall5),
    share(turn.recall10),
    share(turn.ndcg10),
  ]),
)}
`;
}

function peersOf(data: DataSet): readonly (readonly [string, () => Promise<Searcher>])[] {
  return [
    ["SQLite FTS5, default query", () => ftsSearcher(data, "default")],
    ["SQLite FTS5, best query", () => ftsSearcher(data, "best")],
    ["MiniSearch", () => Promise.resolve(miniSearcher(data))],
  ];
}

function measuresTable(rows: readonly (readonly [string, Measures])[]): string {
  return table(
    ["", ...MEASURES.map(([, title]) => title)],
    rows.map(([name, measures]) => [name, ...MEASURES.map(([key]) => share(measures[key]))]),
  );
}

/** A line for each goal, judged by the product; why one is missed can only be told by the index, which knows the time. */
function goalsOf(name: string, product: Measures, index: Measures): string {
  const lines = (GOALS[name] ?? []).map(([measure, goal]) => {
    const title = MEASURES.find(([key]) => key === measure)?.[1] ?? measure;
    const [reached, alone] = [product[measure], index[measure]];
    const said = `- Goal of the design for turns: ${title} ≥ ${share(goal)}. Through the vault ${share(reached)}`;
    if (reached >= goal) return `${said}: reached.`;
    const reason =
      alone >= goal
        ? `the index alone, asked at the time of the question, has ${share(alone)}, so what is missing lies in the daemon's other clock`
        : `the index alone has ${share(alone)} too, so what is missing lies in the ranking`;
    return `${said}: not reached; ${reason}.`;
  });
  return lines.join("\n");
}

function meanOf({ recall5, recall10, ndcg10 }: Measures): number {
  return (recall5 + recall10 + ndcg10) / 3;
}

function share(value: number): string {
  return value.toFixed(3).replace(/^0/, "");
}
