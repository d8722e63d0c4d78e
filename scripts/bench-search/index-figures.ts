/** The search index alone, in this process: what it costs to build, hold, ask, write down and take back. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { systemClock } from "../../src/base/clock.ts";
import { createSearchIndexFactory } from "../../src/search/create-search-index.ts";
import type { SearchIndex } from "../../src/search/search-index.ts";
import { DEFAULT_WEIGHTS, PLAIN_WEIGHTS } from "../../src/search/weights.ts";
import { summarise } from "../bench/statistics.ts";
import type { Summary } from "../bench/statistics.ts";
import { momentAfter, questionsAbout, talk } from "./talk.ts";

export interface IndexFigures {
  readonly turns: number;
  /** Of a turn's text, about. */
  readonly turnBytes: number;
  readonly buildMs: number;
  readonly addMicroseconds: number;
  /** The longest that one turn took to add: what a request may have to wait for. */
  readonly longestAddMs: number;
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

export const QUESTIONS = 300;
const WARM_UP = 60;
/** Texts kept to make questions of; all of them would be what is measured. */
const TEXTS_KEPT = 2_000;
const LIMIT = 20;

export async function measureIndex(turns: number, turnBytes: number): Promise<IndexFigures> {
  const full = createSearchIndexFactory(DEFAULT_WEIGHTS, systemClock);
  const plain = createSearchIndexFactory(PLAIN_WEIGHTS, systemClock);
  const before = bytesHeld();
  const index = full.create();
  const built = build(index, turns, turnBytes);
  const indexBytes = bytesHeld() - before;
  const questions = questionsAbout(built.texts, QUESTIONS);
  const now = momentAfter(turns);

  const written = write(index);
  const { chunks, ...serialized } = written;
  const loadStart = performance.now();
  const plainIndex = await plain.load(inOrder(chunks));
  const loadMs = performance.now() - loadStart;
  chunks.length = 0;

  const asked = {
    plain: ask(plainIndex, questions, now),
    full: ask(index, questions, now),
    scoped: ask(index, questions, now, ["/projects/p1"]),
  };
  const { texts: _texts, ids, ...times } = built;
  return { turns, turnBytes, ...times, indexBytes, ...serialized, loadMs, ...asked, ...compact(index, ids) };
}

function build(index: SearchIndex, turns: number, turnBytes: number) {
  const texts: string[] = [];
  const ids: string[] = [];
  const every = Math.max(1, Math.floor(turns / TEXTS_KEPT));
  let buildMs = 0;
  let longestAddMs = 0;
  let count = 0;
  for (const memory of talk(turns, turnBytes)) {
    if (count % every === 0) texts.push(memory.text);
    if (count++ % 10 === 0) ids.push(memory.id);
    const start = performance.now();
    index.add(memory);
    const ms = performance.now() - start;
    buildMs += ms;
    longestAddMs = Math.max(longestAddMs, ms);
  }
  return { texts, ids, buildMs, addMicroseconds: (buildMs / turns) * 1_000, longestAddMs };
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
  const search = (cue: string) => index.search({ cue, filter, limit: LIMIT, now });
  for (const question of questions.slice(0, WARM_UP)) search(question);
  return summarise(
    questions.map((question) => {
      const start = performance.now();
      search(question);
      return performance.now() - start;
    }),
  );
}

function compact(index: SearchIndex, ids: readonly string[]) {
  for (const id of ids) index.remove(id);
  let compactMs = 0;
  let longestCompactMs = 0;
  for (let isDone = false; !isDone;) {
    const start = performance.now();
    isDone = index.compact(5);
    const ms = performance.now() - start;
    compactMs += ms;
    longestCompactMs = Math.max(longestCompactMs, ms);
  }
  return { compactMs, longestCompactMs };
}

async function* inOrder(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

/** Heap and array buffers after a full collection. */
export function bytesHeld(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
