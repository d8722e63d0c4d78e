import { describe, expect, it } from "vitest";
import { newRecordId } from "../../src/base/record-id.ts";
import { searchIndexFactory, warmUpSearch } from "../../src/search/create-search-index.ts";
import type { IndexedMemory } from "../../src/search/search-index.ts";
import { chunksOf } from "./support/chunks.ts";

const NOW = Date.UTC(2026, 5, 1);

function memory(text: string, fields: Partial<IndexedMemory> = {}): IndexedMemory {
  return {
    id: newRecordId(),
    kind: "note",
    text,
    project: null,
    session: undefined,
    role: undefined,
    speaker: undefined,
    tags: [],
    at: NOW - 1000,
    savedAt: NOW - 1000,
    expiresAt: undefined,
    pinned: false,
    muted: false,
    supersedes: undefined,
    trust: "user",
    ...fields,
  };
}

function indexOf(...memories: IndexedMemory[]) {
  const index = searchIndexFactory.create();
  for (const each of memories) index.add(each);
  return index;
}

const found = (index: ReturnType<typeof indexOf>, cue: string, filter = {}) =>
  index.search({ cue, filter, limit: 10, now: NOW }).hits.map(({ id }) => id);

describe("the index", () => {
  it("finds the memory that holds the words of the cue, in any form", () => {
    const bread = memory("She bought three loaves of bread from the children.");
    const index = indexOf(bread, memory("The train to Lyon leaves at noon."));
    expect(found(index, "who buys bread for a child?")).toEqual([bread.id]);
    expect(found(index, "quantum chromodynamics")).toEqual([]);
  });

  it("looks only at the projects, tags, kinds, roles, sessions and times it is asked for", () => {
    const one = memory("bread", {
      project: "a",
      tags: ["food"],
      session: "s",
      role: "user",
      kind: "turn",
      at: 5,
    });
    const other = memory("bread", { project: "b", at: 9 });
    const index = indexOf(one, other);
    expect(found(index, "bread", { projects: ["a"] })).toEqual([one.id]);
    expect(found(index, "bread", { projects: [null] })).toEqual([]);
    expect(found(index, "bread", { tags: ["food"] })).toEqual([one.id]);
    expect(found(index, "bread", { kind: "note" })).toEqual([other.id]);
    expect(found(index, "bread", { role: "user" })).toEqual([one.id]);
    expect(found(index, "bread", { session: "s" })).toEqual([one.id]);
    expect(found(index, "bread", { after: 6 })).toEqual([other.id]);
    expect(found(index, "bread", { before: 6 })).toEqual([one.id]);
  });

  it("leaves out superseded memories unless asked, and expired ones always", () => {
    const old = memory("bread costs two", { savedAt: 10 });
    const next = memory("bread costs three", { savedAt: 20, supersedes: old.id });
    const gone = memory("bread sale", { savedAt: 10, expiresAt: NOW - 1 });
    const index = indexOf(next, old, gone);
    expect(found(index, "bread")).toEqual([next.id]);
    expect(found(index, "bread", { includeSuperseded: true }).toSorted()).toEqual(
      [old.id, next.id].toSorted(),
    );
    expect(found(index, "bread", { asOf: 15 })).toEqual([old.id]);
    expect(index.versions(next.id)).toEqual([old.id, next.id]);
    expect(index.supersededBy(old.id)).toBe(next.id);
  });

  it("comes back from its chunks with the same answers", async () => {
    const index = indexOf(memory("bread"), memory("butter", { session: "s", kind: "turn", role: "user" }));
    const back = await searchIndexFactory.load(
      (async function* chunks() {
        yield* index.serialize();
      })(),
    );
    expect(back.size).toBe(2);
    expect(found(back, "butter")).toEqual(found(index, "butter"));
  });
});

describe("an index that was read back", () => {
  it("answers as the one that was written, having rehearsed with terms it holds", async () => {
    const index = searchIndexFactory.create();
    for (let number = 0; number < 4_100; number++)
      index.add(
        memory(`bread butter ${number % 2 === 0 ? "harbour" : "lighthouse"} ${number}`, { at: number }),
      );
    const back = await searchIndexFactory.load(chunksOf(index.serialize()));
    for (const cue of ["bread and butter", "harbour 17", "yesterday"]) {
      const request = { cue, filter: {}, limit: 30, now: NOW, explain: true };
      expect(back.search(request)).toEqual(index.search(request));
    }
  });
});

describe("warming up", () => {
  it("leaves what is found, and which dates are understood, as they were", async () => {
    const index = searchIndexFactory.create();
    index.add(memory("bread", { at: NOW - 86_400_000 }));
    const search = () =>
      index.search({ cue: "bread yesterday", filter: {}, limit: 5, now: NOW, explain: true });
    const before = search();
    expect(before.hits).toHaveLength(1);
    let steps = 0;
    for await (const _ of warmUpSearch()) steps += 1;
    expect(steps).toBeGreaterThan(10);
    expect(search()).toEqual(before);
  });
});
