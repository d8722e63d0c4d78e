/** Two full-text engines people already have, on the same turns: SQLite's FTS5 and MiniSearch. */
import MiniSearch from "minisearch";
import { STOP_WORDS, wordsOf } from "../bench-search/peer-queries.ts";
import { databaseInMemory } from "../bench-search/sqlite.ts";
import { textOf } from "./conversations.ts";
import type { Conversation, DataSet } from "./conversations.ts";
import type { Searcher } from "./searcher.ts";

/** `default`: all words must match, as FTS5 reads a list of words; `best`: any word but stop words. */
export type FtsQuery = "default" | "best";

/** SQLite's FTS5 with its Porter tokenizer. @throws Error where Node has no SQLite built in */
export function ftsSearcher(data: DataSet, query: FtsQuery): Searcher {
  const database = databaseInMemory();
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
      const rows = select.all(match, places.get(conversation), limit) as readonly { readonly turn: number }[];
      return rows.map(({ turn }) => turn);
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
