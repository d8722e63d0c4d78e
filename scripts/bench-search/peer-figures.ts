/** Two full-text engines people already have, in this process, on the same turns and questions. */
import { pathToFileURL } from "node:url";
import MiniSearch from "minisearch";
import { summarise } from "../bench/statistics.ts";
import type { Summary } from "../bench/statistics.ts";
import { installPeer } from "../peers.mjs";
import { bytesHeld, QUESTIONS } from "./index-figures.ts";
import { questionsAbout, talk } from "./talk.ts";

export interface PeerFigures {
  readonly turns: number;
  readonly turnBytes: number;
  readonly buildMs: number;
  /** What it holds: the heap for MiniSearch, the database for SQLite, which also keeps the texts. */
  readonly bytes: number;
  readonly search: Summary;
}

interface Statement {
  all(...values: readonly unknown[]): readonly unknown[];
  run(...values: readonly unknown[]): unknown;
  pluck(): { get(): number };
}

interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

const LIMIT = 20;
/** A MiniSearch over more would not fit a laptop's memory, and says nothing new. */
export const MINISEARCH_TURNS_MOST = 100_000;

/** SQLite's FTS5 with its Porter tokenizer, in memory; a question's words joined by OR, as it would find nothing else. */
export async function measureFts5(turns: number, turnBytes: number): Promise<PeerFigures> {
  const entry = installPeer("better-sqlite3", "12.6.2", "lib/index.js", { scripts: true });
  const { default: Sqlite } = (await import(pathToFileURL(entry).href)) as {
    default: new (path: string) => Database;
  };
  const database = new Sqlite(":memory:");
  database.exec("create virtual table turns using fts5(text, tokenize='porter unicode61')");
  const insert = database.prepare("insert into turns(rowid, text) values (?, ?)");
  const texts: string[] = [];
  const buildMs = timed(() => {
    database.exec("begin");
    each(turns, turnBytes, texts, (text, row) => insert.run(row + 1, text));
    database.exec("commit");
  });
  const select = database.prepare("select rowid from turns where turns match ? order by rank limit ?");
  const search = asked(texts, (question) => {
    const words = question.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
    select.all(words.map((word) => `"${word}"`).join(" OR "), LIMIT);
  });
  const pages = database.prepare("select page_count * page_size from pragma_page_count, pragma_page_size");
  const bytes = pages.pluck().get();
  database.close();
  return { turns, turnBytes, buildMs, bytes, search };
}

/** MiniSearch as it comes. */
export function measureMiniSearch(turns: number, turnBytes: number): PeerFigures {
  const before = bytesHeld();
  const index = new MiniSearch({ fields: ["text"] });
  const texts: string[] = [];
  const buildMs = timed(() => each(turns, turnBytes, texts, (text, id) => index.add({ id, text })));
  const bytes = bytesHeld() - before;
  const search = asked(texts, (question) => index.search(question).slice(0, LIMIT));
  return { turns, turnBytes, buildMs, bytes, search };
}

/** Hands every turn to `take` and keeps some of their texts. */
function each(
  turns: number,
  turnBytes: number,
  texts: string[],
  take: (text: string, row: number) => void,
): void {
  const every = Math.max(1, Math.floor(turns / 2_000));
  let row = 0;
  for (const { text } of talk(turns, turnBytes)) {
    if (row % every === 0) texts.push(text);
    take(text, row++);
  }
}

function asked(texts: readonly string[], search: (question: string) => unknown): Summary {
  const samples: number[] = [];
  const start = performance.now();
  for (const question of questionsAbout(texts, QUESTIONS)) {
    samples.push(timed(() => search(question)));
    // Enough to know, where a single question takes seconds.
    if (performance.now() - start > 60_000) break;
  }
  return summarise(samples);
}

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}
