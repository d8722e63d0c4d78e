/** How the daemon makes its search index, and how it takes one back from a checkpoint. */
import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import type { Clock } from "../base/clock.ts";
import { formatRecordId } from "../base/record-id.ts";
import { readCheckpoint } from "./checkpoint/read-checkpoint.ts";
import { datesOfCue } from "./cue/cue-dates.ts";
import { Holdings } from "./holdings/holdings.ts";
import { MemoryIndex } from "./memory-index.ts";
import { MAX_POSTINGS } from "./ranking/cue-terms.ts";
import type { IndexedMemory, SearchIndexFactory } from "./search-index.ts";
import { Snippets } from "./snippets/snippet.ts";
import { DEFAULT_WEIGHTS } from "./weights.ts";
import type { Weights } from "./weights.ts";

/** Meets the patterns of every kind of date. */
const DATED_CUE =
  "what was it two weeks ago, last Monday at 5 pm or between 3 May 2024 and yesterday evening";

const WARMING_MEMORIES = 500;
const WARMING_SEARCHES = 25;
/** One of each kind of question; one has a word that nothing holds. */
const WARMING_CUES = [
  "",
  "what did I say about",
  "which kind of unknownword did you suggest when we talked of",
];

/**
 * @param clock - measures the budget of `compact`; nothing else depends on it
 * @param maxPostings - what one search may score
 */
export function createSearchIndexFactory(
  weights: Weights,
  clock: Clock,
  maxPostings = MAX_POSTINGS,
): SearchIndexFactory {
  const snippets = new Snippets();
  return {
    create: () => new MemoryIndex(new Holdings(), weights, clock, maxPostings),
    load: async (chunks) => {
      const index = new MemoryIndex(await readCheckpoint(chunks), weights, clock, maxPostings);
      for (const _ of index.makeReady()) await nextTurn();
      return index;
    },
    snippet: (text, cue, characters) => snippets.cut(text, cue, characters),
  };
}

export const searchIndexFactory: SearchIndexFactory = createSearchIndexFactory(DEFAULT_WEIGHTS, systemClock);

/**
 * Warms up: compiles the code that reads a checkpoint, the patterns of dates and the loops over a large index, so that
 * opening a vault and its first searches need not. Takes about half a second in steps, the longest 0.1 s; changes nothing else.
 */
export async function* warmUpSearch(): AsyncGenerator<void> {
  const made = searchIndexFactory.create();
  for (let number = 0; number < WARMING_MEMORIES; number++) {
    made.add(warmingMemory(number));
    if (number % 50 === 0) yield;
  }
  const index = await searchIndexFactory.load(Readable.from(made.serialize()));
  for (let number = 0; number < WARMING_SEARCHES; number++) {
    for (const cue of WARMING_CUES)
      index.search({ cue: `${cue} ${warmingWords(number, 3)}`, filter: {}, limit: 10, now: 0 });
    yield;
  }
  // A pattern is compiled when it is used, and once more when it is used again.
  for (let times = 0; times < 2; times++) {
    datesOfCue(DATED_CUE, 0);
    yield;
  }
}

function warmingMemory(number: number): IndexedMemory {
  return {
    id: formatRecordId(Uint8Array.of(number >>> 8, number & 0xff, ...new Uint8Array(14))),
    kind: number % 9 === 0 ? "note" : "turn",
    text: `I say ${warmingWords(number, 20 + (number % 13))}${number % 3 === 0 ? "?" : ""}`,
    project: number % 4 === 0 ? null : "project",
    session: number % 10 === 0 ? undefined : `session ${number % 20}`,
    role: number % 2 === 0 ? "user" : "assistant",
    speaker: number % 5 === 0 ? "Somebody" : undefined,
    tags: [],
    at: number * 1e10 + 0.5,
    savedAt: number * 1e10 + 0.5,
    expiresAt: undefined,
    pinned: number % 50 === 0,
    muted: number % 60 === 0,
    trust: "captured",
    supersedes: undefined,
  };
}

/** Made-up words, others for each number, few of them often and many seldom. */
function warmingWords(number: number, count: number): string {
  const words = Array.from({ length: count }, (_, place) => (number * 7 + place * place * 3) % 101);
  return words.map((word) => `word${Math.floor(word ** 3 / 2_000)}`).join(" ");
}
