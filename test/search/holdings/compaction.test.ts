import { describe, expect, it } from "vitest";
import { createSearchIndexFactory, searchIndexFactory } from "../../../src/search/create-search-index.ts";
import { Compaction } from "../../../src/search/holdings/compaction.ts";
import { Holdings } from "../../../src/search/holdings/holdings.ts";
import { DEFAULT_WEIGHTS } from "../../../src/search/weights.ts";
import { memoryOf, NOW } from "../support/memories.ts";
import { arrayBytes } from "../support/array-bytes.ts";

const still = { now: () => NOW, monotonic: () => 0 };

function compacted(holdings: Holdings): Holdings {
  const compaction = new Compaction(holdings, still);
  while (!compaction.run(-1));
  return holdings;
}

describe("compaction", () => {
  it("leaves no word, name or posting of a removed memory behind", () => {
    const holdings = new Holdings();
    holdings.add(
      memoryOf("shared bread", { project: "kept", tags: ["kept"], session: "kept", speaker: "Kept" }),
    );
    const gone = memoryOf("shared canarywordone canarywordtwo", {
      project: "canaryproject",
      tags: ["canarytag"],
      session: "canarysession",
      speaker: "Canaryspeaker",
    });
    holdings.add(gone);
    holdings.remove(gone.id);
    expect(holdings.dictionary.find("canarywordon")).toBeGreaterThanOrEqual(0);
    compacted(holdings);
    for (const term of ["canarywordon", "canarywordtwo"]) expect(holdings.dictionary.find(term)).toBe(-1);
    const { catalogue, dictionary, postings } = holdings;
    expect([...catalogue.projects.entries()].map(([, name]) => name)).toEqual(["kept"]);
    expect([...catalogue.speakers.entries()].map(([, name]) => name)).toEqual(["Kept"]);
    expect([...catalogue.tagSets.entries()].map(([, tags]) => tags)).toEqual([["kept"]]);
    expect(catalogue.conversations.codes.codesNamed("canarysession")).toEqual([]);
    expect(postings.count(dictionary.find("share"))).toBe(1);
    expect(holdings.dead).toEqual([]);
  });

  it("gives rows, numbers and pages back, so that coming and going does not grow the index", () => {
    const before = arrayBytes();
    const holdings = new Holdings();
    const text = (round: number, number: number) =>
      Array.from({ length: 60 }, (_, word) => `w${round}x${number % 50}x${word}`).join(" ");
    const sizes: number[] = [];
    for (let round = 0; round < 6; round++) {
      const memories = Array.from({ length: 500 }, (_, number) => memoryOf(text(round, number)));
      for (const memory of memories) holdings.add(memory);
      for (const memory of memories) holdings.remove(memory.id);
      compacted(holdings);
      const { catalogue, dictionary } = holdings;
      const held = arrayBytes() - before;
      sizes.push(catalogue.rows.span + catalogue.conversations.codes.span + dictionary.span + held);
    }
    expect(sizes.at(-1)).toBeLessThan((sizes.at(1) ?? 0) * 1.2);
  });

  it("works in steps between which everything else goes on", () => {
    let ticks = 0;
    const index = createSearchIndexFactory(DEFAULT_WEIGHTS, {
      now: () => NOW,
      monotonic: () => ticks++,
    }).create();
    const memories = Array.from({ length: 300 }, (_, number) =>
      memoryOf(Array.from({ length: 40 }, (_none, word) => `word${number * 40 + word} bread`).join(" ")),
    );
    for (const memory of memories) index.add(memory);
    for (const { id } of memories.slice(0, 200)) index.remove(id);
    let steps = 0;
    const late = memoryOf("latecomer bread");
    while (!index.compact(1)) {
      if (steps++ === 3) index.add(late);
      const { hits } = index.search({ cue: "bread", filter: {}, limit: 100, now: NOW });
      expect(hits.length).toBeGreaterThanOrEqual(100);
    }
    expect(steps).toBeGreaterThan(5);
    expect(index.search({ cue: "latecomer", filter: {}, limit: 5, now: NOW }).hits).toHaveLength(1);
    expect(index.compact(1)).toBe(true);
  });

  it("has nothing to do when nothing was removed", () => {
    const index = searchIndexFactory.create();
    index.add(memoryOf("bread"));
    expect(index.compact(1)).toBe(true);
  });
});
