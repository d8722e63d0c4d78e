/**
 * Conversation turns that look like real ones to an index: words by Zipf's law, sessions of twenty turns between a
 * person and an assistant, about 280 bytes each. The same seed always gives the same turns.
 */
import type { ImportEntry } from "../../src/protocol/methods/data.ts";

const SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo yu za bre cla dro fli gra".split(
  " ",
);
const VOCABULARY = 30_000;
const TURNS_PER_SESSION = 20;
const WORDS_PER_TURN = 42;
const DAY_MS = 86_400_000;

/** A small generator of uniform numbers in [0, 1) (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function* conversationTurns(count: number, seed = 1): Generator<ImportEntry & { text: string }> {
  const random = randomNumbers(seed);
  const start = Date.UTC(2026, 0, 1);
  for (let index = 0; index < count; index++) {
    const session = Math.floor(index / TURNS_PER_SESSION);
    yield {
      kind: "turn",
      text: sentence(random, WORDS_PER_TURN),
      project: `/projects/p${session % 12}`,
      session: `session-${session}`,
      messageId: `m${index}`,
      role: index % 2 === 0 ? "user" : "assistant",
      at: new Date(start + session * (DAY_MS / 8) + (index % TURNS_PER_SESSION) * 60_000).toISOString(),
    };
  }
}

/** Questions of three to six words of some turn each. */
export function questionsAbout(turns: readonly string[], count: number, seed = 2): readonly string[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, () => {
    const words = (turns[Math.floor(random() * turns.length)] ?? "").split(" ");
    const length = 3 + Math.floor(random() * 4);
    return Array.from({ length }, () => words[Math.floor(random() * words.length)]).join(" ");
  });
}

function sentence(random: () => number, words: number): string {
  return Array.from({ length: words }, () => wordOfRank(zipfRank(random()))).join(" ");
}

/** Rank by the inverse of a continuous Zipf distribution with exponent 1. */
function zipfRank(uniform: number): number {
  return Math.floor(VOCABULARY ** uniform);
}

function wordOfRank(rank: number): string {
  let left = rank;
  let word = "";
  do {
    word += SYLLABLES[left % SYLLABLES.length];
    left = Math.floor(left / SYLLABLES.length);
  } while (left > 0);
  return word;
}
