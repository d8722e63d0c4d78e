/**
 * Talk that looks like real one to an index: half of the words are English function words, the others follow a
 * Zipf-Mandelbrot law over 60,000 made-up words, and each session keeps coming back to a few words of its own. The same
 * count always gives the same talk, one turn at a time: a million of them are never in memory at once.
 */
import { formatRecordId } from "../../src/base/record-id.ts";
import type { ImportEntry } from "../../src/protocol/methods/data-methods.ts";
import type { IndexedMemory } from "../../src/search/search-index.ts";

const FUNCTION_WORDS =
  "the to and of a in that it is was i for on you with he be at by this had not are but from or have an they which one were all we when there can said if do will each about how up out them then she many some so these would other into has more her two like him see time could no make than first been its who now my made did get come".split(
    " ",
  );
const SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo yu za bre cla dro fli gra".split(
  " ",
);
const OPENINGS = [
  "what did I say about",
  "when did we talk about",
  "which",
  "remind me how the",
  "where was the",
];
/** Bytes of a turn, about. */
const TURN_BYTES = 280;
const VOCABULARY = 60_000;
/** How much flatter the most frequent words are than by Zipf's law. */
const FLATTENING = 30;
const FUNCTION_SHARE = 0.5;
const TOPIC_SHARE = 0.3;
const TOPICS = 12;
const TURNS_PER_SESSION = 24;
const PROJECTS = 12;
const TURN_MS = 25_000;
const SESSION_MS = 20 * 60_000;
const START = Date.UTC(2024, 0, 1);
/** Sessions whose words the questions are made of, spread over the whole talk. */
const SESSIONS_ASKED = 80;

/** `count` turns in the order told. */
export function* talk(count: number): Generator<IndexedMemory> {
  for (let told = 0; told < count; told += TURNS_PER_SESSION) {
    yield* sessionOf(told / TURNS_PER_SESSION, Math.min(TURNS_PER_SESSION, count - told));
  }
}

/** A turn as a line of the import stream has it. */
export function importEntry({ kind, text, project, session = "", role = "user", at }: IndexedMemory) {
  const when = new Date(at).toISOString();
  return {
    kind,
    text,
    project,
    session,
    role,
    messageId: `${session}/${at}`,
    at: when,
  } satisfies ImportEntry;
}

/** A moment after the last of `count` turns. */
export function momentAfter(count: number): number {
  return START + (Math.floor(count / TURNS_PER_SESSION) + 72) * SESSION_MS;
}

/** The record id of a turn, as scattered as random ones. */
export function turnId(index: number): string {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.imul(index + 1, 0x9e3779b1));
  view.setUint32(4, Math.imul(index + 1, 0x85ebca6b));
  view.setUint32(12, index);
  return formatRecordId(bytes);
}

/** Natural questions about a talk of `turns`: function words as people ask, and three to five words of some turn. */
export function questionsAbout(turns: number, count: number): readonly string[] {
  const random = randomNumbers(2);
  const sessions = Math.ceil(turns / TURNS_PER_SESSION);
  const step = Math.max(1, Math.floor(sessions / SESSIONS_ASKED));
  const texts: string[] = [];
  for (let session = 0; session < sessions; session += step) {
    for (const { text } of sessionOf(
      session,
      Math.min(TURNS_PER_SESSION, turns - session * TURNS_PER_SESSION),
    ))
      texts.push(text);
  }
  return Array.from({ length: count }, () => {
    const turn = pick(texts, random)
      .split(/\W+/)
      .filter((word) => word.length > 3 && !FUNCTION_WORDS.includes(word));
    const words = Array.from({ length: 3 + Math.floor(random() * 3) }, () => pick(turn, random));
    return `${pick(OPENINGS, random)} ${words.slice(0, 2).join(" ")} with the ${words.slice(2).join(" and ")}?`;
  });
}

function* sessionOf(session: number, turns: number): Generator<IndexedMemory> {
  const random = randomNumbers(session + 1);
  const topics = Array.from({ length: TOPICS }, () => contentWord(random));
  for (let turn = 0; turn < turns; turn++) {
    const index = session * TURNS_PER_SESSION + turn;
    const at = START + session * SESSION_MS + turn * TURN_MS;
    yield {
      id: turnId(index),
      kind: "turn",
      text: turnText(random, topics, index % 3 === 0),
      project: `/projects/p${session % PROJECTS}`,
      session: `session-${session}`,
      role: index % 2 === 0 ? "user" : "assistant",
      speaker: undefined,
      tags: [],
      at,
      savedAt: at,
      expiresAt: undefined,
      pinned: false,
      muted: false,
      trust: "captured",
      supersedes: undefined,
    };
  }
}

function turnText(random: () => number, topics: readonly string[], asks: boolean): string {
  const words: string[] = [];
  for (let length = 0; length < TURN_BYTES; length += (words.at(-1)?.length ?? 0) + 1) {
    const dice = random();
    if (dice < FUNCTION_SHARE)
      words.push(FUNCTION_WORDS[Math.floor(FUNCTION_WORDS.length ** random()) - 1] ?? "the");
    else words.push(random() < TOPIC_SHARE ? pick(topics, random) : contentWord(random));
  }
  return `${words.join(" ")}${asks ? "?" : "."}`;
}

function contentWord(random: () => number): string {
  const rank = Math.floor(FLATTENING * (VOCABULARY / FLATTENING + 1) ** random()) - FLATTENING;
  let left = rank + SYLLABLES.length;
  let word = "";
  for (; left > 0; left = Math.floor(left / SYLLABLES.length)) word += SYLLABLES[left % SYLLABLES.length];
  return word;
}

function pick<T>(items: readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}

/** A small generator of uniform numbers in [0, 1) (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
