/** Two full-text engines people already have, on the same turns: SQLite's FTS5 and MiniSearch. */
import { pathToFileURL } from "node:url";
import MiniSearch from "minisearch";
import { STOP_WORDS, wordsOf } from "../bench-search/peer-queries.ts";
import { installPeer } from "../peers.mjs";
import { textOf } from "./conversations.ts";
import type { Conversation, DataSet } from "./conversations.ts";
import type { Searcher } from "./searcher.ts";

interface Statement {
  all(...values: readonly unknown[]): { readonly turn: number }[];
  run(...values: readonly unknown[]): unknown;
}

interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
}

/**
 * FTS5 over `better-sqlite3`, with its Porter tokenizer.
 *
 * @param query - `default`: all words must match, as FTS5 reads a list of words; `best`: any word but stop words
 * @throws Error when the addon cannot be compiled here
 */
export async function ftsSearcher(data: DataSet, query: "default" | "best"): Promise<Searcher> {
  const entry = installPeer("better-sqlite3", "12.6.2", "lib/index.js", { scripts: true });
  const { default: Sqlite } = (await import(pathToFileURL(entry).href)) as {
    default: new (path: string) => Database;
  };
  const database = new Sqlite(":memory:");
  database.exec(
    "create virtual table turns using fts5(text, place unindexed, turn unindexed, tokenize='porter unicode61')",
  );
  const insert = database.prepare("insert into turns values (?, ?, ?)");
  const places = placesOf(data);
  database.exec("begin");
  for (const [conversation, place] of places) {
    for (const [turn, doc] of conversation.docs.entries()) insert.run(textOf(doc), place, turn);
  }
  database.exec("commit");
  const select = database.prepare(
    "select turn from turns where turns match ? and place = ? order by bm25(turns) limit ?",
  );
  return {
    search: (conversation, cue, _now, limit) => {
      const words = wordsOf(cue).filter((word) => query === "default" || !STOP_WORDS.has(word));
      const match = words.map((word) => `"${word}"`).join(query === "default" ? " " : " OR ");
      if (match === "") return [];
      return select.all(match, places.get(conversation), limit).map(({ turn }) => turn);
    },
  };
}

export function miniSearcher(data: DataSet): Searcher {
  const places = placesOf(data);
  const indexes = new Map<Conversation, MiniSearch>();
  for (const conversation of places.keys()) {
    const index = new MiniSearch({ fields: ["text"] });
    index.addAll(conversation.docs.map((doc, turn) => ({ id: turn, text: textOf(doc) })));
    indexes.set(conversation, index);
  }
  return {
    search: (conversation, cue, _now, limit) =>
      (indexes.get(conversation)?.search(cue) ?? []).slice(0, limit).map(({ id }) => Number(id)),
  };
}

function placesOf({ conversations }: DataSet): ReadonlyMap<Conversation, number> {
  return new Map(conversations.map((conversation, place) => [conversation, place]));
}
