/**
 * The development data: conversations with the questions asked of them and the turns that answer. Read from outside the
 * project, where they may be absent; nothing of them is ever written into it.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

export interface Turn {
  readonly id: string;
  /** Number of the session. */
  readonly s: number;
  /** Speaker. */
  readonly sp: string;
  /** Empty among people. */
  readonly role: "" | "user" | "assistant";
  readonly date: string;
  readonly t: string;
  /** Caption of a shared image, or empty. */
  readonly cap?: string;
}

export interface Question {
  readonly id: string;
  readonly q: string;
  readonly cat: string | number;
  /** When it is asked, or empty. */
  readonly qdate: string;
  /** Indices of the turns that answer; `rel2` after an audit of the labels. */
  readonly rel: readonly number[];
  readonly rel2: readonly number[];
  /** Numbers of the sessions that answer. */
  readonly relS: readonly number[];
  /** A pattern that a text which answers matches, and its flags; only of the coding conversations. */
  readonly ev?: string;
  readonly evFlags?: string;
}

export interface Conversation {
  readonly id: string;
  readonly docs: readonly Turn[];
  readonly queries: readonly Question[];
  /** Questions that nothing answers. */
  readonly unanswered: readonly Question[];
}

export interface DataSet {
  readonly name: string;
  readonly conversations: readonly Conversation[];
}

const FOLDER = fileURLToPath(new URL("../../../shared/data/retrieval/", import.meta.url));
const ADVERSARIAL = 5;
const TURN_MS = 1_000;
const DAY_MS = 86_400_000;

/** The data sets that are there, the main job first. */
export function readDataSets(): readonly DataSet[] {
  return [
    { name: "Coding", file: "coding-dev.json.gz" },
    { name: "LoCoMo", file: "locomo-dev.json.gz" },
    { name: "LongMemEval-S", file: "longmemeval-s-dev.json.gz" },
  ].flatMap(({ name, file }) => {
    const path = `${FOLDER}${file}`;
    if (!existsSync(path)) return [];
    const conversations = JSON.parse(gunzipSync(readFileSync(path)).toString("utf8")) as Conversation[];
    return [{ name, conversations: conversations.map(withAnswersApart) }];
  });
}

/** A turn's text, the caption of its image appended. */
export function textOf({ t, cap }: Turn): string {
  return cap === undefined || cap === "" ? t : `${t} ${cap}`;
}

/** When a turn was said: the data date whole sessions, so its turns follow each other by a second. */
export function timeOf({ docs }: Conversation, index: number): number {
  return new Date(docs[index]?.date ?? 0).getTime() + index * TURN_MS;
}

/** When a question is asked: as the data say, else the day after the last turn. */
export function askedAt(conversation: Conversation, { qdate }: Question): number {
  if (qdate !== "") return new Date(qdate).getTime();
  const times = conversation.docs.map((_, index) => timeOf(conversation, index));
  return Math.max(...times) + DAY_MS;
}

/** LoCoMo's adversarial questions name turns, but of somebody else than the one they ask about. */
function withAnswersApart(conversation: Conversation): Conversation {
  const isAnswered = ({ cat, rel }: Question) => cat !== ADVERSARIAL && rel.length > 0;
  return {
    ...conversation,
    queries: conversation.queries.filter(isAnswered),
    unanswered: conversation.queries.filter((question) => !isAnswered(question)),
  };
}
