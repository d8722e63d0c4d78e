import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { searchIndexFactory } from "../../../src/search/create-search-index.ts";
import type { SearchIndex } from "../../../src/search/search-index.ts";
import { chunksOf } from "../support/chunks.ts";
import { DAY_MS, HOUR_MS, memoryOf, NOW } from "../support/memories.ts";

/** Large enough for several chunks. */
function exampleIndex(): SearchIndex {
  const index = searchIndexFactory.create();
  let before: string | undefined;
  for (let number = 0; number < 3_000; number++) {
    const memory = memoryOf(
      Array.from({ length: 60 }, (_, word) => `word${(number * 31 + word * word * 17) % 9_000}`).join(" "),
      {
        kind: number % 5 === 0 ? "note" : "turn",
        project: number % 4 === 0 ? null : `project${number % 3}`,
        session: number % 5 === 0 ? undefined : `session${number % 100}`,
        role: number % 2 === 0 ? "user" : "assistant",
        speaker: number % 7 === 0 ? "Anna" : undefined,
        tags: number % 6 === 0 ? ["a", "b"] : [],
        at: NOW - number * HOUR_MS,
        expiresAt: number % 11 === 0 ? NOW + DAY_MS : undefined,
        pinned: number % 13 === 0,
        supersedes: number % 17 === 0 ? before : undefined,
      },
    );
    before = memory.id;
    index.add(memory);
  }
  return index;
}

const index = exampleIndex();
const chunks = [...index.serialize()];
const load = (some: readonly Uint8Array[]) => searchIndexFactory.load(chunksOf(some));

