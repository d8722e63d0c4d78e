/** How the daemon makes its search index, and how it takes one back from a checkpoint. */
import { systemClock } from "../base/clock.ts";
import type { Clock } from "../base/clock.ts";
import { readCheckpoint } from "./checkpoint/read-checkpoint.ts";
import { datesOfCue } from "./cue/cue-dates.ts";
import { Holdings } from "./holdings.ts";
import { MemoryIndex } from "./memory-index.ts";
import type { SearchIndexFactory } from "./search-index.ts";
import { Snippets } from "./snippet.ts";
import { DEFAULT_WEIGHTS } from "./weights.ts";
import type { Weights } from "./weights.ts";

/** Meets the patterns of every kind of date. */
const DATED_CUE =
  "what was it two weeks ago, last Monday at 5 pm or between 3 May 2024 and yesterday evening";

/** @param clock - measures the budget of `compact`; nothing else depends on it */
export function createSearchIndexFactory(weights: Weights, clock: Clock): SearchIndexFactory {
  const snippets = new Snippets();
  return {
    create: () => new MemoryIndex(new Holdings(), weights, clock),
    load: async (chunks) => new MemoryIndex(await readCheckpoint(chunks), weights, clock),
    snippet: (text, cue, characters) => snippets.cut(text, cue, characters),
  };
}

export const searchIndexFactory: SearchIndexFactory = createSearchIndexFactory(DEFAULT_WEIGHTS, systemClock);

/** Has compiled what the first search would otherwise wait for, about 0.1 s; changes nothing else. */
export function warmUpSearch(): void {
  // A pattern is compiled when it is used, and once more when it is used again.
  for (let times = 0; times < 2; times++) datesOfCue(DATED_CUE, 0);
}
