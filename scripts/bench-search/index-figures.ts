/** The search index alone, in this process: what it costs to build, hold, ask, write down and take back. */
import { systemClock } from "../../src/base/clock.ts";
import { createSearchIndexFactory } from "../../src/search/create-search-index.ts";
import type { SearchIndex } from "../../src/search/search-index.ts";
import { DEFAULT_WEIGHTS, PLAIN_WEIGHTS } from "../../src/search/weights.ts";
import { summarise } from "../bench/statistics.ts";
import type { Summary } from "../bench/statistics.ts";
import { askAll, bytesHeld, LIMIT } from "./measuring.ts";
import { momentAfter, questionsAbout, talk, turnId } from "./talk.ts";

export interface IndexFigures {
  readonly buildMs: number;
  /** Milliseconds to add one turn. */
  readonly add: Summary;
  /** Heap and array buffers with the index, less those without it. */
  readonly indexBytes: number;
  readonly serializeMs: number;
  /** The longest that one chunk took. */
  readonly longestChunkMs: number;
  readonly checkpointBytes: number;
  readonly loadMs: number;
  readonly plain: Summary;
  readonly full: Summary;
  /** The full ranking within one of twelve projects. */
  readonly scoped: Summary;
  /** A tenth removed: the time until nothing is left of it, and the longest step of 5 ms budget. */
  readonly compactMs: number;
  readonly longestCompactMs: number;
}

const QUESTIONS = 300;
const COMPACT_MS = 5;

export async function measureIndex(turns: number): Promise<IndexFigures> {
  const full = createSearchIndexFactory(DEFAULT_WEIGHTS, systemClock);
  const plain = createSearchIndexFactory(PLAIN_WEIGHTS, systemClock);
  const before = bytesHeld();
  const index = full.create();
  const built = build(index, turns);
  const indexBytes = bytesHeld() - before;

  const { chunks, ...serialized } = write(index);
  const loadStart = performance.now();
  const plainIndex = await plain.load(inOrder(chunks));
  const loadMs = performance.now() - loadStart;
  chunks.length = 0;

  const questions = questionsAbout(turns, QUESTIONS);
  const now = momentAfter(turns);
  const asked = {
    plain: ask(plainIndex, questions, now),
    full: ask(index, questions, now),
    scoped: ask(index, questions, now, ["/projects/p1"]),
  };
  return { ...built, indexBytes, ...serialized, loadMs, ...asked, ...compact(index, turns) };
}

/** Times only what the index does: making up the turns costs as much again. */
function build(index: SearchIndex, turns: number): { readonly buildMs: number; readonly add: Summary } {
  const samples = new Float32Array(turns);
  let buildMs = 0;
  let count = 0;
  for (const memory of talk(turns)) {
    const start = performance.now();
    index.add(memory);
    const ms = performance.now() - start;
    buildMs += ms;
    samples[count++] = ms;
  }
  return { buildMs, add: summarise(samples) };
}

function write(index: SearchIndex) {
  const chunks: Uint8Array[] = [];
  let serializeMs = 0;
  let longestChunkMs = 0;
  let start = performance.now();
  for (const chunk of index.serialize()) {
    const ms = performance.now() - start;
    serializeMs += ms;
    longestChunkMs = Math.max(longestChunkMs, ms);
    chunks.push(chunk);
    start = performance.now();
  }
  const checkpointBytes = chunks.reduce((sum, { length }) => sum + length, 0);
  return { chunks, serializeMs, longestChunkMs, checkpointBytes };
}

function ask(index: SearchIndex, questions: readonly string[], now: number, projects?: string[]): Summary {
  const filter = projects === undefined ? {} : { projects };
  return askAll(questions, (cue) => index.search({ cue, filter, limit: LIMIT, now }));
}

function compact(index: SearchIndex, turns: number) {
  for (let turn = 0; turn < turns; turn += 10) index.remove(turnId(turn));
  let compactMs = 0;
  let longestCompactMs = 0;
  for (let isDone = false; !isDone;) {
    const start = performance.now();
    isDone = index.compact(COMPACT_MS);
    const ms = performance.now() - start;
    compactMs += ms;
    longestCompactMs = Math.max(longestCompactMs, ms);
  }
  return { compactMs, longestCompactMs };
}

async function* inOrder(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}
