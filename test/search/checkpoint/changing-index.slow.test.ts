import { describe, expect, it } from "vitest";
import { searchIndexFactory } from "../../../src/search/create-search-index.ts";
import type { IndexedMemory, SearchIndex } from "../../../src/search/search-index.ts";
import { chunksOf } from "../support/chunks.ts";
import { HOUR_MS, memoryOf, NOW } from "../support/memories.ts";

const CHANGED = 300;

/** Long memories in several conversations, some of which supersede another; two at most have a rare word in common. */
function exampleMemories(): IndexedMemory[] {
  const memories: IndexedMemory[] = [];
  for (let number = 0; number < 1_200; number++) {
    const words = Array.from({ length: 250 }, (_, word) => `word${(number * 31 + word * word * 17) % 4_000}`);
    memories.push(
      memoryOf([...words, `rare${number % 450}`].join(" "), {
        project: `project${number % 3}`,
        session: number % 4 === 0 ? undefined : `session${number % 40}`,
        tags: [`tag${number % 5}`],
        at: NOW - number * HOUR_MS,
        supersedes: number >= 600 && number % 2 === 0 ? memories[number - 600]?.id : undefined,
      }),
    );
  }
  return memories;
}

const memories = exampleMemories();
const later = Array.from({ length: 20 }, (_, number) =>
  memoryOf(`later word31 word${number} only${number}`, {
    session: `session${number}`,
    at: NOW - number,
    supersedes: number < 5 ? memories[400 + number]?.id : undefined,
  }),
);

function indexOf(some: Iterable<IndexedMemory>): SearchIndex {
  const index = searchIndexFactory.create();
  for (const memory of some) index.add(memory);
  return index;
}

/** Everything that a search shows, to the last score. */
function answers(index: SearchIndex) {
  const cues = [
    "word31 word62 word5 word800",
    "later word31 only7",
    "word17 word3",
    "rare7",
    "rare100",
    "rare299",
  ];
  const everything = { includeSuperseded: true };
  const ids = index.list(everything, NOW, 5_000);
  return {
    size: index.size,
    ids,
    found: cues.flatMap((cue) =>
      [{}, everything, { projects: ["project1"] }].map((filter) =>
        index.search({ cue, filter, limit: 100, now: NOW, explain: true }),
      ),
    ),
    versions: ids.map((id) => index.versions(id)),
    neighbours: ids.map((id) => index.neighbours(id, 2)),
    tags: index.tags(everything, NOW),
  };
}

/**
 * Writes an index down with the first 300 memories removed (or those that supersede others), the next 20 stored anew
 * under their ids, and 20 more added, all between two chunks; then takes it back and puts in what changed.
 */
async function writtenWhileChanging(moment: number, gone: readonly IndexedMemory[]) {
  const index = indexOf(memories);
  const again = memories.slice(CHANGED, CHANGED + 20).map((memory) => ({ ...memory, text: "again word31" }));
  const isGone = new Set(gone.map(({ id }) => id));
  const chunks: Uint8Array[] = [];
  for (const chunk of index.serialize()) {
    chunks.push(chunk);
    if (chunks.length !== moment) continue;
    for (const { id } of [...gone, ...again]) index.remove(id);
    for (const memory of [...again, ...later]) index.add(memory);
  }
  const back = await searchIndexFactory.load(chunksOf(chunks));
  for (const { id } of [...gone, ...again, ...later]) back.remove(id);
  for (const memory of [...again, ...later]) back.add(memory);
  const byId = new Map([...memories, ...again, ...later].map((memory) => [memory.id, memory]));
  const fresh = indexOf([...byId.values()].filter(({ id }) => !isGone.has(id)));
  return { chunks, index, back, fresh };
}

const moments = [...indexOf(memories).serialize()].map((_, chunk) => chunk + 1);

describe("an index that changes while it is written", () => {
  it("is written in several chunks of every kind", () => {
    expect(moments.length).toBeGreaterThan(6);
  });

  it.each(moments)("comes back exact when memories come and go behind chunk %d", async (moment) => {
    const { index, back, fresh } = await writtenWhileChanging(moment, memories.slice(0, CHANGED));
    const expected = answers(fresh);
    expect(answers(index)).toEqual(expected);
    expect(answers(back)).toEqual(expected);
    while (!back.compact(1_000));
    expect(answers(back)).toEqual(expected);
  });

  it.each(moments)("keeps what is no longer superseded behind chunk %d", async (moment) => {
    const superseding = memories.filter(({ supersedes }) => supersedes !== undefined);
    const { back, fresh } = await writtenWhileChanging(moment, superseding);
    expect(answers(back)).toEqual(answers(fresh));
  });
});
