/** How every search engine here is asked and weighed, so that their figures can stand side by side. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { summarise } from "../bench/statistics.ts";
import type { Summary } from "../bench/statistics.ts";

/** Hits asked for. */
export const LIMIT = 20;
const WARM_UP = 60;
const WARM_UP_MS = 5_000;
/** Enough to know, where a single question takes a second. */
const ASKING_MS = 20_000;

/** Times each question, after a warm-up; as many as there is time for. */
export function askAll(questions: readonly string[], search: (question: string) => unknown): Summary {
  askFor(WARM_UP_MS, questions.slice(0, WARM_UP), search);
  return summarise(askFor(ASKING_MS, questions, search));
}

/** Heap and array buffers after a full collection. */
export function bytesHeld(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function askFor(
  mostMs: number,
  questions: readonly string[],
  search: (question: string) => unknown,
): number[] {
  const samples: number[] = [];
  const start = performance.now();
  for (const question of questions) {
    const asked = performance.now();
    search(question);
    samples.push(performance.now() - asked);
    if (performance.now() - start > mostMs) break;
  }
  return samples;
}
