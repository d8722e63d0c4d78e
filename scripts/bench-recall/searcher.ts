/** What is compared: anything that ranks the turns of a conversation for a question. */
import { askedAt } from "./conversations.ts";
import type { Conversation, DataSet } from "./conversations.ts";
import { mean, measure } from "./measures.ts";
import type { Measures } from "./measures.ts";

export interface Searcher {
  /** Indices of turns, best first, at most `limit`. */
  search(
    conversation: Conversation,
    cue: string,
    now: number,
    limit: number,
  ): readonly number[] | Promise<readonly number[]>;
}

export interface Figures {
  readonly questions: number;
  readonly turn: Measures;
  /** The same with the audited labels. */
  readonly audited: Measures;
  /** Sessions in the order of their best turn. */
  readonly session: Measures;
}

export interface Evaluation {
  readonly all: Figures;
  readonly byCategory: ReadonlyMap<string, Figures>;
}

/** So deep that twenty turns and ten sessions are among them. */
const DEPTH = 100;

/** The figures of a searcher over all questions, and by category. */
export async function evaluate({ conversations }: DataSet, searcher: Searcher): Promise<Evaluation> {
  const rows: { category: string; turn: Measures; audited: Measures; session: Measures }[] = [];
  for (const conversation of conversations) {
    for (const question of conversation.queries) {
      const now = askedAt(conversation, question);
      const turns = await searcher.search(conversation, question.q, now, DEPTH);
      const sessions = [...new Set(turns.map((turn) => conversation.docs[turn]?.s ?? -1))];
      rows.push({
        category: String(question.cat),
        turn: measure(turns, new Set(question.rel)),
        audited: measure(turns, new Set(question.rel2)),
        session: measure(sessions, new Set(question.relS)),
      });
    }
  }
  const figures = (some: typeof rows): Figures => ({
    questions: some.length,
    turn: mean(some.map(({ turn }) => turn)),
    audited: mean(some.map(({ audited }) => audited)),
    session: mean(some.map(({ session }) => session)),
  });
  const categories = [...new Set(rows.map(({ category }) => category))].toSorted();
  const byCategory = categories.map(
    (category) => [category, figures(rows.filter((row) => row.category === category))] as const,
  );
  return { all: figures(rows), byCategory: new Map(byCategory) };
}
