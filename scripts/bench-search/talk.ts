/**
 * Talk that looks like real one to an index: half of the words are English function words, the others follow a
 * Zipf-Mandelbrot law over 60,000 made-up words, and each session keeps coming back to a few words of its own. The same
 * seed always gives the same talk.
 */
import { formatRecordId } from "../../src/base/record-id.ts";
import type { IndexedMemory } from "../../src/search/search-index.ts";
import { randomNumbers } from "../bench/corpus.ts";

const FUNCTION_WORDS =
  "the to and of a in that it is was i for on you with he be at by this had not are but from or have an they which one were all we when there can said if do will each about how up out them then she many some so these would other into has more her two like him see time could no make than first been its who now my made did get come".split(
    " ",
  );
const SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo yu za bre cla dro fli gra".split(
  " ",
);
const VOCABULARY = 60_000;
/** How much flatter the most frequent words are than by Zipf's law. */
const FLATTENING = 30;
const FUNCTION_SHARE = 0.5;
const TOPIC_SHARE = 0.3;
const TOPICS = 12;
const TURNS_PER_SESSION = 24;
const PROJECTS = 12;
const SESSION_MS = 3 * 3_600_000;
const START = Date.UTC(2024, 0, 1);

/** Turns of about `bytes` each, in the order told. */
export function* talk(count: number, bytes: number, seed = 1): Generator<IndexedMemory> {
  const random = randomNumbers(seed);
  let topics: readonly string[] = [];
  for (let index = 0; index < count; index++) {
    const session = Math.floor(index / TURNS_PER_SESSION);
    if (index % TURNS_PER_SESSION === 0) topics = Array.from({ length: TOPICS }, () => contentWord(random));
    const at = START + session * SESSION_MS + (index % TURNS_PER_SESSION) * 60_000;
    yield {
      id: idOf(index),
      kind: "turn",
      text: turnText(random, topics, bytes, index % 3 === 0),
      project: `/projects/p${session % PROJECTS}`,
      session: `session-${session}`,
      role: index % 2 === 0 ? "user" : "assistant",
      speaker: undefined,
      tags: [],
      at,
      savedAt: at,
      expiresAt: undefined,
      pinned: false,
      supersedes: undefined,
    };
  }
}

/** A moment after the last of `count` turns. */
export function momentAfter(count: number): number {
  return START + (Math.floor(count / TURNS_PER_SESSION) + 8) * SESSION_MS;
}

/** Natural questions: function words as people ask, and three to five words of some turn. */
export function questionsAbout(turns: readonly string[], count: number, seed = 2): readonly string[] {
  const random = randomNumbers(seed);
  const openings = [
    "what did I say about",
    "when did we talk about",
    "which",
    "remind me how the",
    "where was the",
  ];
  return Array.from({ length: count }, () => {
    const turn = pick(turns, random)
      .split(/\W+/)
      .filter((word) => word.length > 3 && !FUNCTION_WORDS.includes(word));
    const words = Array.from({ length: 3 + Math.floor(random() * 3) }, () => pick(turn, random));
    return `${pick(openings, random)} ${words.slice(0, 2).join(" ")} with the ${words.slice(2).join(" and ")}?`;
  });
}

function turnText(random: () => number, topics: readonly string[], bytes: number, asks: boolean): string {
  const words: string[] = [];
  for (let length = 0; length < bytes; length += (words.at(-1)?.length ?? 0) + 1) {
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

/** A record id as scattered as random ones. */
function idOf(index: number): string {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.imul(index + 1, 0x9e3779b1));
  view.setUint32(4, Math.imul(index + 1, 0x85ebca6b));
  view.setUint32(12, index);
  return formatRecordId(bytes);
}
