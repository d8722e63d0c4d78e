/** What is durable and not in the index yet: nobody who reads misses it, and nobody who saves waits for it. */
import { describe, expect, it } from "vitest";
import { newRecordId } from "../../../src/base/record-id.ts";
import { searchIndexFactory } from "../../../src/search/create-search-index.ts";
import type { SearchIndex } from "../../../src/search/search-index.ts";
import { HeldIndex } from "../../../src/service/index/held-index.ts";
import { indexedMemory } from "../../../src/service/memory-codec.ts";
import { storedNote } from "../fixtures.ts";
import { settle } from "../harness.ts";
import { MemoryDisk } from "../memory-vault.ts";
import { complete, contents, keeperOf, save } from "./kept-index.ts";

const note = (text: string, id = newRecordId()) => indexedMemory(id, storedNote(text));

/** An index that lists what is put into it, and does not take the texts it is told not to. */
function recording(refused: ReadonlySet<string> = new Set()) {
  const added: string[] = [];
  const index: SearchIndex = searchIndexFactory.create();
  const add = index.add.bind(index);
  index.add = (memory) => {
    if (refused.has(memory.text)) throw new RangeError("no room");
    added.push(memory.text);
    add(memory);
  };
  return { index, added };
}

describe("a memory that is durable", () => {
  it("is in the index for whoever reads, and only then", () => {
    const { index, added } = recording();
    const held = new HeldIndex(index, () => {});
    held.put([note("harbour"), note("lighthouse")]);
    expect(added).toEqual([]);
    expect(held.current.size).toBe(2);
    expect(added).toEqual(["harbour", "lighthouse"]);
  });

  it("goes in though nobody reads, once, and what comes later too", async () => {
    const { index, added } = recording();
    const held = new HeldIndex(index, () => {});
    held.put([note("harbour")]);
    held.put([note("anchor")]);
    await settle(1);
    held.put([note("lighthouse")]);
    await settle(1);
    expect(added).toEqual(["harbour", "anchor", "lighthouse"]);
    expect(held.current.size).toBe(3);
  });

  it("takes the place of what is there under the same id", () => {
    const held = new HeldIndex(searchIndexFactory.create(), () => {});
    const id = newRecordId();
    held.put([note("harbour", id)]);
    expect(held.current.size).toBe(1);
    held.put([note("anchor", id), note("lighthouse", id)]);
    expect(held.current.size).toBe(1);
  });

  it("is in a checkpoint of which no chunk was taken before", async () => {
    const held = new HeldIndex(searchIndexFactory.create(), () => {});
    const chunks = held.chunksOf(held.current);
    held.put([note("harbour")]);
    const loaded = await searchIndexFactory.load(
      (async function* () {
        yield* chunks;
      })(),
    );
    expect(loaded.size).toBe(1);
  });

  it("is not put into the index that takes the place of its own", async () => {
    const held = new HeldIndex(searchIndexFactory.create(), () => {});
    held.put([note("harbour")]);
    const { index, added } = recording();
    held.replace(index);
    await settle(1);
    expect(added).toEqual([]);
  });

  it("is named where the index does not take it, and keeps no other one out", () => {
    const { index, added } = recording(new Set(["anchor"]));
    const failed: string[] = [];
    const held = new HeldIndex(index, (id) => failed.push(id));
    const [one, refused, other] = [note("harbour"), note("anchor"), note("lighthouse")];
    held.put([one, refused, other]);
    expect(held.current.size).toBe(2);
    expect(added).toEqual(["harbour", "lighthouse"]);
    expect(failed).toEqual([refused.id]);
  });
});

describe("the keeper of an index", () => {
  it("answers a save before the index has it, and finds it at once", async () => {
    const { index, added } = recording();
    const kept = await complete(keeperOf(new MemoryDisk(), { ...searchIndexFactory, create: () => index }));
    const id = await save(kept, "lighthouse");
    expect(added).toEqual([]);
    expect(contents(kept).lighthouse).toEqual([id]);
  });

  it("looks again at what the index did not take for who asks next", async () => {
    const refused = new Set(["lighthouse"]);
    const { index, added } = recording(refused);
    const kept = await complete(keeperOf(new MemoryDisk(), { ...searchIndexFactory, create: () => index }));
    index.add = ((add) => (memory) => {
      try {
        add(memory);
      } finally {
        refused.clear();
      }
    })(index.add);
    const id = await save(kept, "lighthouse");
    await kept.keeper.whenComplete();
    expect(added).toEqual(["lighthouse"]);
    expect(contents(kept).lighthouse).toEqual([id]);
  });

  it("writes no checkpoint without what the index did not take, and looks at it again", async () => {
    const refused = new Set(["lighthouse"]);
    const { index } = recording(refused);
    const kept = await complete(keeperOf(new MemoryDisk(), { ...searchIndexFactory, create: () => index }));
    const texts = Array.from({ length: 1_000 }, (_, each) => `harbour ${each}`);
    await kept.memories.insert(texts.map((text) => ({ id: newRecordId(), stored: storedNote(text) })));
    expect(kept.keeper.isCheckpointWorthwhile).toBe(true);
    const id = await save(kept, "lighthouse");
    expect(kept.keeper.isCheckpointWorthwhile).toBe(false);
    refused.clear();
    await kept.keeper.whenComplete();
    expect(contents(kept).lighthouse).toEqual([id]);
    expect(kept.keeper.isCheckpointWorthwhile).toBe(true);
  });
});
