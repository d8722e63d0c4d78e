/** Two full-text engines people already have, in this process, on the same turns and questions. */
import MiniSearch from "minisearch";
import type { Summary } from "../bench/statistics.ts";
import { askAll, bytesHeld, LIMIT } from "./measuring.ts";
import { STOP_WORDS, wordsOf } from "./peer-queries.ts";
import { databaseInMemory } from "./sqlite.ts";
import { questionsAbout, talk } from "./talk.ts";

export interface FtsFigures {
  readonly buildMs: number;
  /** Of the database, which also keeps the texts. */
  readonly bytes: number;
  /** Every word must match, as FTS5 reads a list of words: most questions find nothing. */
  readonly every: Summary;
  /** Any word of the question. */
  readonly any: Summary;
  /** Any word but stop words: the best that can be asked of it. */
  readonly best: Summary;
}

export interface MiniSearchFigures {
  readonly buildMs: number;
  /** Of the heap. */
  readonly bytes: number;
  readonly search: Summary;
}

const QUESTIONS = 200;

/** SQLite's FTS5 with its Porter tokenizer, in memory. @throws Error where Node has no SQLite built in */
export function measureFts5(turns: number): FtsFigures {
  const database = databaseInMemory();
  database.exec("create virtual table turns using fts5(text, tokenize='porter unicode61')");
  const insert = database.prepare("insert into turns(rowid, text) values (?, ?)");
  database.exec("begin");
  const buildMs = addAll(turns, (text, row) => insert.run(row + 1, text));
  database.exec("commit");

  const select = database.prepare("select rowid from turns where turns match ? order by rank limit ?");
  const questions = questionsAbout(turns, QUESTIONS);
  const ask = (joined: string, isAsked: (word: string) => boolean) =>
    askAll(questions, (question) => {
      const words = wordsOf(question).filter(isAsked);
      return select.all(words.map((word) => `"${word}"`).join(joined), LIMIT);
    });
  const every = ask(" ", () => true);
  const any = ask(" OR ", () => true);
  const best = ask(" OR ", (word) => !STOP_WORDS.has(word));
  const { bytes } = database
    .prepare("select page_count * page_size as bytes from pragma_page_count, pragma_page_size")
    .get() as { readonly bytes: number };
  database.close();
  return { buildMs, bytes, every, any, best };
}

/** MiniSearch as it comes. */
export function measureMiniSearch(turns: number): MiniSearchFigures {
  const before = bytesHeld();
  const index = new MiniSearch({ fields: ["text"] });
  const buildMs = addAll(turns, (text, id) => index.add({ id, text }));
  const bytes = bytesHeld() - before;
  const search = askAll(questionsAbout(turns, QUESTIONS), (question) =>
    index.search(question).slice(0, LIMIT),
  );
  return { buildMs, bytes, search };
}

/** Milliseconds that adding every turn took, without those of making it up. */
function addAll(turns: number, add: (text: string, row: number) => void): number {
  let ms = 0;
  let row = 0;
  for (const { text } of talk(turns)) {
    const start = performance.now();
    add(text, row++);
    ms += performance.now() - start;
  }
  return ms;
}