describe("a checkpoint", () => {
  it("comes back as the same index", async () => {
    const back = await load(chunks);
    expect(back.size).toBe(index.size);
    for (const cue of ["word31 word62 word5", "when did Anna say word17", "word42 yesterday"]) {
      for (const filter of [{}, { projects: [null] }, { tags: ["b"] }, { includeSuperseded: true }]) {
        const request = { cue, filter, limit: 50, now: NOW, explain: true };
        expect(back.search(request)).toEqual(index.search(request));
      }
    }
    const all = { includeSuperseded: true, includeExpired: true };
    const ids = index.list(all, NOW, 5_000);
    expect(back.list(all, NOW, 5_000)).toEqual(ids);
    expect(ids.map((id) => back.versions(id))).toEqual(ids.map((id) => index.versions(id)));
    expect(ids.map((id) => back.neighbours(id, 3))).toEqual(ids.map((id) => index.neighbours(id, 3)));
    expect(back.list({}, NOW + 2 * DAY_MS, 5_000)).toEqual(index.list({}, NOW + 2 * DAY_MS, 5_000));
  });

  it("is written in chunks of moderate size", () => {
    expect(chunks.length).toBeGreaterThan(3);
    for (const chunk of chunks) expect(chunk.length).toBeLessThan(600_000);
  });

  it("is written in chunks of moderate size whatever its names", () => {
    const named = searchIndexFactory.create();
    for (let number = 0; number < 500; number++)
      named.add(
        memoryOf("bread", {
          project: `${number}`.repeat(100),
          session: `session ${number} `.repeat(20),
          speaker: `speaker ${number} `.repeat(20),
          tags: Array.from({ length: 10 }, (_, tag) => `${number} ${tag} `.repeat(10)),
        }),
      );
    const sizes = Array.from(named.serialize(), ({ length }) => length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(600_000);
    for (const size of sizes) expect(size).toBeLessThan(300_000);
  });

  it("holds no word, name or id of a memory that was removed, compacted or not", () => {
    const some = searchIndexFactory.create();
    const gone = memoryOf("shared canaryword", {
      project: "canaryproject",
      session: "canarysession",
      tags: ["canarytag"],
      speaker: "Canaryspeaker",
    });
    some.add(memoryOf("shared bread", { project: "kept" }));
    some.add(gone);
    expect(Buffer.concat([...some.serialize()]).toString("latin1")).toMatch(/canary/i);
    some.remove(gone.id);
    expect(Buffer.concat([...some.serialize()]).toString("latin1")).not.toMatch(/canary/i);
    while (!some.compact(1));
    expect(Buffer.concat([...some.serialize()]).toString("latin1")).not.toMatch(/canary/i);
  });

  it("of nothing comes back as nothing", async () => {
    const back = await load([...searchIndexFactory.create().serialize()]);
    expect(back.size).toBe(0);
  });

  it("gives way to other work while it is read", async () => {
    let turns = 0;
    const count = setInterval(() => turns++, 0);
    await load(chunks);
    clearInterval(count);
    expect(turns).toBeGreaterThan(0);
  });
});

describe("a checkpoint is refused", () => {
  it.each([
    ["without chunks", () => []],
    ["without its head", () => chunks.slice(1)],
    ["without its end", () => chunks.slice(0, -1)],
    ["with a chunk missing", () => chunks.toSpliced(2, 1)],
    ["with a chunk twice", () => chunks.toSpliced(2, 0, chunks[2] ?? new Uint8Array())],
    [
      "with chunks exchanged",
      () => [...chunks.slice(0, 1), ...chunks.slice(1, -1).toReversed(), ...chunks.slice(-1)],
    ],
    ["with something behind its end", () => [...chunks, chunks[1] ?? new Uint8Array()]],
    ["with an empty chunk", () => chunks.toSpliced(1, 0, new Uint8Array())],
    ["of another version", () => chunks.map((chunk) => withByte(chunk, 4, 99))],
    ["of something else", () => chunks.map((chunk) => withByte(chunk, 0, 0))],
  ])("%s", async (_what, broken) => {
    await expect(load(broken())).rejects.toThrow(Error);
  });

  it("with any byte changed or any tail lost", async () => {
    const small = searchIndexFactory.create();
    small.add(memoryOf("bread and butter", { project: "a", session: "s", tags: ["t"], expiresAt: NOW }));
    const whole = [...small.serialize()];
    const place = fc.nat({ max: whole.reduce((sum, chunk) => sum + chunk.length, 0) - 1 });
    await fc.assert(
      fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), async (at, change) => {
        await expect(load(withChange(whole, at, change))).rejects.toThrow(Error);
        await expect(load(cutAt(whole, at))).rejects.toThrow(Error);
      }),
      { numRuns: 300 },
    );
  });

  it("with a body that was made up, its checksum being right", async () => {
    const { crc32 } = await import("node:zlib");
    const [head, memories, end] = [chunks[0], chunks[1], chunks.at(-1)].map(
      (chunk) => chunk ?? new Uint8Array(),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: 4_000 }), fc.nat({ max: 255 })), { minLength: 1 }),
        async (changes) => {
          const forged = Uint8Array.from(memories ?? []);
          for (const [place, byte] of changes) forged[14 + place] = byte;
          new DataView(forged.buffer).setUint32(10, crc32(forged.subarray(14)));
          const last = Uint8Array.from(end ?? []);
          new DataView(last.buffer).setUint32(6, 2);
          await expect(load([head ?? last, forged, last])).rejects.toThrow(Error);
        },
      ),
      { numRuns: 100 },
    );
  });
});

function withByte(chunk: Uint8Array, place: number, byte: number): Uint8Array {
  const changed = Uint8Array.from(chunk);
  changed[place] = byte;
  return changed;
}

function withChange(some: readonly Uint8Array[], at: number, change: number): Uint8Array[] {
  let before = 0;
  return some.map((chunk) => {
    const place = at - before;
    before += chunk.length;
    return place >= 0 && place < chunk.length ? withByte(chunk, place, (chunk[place] ?? 0) ^ change) : chunk;
  });
}

/** Everything before byte `at`, the chunk it falls into included as far as it goes. */
function cutAt(some: readonly Uint8Array[], at: number): Uint8Array[] {
  let before = 0;
  const cut: Uint8Array[] = [];
  for (const chunk of some) {
    if (before < at) cut.push(chunk.subarray(0, at - before));
    before += chunk.length;
  }
  return cut;
}
