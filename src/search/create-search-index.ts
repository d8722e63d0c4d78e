/** How the daemon makes its search index, and how it takes one back from a checkpoint. */
import { systemClock } from "../base/clock.ts";
import type { Clock } from "../base/clock.ts";
import { readCheckpoint } from "./checkpoint/read-checkpoint.ts";
import { Holdings } from "./holdings.ts";
import { MemoryIndex } from "./memory-index.ts";
import type { SearchIndexFactory } from "./search-index.ts";
import { snippetOf } from "./snippet.ts";
import { DEFAULT_WEIGHTS } from "./weights.ts";
import type { Weights } from "./weights.ts";

/** @param clock - measures the budget of `compact`; nothing else depends on it */
export function createSearchIndexFactory(weights: Weights, clock: Clock): SearchIndexFactory {
  return {
    create: () => new MemoryIndex(new Holdings(), weights, clock),
    load: async (chunks) => new MemoryIndex(await readCheckpoint(chunks), weights, clock),
    snippet: snippetOf,
  };
}

export const searchIndexFactory: SearchIndexFactory = createSearchIndexFactory(DEFAULT_WEIGHTS, systemClock);
