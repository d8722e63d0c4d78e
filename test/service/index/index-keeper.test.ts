import * as fc from "fast-check";
import { passOfExpired } from "../../../src/policy/recall-gate.ts";
import { describe, expect, it, vi } from "vitest";
import { utf8 } from "../../../src/base/bytes.ts";
import { KeepsakeError } from "../../../src/base/errors.ts";
import { newRecordId } from "../../../src/base/record-id.ts";
import { searchIndexFactory } from "../../../src/search/create-search-index.ts";
import type { SearchIndex } from "../../../src/search/search-index.ts";
import { diskOfNotes, putNote, recordOf, storedNote } from "../fixtures.ts";
import { expectCode } from "../../support/codes.ts";
import { gate, openHarness, settle } from "../harness.ts";
import type { MemoryDisk } from "../memory-vault.ts";
import { complete, contents, keeperOf, save, withCheckpoint } from "./kept-index.ts";

describe("a search while the index is loaded", () => {
  it("answers from what is there and says that it is not complete", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const disk = diskOfNotes(20);
      const rest = gate();
      let scanned = 0;
      disk.hooks.beforeScanned = () => {
        scanned += 1;
        return scanned > 10 ? rest.opened : undefined;
      };
      const harness = await openHarness({ disk });
      const searching = harness.call("memory.search", { query: "harbour", limit: 100 });
      await settle();
      await vi.advanceTimersByTimeAsync(1_999);
      let isAnswered = false;
      void searching.then(() => (isAnswered = true));
      await settle();
      expect(isAnswered).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      expect(await searching).toMatchObject({ complete: false, more: false });
      expect((await searching).hits).toHaveLength(10);
      const { open } = await harness.call("vault.status", {});
      expect(open).toMatchObject({ memories: 10, index: { complete: false, done: 10, total: 20 } });
      rest.open();
      await settle();
      const whole = await harness.call("memory.search", { query: "harbour", limit: 100 });
      expect(whole).toMatchObject({ complete: true });
      expect(whole.hits).toHaveLength(20);
      expect((await harness.call("vault.status", {})).open?.index).toEqual({
        complete: true,
        done: 20,
        total: 20,
      });
    } finally {
      vi.useRealTimers();
    }
  });

  it("finds what is saved meanwhile, which is not lost afterwards", async () => {
    const disk = diskOfNotes(5);
    const rest = gate();
    disk.hooks.beforeScanned = () => rest.opened;
    const kept = keeperOf(disk);
    const id = await save(kept, "lighthouse");
    expect(kept.keeper.current.has(id)).toBe(true);
    rest.open();
    await complete(kept);
    expect(contents(kept)).toMatchObject({ size: 6, lighthouse: [id] });
  });

  it("keeps updates and forgetting waiting, whose outcome depends on it", async () => {
    const disk = diskOfNotes(1);
    const rest = gate();
    disk.hooks.beforeScanned = () => rest.opened;
    const harness = await openHarness({ disk });
    const [id = ""] = disk.records.memory.keys();
    const updating = harness.call("memory.update", { id, text: "lighthouse" });
    await settle();
    expect(disk.batches).toEqual([]);
    rest.open();
    await updating;
    expect(await harness.found("harbour lighthouse")).toHaveLength(1);
  });
});

describe("a record that cannot be read", () => {
  it("is left out, and the others are found", async () => {
    const disk = diskOfNotes(3);
    const [id = ""] = disk.records.memory.keys();
    disk.damaged.add(id);
    disk.put("memory", newRecordId(), utf8("\u0001not a memory canary"));
    const kept = await complete(keeperOf(disk));
    expect(kept.keeper.current.size).toBe(2);
    expect(kept.keeper.progress).toEqual({ complete: true, done: 2, total: 2 });
    expect(kept.events).toEqual(["record-not-a-memory", "index-complete"]);
  });

  it("is left out of what is caught up with as well", async () => {
    const disk = await withCheckpoint(diskOfNotes(3));
    const damaged = putNote(disk, "lighthouse damaged");
    const whole = putNote(disk, "lighthouse whole");
    disk.damaged.add(damaged);
    const kept = await complete(keeperOf(disk));
    expect(contents(kept)).toMatchObject({ size: 4, lighthouse: [whole] });
  });
});

describe("a checkpoint", () => {
  it("and catching up give what a rebuild gives", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 25 }),
        fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 25 }),
        async (before, after) => {
          const disk = diskOfNotes(4);
          const change = (kind: number, position: number) => {
            const ids = [...disk.records.memory.keys()];
            const id = ids[position % Math.max(1, ids.length)];
            if (kind < 2 || id === undefined) putNote(disk, `lighthouse ${position}`, { tags: [`t${kind}`] });
            else if (kind === 2) putNote(disk, `harbour ${position}`, { supersedes: id });
            else if (kind === 3) disk.apply([{ type: "delete", keyspace: "memory", id }]);
            // The same id again with other words, as a turn that is forgotten and captured anew.
            else disk.put("memory", id, recordOf(storedNote(`lighthouse again ${position}`)));
          };
          before.forEach(change);
          await withCheckpoint(disk);
          after.forEach(change);
          const loaded = await complete(keeperOf(disk));
          disk.checkpoint = undefined;
          const rebuilt = await complete(keeperOf(disk));
          expect(contents(loaded)).toEqual(contents(rebuilt));
          expect(loaded.keeper.progress).toEqual(rebuilt.keeper.progress);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("reads only what came after it", async () => {
    const disk = await withCheckpoint(diskOfNotes(50));
    const id = putNote(disk, "lighthouse");
    const [gone = ""] = disk.records.memory.keys();
    disk.apply([{ type: "delete", keyspace: "memory", id: gone }]);
    const read: string[] = [];
    disk.hooks.beforeRead = (_keyspace, each) => void read.push(each);
    disk.hooks.beforeScanned = (each) => void read.push(each);
    const kept = await complete(keeperOf(disk));
    expect(read).toEqual([id]);
    expect(kept.keeper.current.size).toBe(50);
    expect(kept.keeper.current.has(gone)).toBe(false);
  });

  it.each([
    ["a chunk is not what was written", (disk: MemoryDisk) => disk.checkpoint?.chunks.push(utf8("[]"))],
    ["a chunk is missing", (disk: MemoryDisk) => disk.checkpoint?.chunks.pop()],
    [
      "a chunk does not authenticate",
      (disk: MemoryDisk) => {
        disk.hooks.beforeLoadedChunk = () => {
          throw new KeepsakeError("RECORD_DAMAGED");
        };
      },
    ],
    [
      "the vault cannot say",
      (disk: MemoryDisk) => {
        disk.hooks.beforeLoadCheckpoint = () => {
          throw new KeepsakeError("VAULT_DAMAGED");
        };
      },
    ],
  ])("is discarded when %s, and the index rebuilt", async (_what, damage) => {
    const disk = await withCheckpoint(diskOfNotes(20));
    damage(disk);
    const kept = await complete(keeperOf(disk));
    expect(kept.keeper.current.size).toBe(20);
    expect(kept.events).toEqual(["checkpoint-discarded", "index-complete"]);
  });

  it.each([
    [20, 0],
    [21, 41],
  ])("of 20 memories with %i more since lets the load go through %i of all", async (changed, read) => {
    const disk = await withCheckpoint(diskOfNotes(20));
    const before = await complete(keeperOf(disk));
    for (let number = 0; number < changed; number += 1) await save(before, `note ${number} since`);
    let scans = 0;
    disk.hooks.beforeScanned = () => void (scans += 1);
    const kept = await complete(keeperOf(disk));
    expect(scans).toBe(read);
    expect(kept.keeper.current.size).toBe(20 + changed);
  });

  it("does not count when it is of another generation", async () => {
    const disk = await withCheckpoint(diskOfNotes(20));
    disk.generation = 2;
    let scans = 0;
    disk.hooks.beforeScanned = () => void (scans += 1);
    await complete(keeperOf(disk));
    expect(scans).toBe(20);
  });

  it("takes in what is saved and leaves out what is forgotten while it is loaded", async () => {
    const disk = await withCheckpoint(diskOfNotes(20));
    const [forgotten = ""] = disk.records.memory.keys();
    const rest = gate();
    disk.hooks.beforeLoadedChunk = () => rest.opened;
    const kept = keeperOf(disk);
    const saved = await save(kept, "lighthouse kept");
    const both = await save(kept, "lighthouse gone again");
    await kept.memories.remove([forgotten, both], passOfExpired());
    rest.open();
    await complete(kept);
    expect(contents(kept)).toMatchObject({ size: 20, lighthouse: [saved] });
    expect(kept.keeper.current.has(forgotten)).toBe(false);
  });

  it("takes in what is saved and leaves out what is forgotten while it is caught up with", async () => {
    const disk = await withCheckpoint(diskOfNotes(3));
    const [one, two] = [putNote(disk, "lighthouse one"), putNote(disk, "lighthouse two")];
    const rest = gate();
    disk.hooks.afterRead = () => rest.opened;
    const kept = keeperOf(disk);
    await settle();
    disk.hooks = {};
    await kept.memories.remove([one], passOfExpired());
    await kept.memories.remove([two], passOfExpired());
    const saved = await save(kept, "lighthouse three");
    rest.open();
    await complete(kept);
    expect(contents(kept)).toMatchObject({ size: 4, lighthouse: [saved] });
  });

  it("leaves out what is forgotten while the index is rebuilt and was read before that", async () => {
    const disk = diskOfNotes(3);
    const rest = gate();
    const scanned: string[] = [];
    disk.hooks.beforeScanned = (id) => {
      scanned.push(id);
      return scanned.length === 2 ? rest.opened : undefined;
    };
    const kept = keeperOf(disk);
    await settle();
    // The scan has its records in hand and goes on after this.
    await kept.memories.remove(scanned, passOfExpired());
    rest.open();
    await complete(kept);
    expect(kept.keeper.current.size).toBe(1);
  });
});

describe("writing a checkpoint", () => {
  it("is worthwhile after 1,000 changes, and due when nothing was written for a second", async () => {
    const disk = await withCheckpoint(diskOfNotes(2_000));
    const kept = await complete(keeperOf(disk));
    const { keeper, clock } = kept;
    for (let change = 0; change < 998; change += 2) {
      const id = await save(kept, "lighthouse");
      await kept.memories.remove([id], passOfExpired());
    }
    await save(kept, "lighthouse");
    clock.advance(10_000);
    expect(keeper.isCheckpointWorthwhile).toBe(false);
    await save(kept, "lighthouse");
    expect([keeper.isCheckpointWorthwhile, keeper.isCheckpointDue]).toEqual([true, false]);
    clock.advance(999);
    expect(keeper.isCheckpointDue).toBe(false);
    clock.advance(1);
    expect(keeper.isCheckpointDue).toBe(true);
    await keeper.checkpoint();
    expect(keeper.isCheckpointWorthwhile).toBe(false);
  });

  it("counts what an earlier engine wrote since the last one", async () => {
    const disk = await withCheckpoint(diskOfNotes(1_000));
    for (let position = 0; position < 999; position++) putNote(disk, "lighthouse");
    expect((await complete(keeperOf(disk))).keeper.isCheckpointWorthwhile).toBe(false);
    const [gone = ""] = disk.records.memory.keys();
    disk.apply([{ type: "delete", keyspace: "memory", id: gone }]);
    expect((await complete(keeperOf(disk))).keeper.isCheckpointWorthwhile).toBe(true);
  });

  it("counts what is saved while the checkpoint is loaded", async () => {
    const disk = await withCheckpoint(diskOfNotes(1_000));
    const rest = gate();
    disk.hooks.beforeLoadedChunk = () => rest.opened;
    const kept = keeperOf(disk);
    const stored = storedNote("lighthouse");
    await kept.memories.insert(Array.from({ length: 1_000 }, () => ({ id: newRecordId(), stored })));
    rest.open();
    await complete(kept);
    expect(kept.keeper.isCheckpointWorthwhile).toBe(true);
  });

  it("takes a share of a large index, not a fixed number", async () => {
    const disk = await withCheckpoint(diskOfNotes(1));
    const large = (index: SearchIndex): SearchIndex =>
      Object.defineProperty(index, "size", { get: () => 100_000 });
    const kept = await complete(
      keeperOf(disk, {
        ...searchIndexFactory,
        load: async (chunks) => large(await searchIndexFactory.load(chunks)),
      }),
    );
    const stored = storedNote("lighthouse");
    const add = (count: number) =>
      kept.memories.insert(Array.from({ length: count }, () => ({ id: newRecordId(), stored })));
    await add(1_999);
    expect(kept.keeper.isCheckpointWorthwhile).toBe(false);
    await add(1);
    expect(kept.keeper.isCheckpointWorthwhile).toBe(true);
  });

  it("is worthwhile at once after a purge, which leaves none behind", async () => {
    const disk = await withCheckpoint(diskOfNotes(1_000));
    const kept = await complete(keeperOf(disk));
    expect(kept.keeper.isCheckpointWorthwhile).toBe(false);
    disk.generation += 1;
    expect(kept.keeper.isCheckpointWorthwhile).toBe(true);
    await kept.keeper.checkpoint();
    expect(kept.keeper.isCheckpointWorthwhile).toBe(false);
  });

  it("waits while the vault does not accept writes, the index is not whole or a write is in doubt", async () => {
    const disk = diskOfNotes(1_200);
    const rest = gate();
    let scanned = 0;
    disk.hooks.beforeScanned = () => ((scanned += 1) > 1_100 ? rest.opened : undefined);
    const loading = keeperOf(disk);
    await settle();
    expect(loading.keeper.current.size).toBe(1_100);
    expect(loading.keeper.isCheckpointWorthwhile).toBe(false);
    rest.open();
    const kept = await complete(loading);
    expect(kept.keeper.isCheckpointWorthwhile).toBe(true);
    disk.readOnly = { code: "DISK_FULL", since: 0 };
    expect(kept.keeper.isCheckpointWorthwhile).toBe(false);
    disk.readOnly = undefined;
    disk.hooks.beforeWrite = () => {
      throw new KeepsakeError("WRITE_FAILED");
    };
    await expectCode(save(kept, "lighthouse"), "WRITE_FAILED");
    expect(kept.keeper.isCheckpointWorthwhile).toBe(false);
    await kept.keeper.whenComplete();
    expect(kept.keeper.isCheckpointWorthwhile).toBe(true);
  });

  it("at lock waits for a small index, and for a large one only when there is none yet", async () => {
    const disk = diskOfNotes(1);
    const kept = await complete(keeperOf(disk));
    const stored = storedNote("lighthouse");
    const add = (count: number) =>
      kept.memories.insert(Array.from({ length: count }, () => ({ id: newRecordId(), stored })));
    await add(998);
    expect(kept.keeper.isCheckpointDueAtLock).toBe(false);
    await add(1);
    expect(kept.keeper.isCheckpointDueAtLock).toBe(true);
    await add(20_000);
    expect(kept.keeper.isCheckpointDueAtLock).toBe(true);
    await kept.keeper.checkpoint();
    await add(5_000);
    expect([kept.keeper.isCheckpointWorthwhile, kept.keeper.isCheckpointDueAtLock]).toEqual([true, false]);
  });

  it("takes in a write that was on its way when it began, whose record the index did not hold yet", async () => {
    const disk = diskOfNotes(1_000);
    const kept = await complete(keeperOf(disk));
    const durable = gate();
    disk.hooks.afterWrite = () => durable.opened;
    const saving = save(kept, "lighthouse");
    await settle();
    expect(disk.records.memory.size).toBe(1_001);
    await kept.keeper.checkpoint();
    durable.open();
    const id = await saving;
    expect(disk.checkpoint).toBeDefined();
    expect(contents(await complete(keeperOf(disk))).lighthouse).toEqual([id]);
  });

  it("is not begun while another one is written", async () => {
    const disk = diskOfNotes(10);
    const kept = await complete(keeperOf(disk));
    const rest = gate();
    disk.hooks.betweenChunks = () => rest.opened;
    const first = kept.keeper.checkpoint();
    await settle();
    await expectCode(kept.keeper.checkpoint(), "BUSY");
    rest.open();
    await first;
    await kept.keeper.checkpoint();
  });

  it("comes after everything that was forgotten has left the index", async () => {
    const calls: string[] = [];
    const watched = (index: SearchIndex): SearchIndex => {
      const serialize = index.serialize.bind(index);
      return Object.assign(index, {
        compact: () => calls.push("compact") === 5,
        serialize: () => {
          calls.push("serialize");
          return serialize();
        },
      });
    };
    const kept = await complete(
      keeperOf(diskOfNotes(3), { ...searchIndexFactory, create: () => watched(searchIndexFactory.create()) }),
    );
    await kept.keeper.checkpoint();
    expect(calls).toEqual([...Array.from({ length: 5 }, () => "compact"), "serialize"]);
  });

  it("passes a full disk on and stays worthwhile", async () => {
    const disk = diskOfNotes(1_000);
    const kept = await complete(keeperOf(disk));
    disk.hooks.betweenChunks = () => {
      throw new KeepsakeError("DISK_FULL");
    };
    await expectCode(kept.keeper.checkpoint(), "DISK_FULL");
    expect(kept.keeper.isCheckpointWorthwhile).toBe(true);
  });
});

describe("loading that fails", () => {
  it("is logged, answered from what is there, and tried again", async () => {
    const disk = diskOfNotes(10);
    const asked = gate();
    let scanned = 0;
    disk.hooks.beforeScanned = async () => {
      scanned += 1;
      if (scanned !== 6) return;
      await asked.opened;
      throw new KeepsakeError("VAULT_DAMAGED");
    };
    const harness = await openHarness({ disk });
    const searching = harness.call("memory.search", { query: "harbour", limit: 100 });
    asked.open();
    const first = await searching;
    expect([first.hits.length, first.complete]).toEqual([5, false]);
    expect(harness.events("index-failed")).toMatchObject([{ code: "VAULT_DAMAGED" }]);
    const id = await harness.save("lighthouse");
    const second = await harness.call("memory.search", { query: "harbour", limit: 100 });
    expect([second.hits.length, second.complete]).toEqual([10, true]);
    expect(await harness.found("lighthouse")).toEqual([id]);
  });

  it("starts over from the records when catching up with a checkpoint fails", async () => {
    const disk = await withCheckpoint(diskOfNotes(3));
    const id = putNote(disk, "lighthouse");
    disk.hooks.beforeRead = () => {
      throw new KeepsakeError("VAULT_DAMAGED");
    };
    const kept = keeperOf(disk);
    await expectCode(kept.keeper.whenComplete(), "VAULT_DAMAGED");
    expect(kept.events).toEqual(["index-failed"]);
    await complete(kept);
    expect(contents(kept)).toMatchObject({ size: 4, lighthouse: [id] });
  });

  it("refuses changes that depend on the whole index, with what made it fail", async () => {
    const disk = diskOfNotes(3);
    disk.hooks.beforeScanned = () => {
      throw new TypeError("a bug");
    };
    const harness = await openHarness({ disk });
    const [id = ""] = disk.records.memory.keys();
    await expect(harness.call("memory.update", { id, text: "x" })).rejects.toThrow(TypeError);
    await expect(harness.call("memory.forget", { ids: [id] })).rejects.toThrow(TypeError);
    expect(harness.events("index-failed")[0]).toMatchObject({ code: "INTERNAL" });
    expect((await harness.call("memory.get", { ids: [id] })).memories).toHaveLength(1);
    disk.hooks = {};
    await harness.call("memory.forget", { ids: [id] });
    expect(disk.records.memory.size).toBe(2);
  });
});

describe("a write that failed", () => {
  it.each([
    ["saved", "reappeared", "afterWrite"],
    ["saved", "did not happen", "beforeWrite"],
    ["forgotten", "reappeared", "afterWrite"],
    ["forgotten", "did not happen", "beforeWrite"],
  ] as const)("of a memory being %s that %s leaves index and records alike", async (what, _how, hook) => {
    const disk = diskOfNotes(3);
    const kept = await complete(keeperOf(disk));
    const [known = ""] = disk.records.memory.keys();
    disk.hooks[hook] = () => {
      throw new KeepsakeError("WRITE_FAILED");
    };
    const id = what === "saved" ? newRecordId() : known;
    await expectCode(
      what === "saved" ? save(kept, "lighthouse", id) : kept.memories.remove([id], passOfExpired()),
      "WRITE_FAILED",
    );
    disk.readOnly = { code: "WRITE_FAILED", since: 0 };
    await kept.keeper.whenComplete();
    disk.readOnly = undefined;
    disk.hooks = {};
    await kept.keeper.whenComplete();
    expect(kept.keeper.current.has(id)).toBe(disk.records.memory.has(id));
    expect(contents(kept)).toEqual(contents(await complete(keeperOf(disk))));
  });

  it("is judged only once the vault has reopened and knows itself", async () => {
    const disk = diskOfNotes(1);
    const kept = await complete(keeperOf(disk));
    disk.hooks.beforeWrite = () => {
      throw new KeepsakeError("WRITE_FAILED");
    };
    const id = newRecordId();
    await expectCode(save(kept, "lighthouse", id), "WRITE_FAILED");
    disk.readOnly = { code: "WRITE_FAILED", since: 0 };
    await kept.keeper.whenComplete();
    // Reopened: the batch had reached the disk after all.
    disk.put("memory", id, recordOf(storedNote("lighthouse")));
    disk.readOnly = undefined;
    await kept.keeper.whenComplete();
    expect(contents(kept).lighthouse).toEqual([id]);
  });

  it("is not undone for a memory that is forgotten while it is looked at", async () => {
    const disk = diskOfNotes(1);
    const kept = await complete(keeperOf(disk));
    const id = newRecordId();
    disk.hooks.afterWrite = () => {
      throw new KeepsakeError("WRITE_FAILED");
    };
    await expectCode(save(kept, "lighthouse", id), "WRITE_FAILED");
    disk.hooks = {};
    // The record is found, and gone before the index is told.
    const vaultHas = kept.vault.has.bind(kept.vault);
    kept.vault.has = (keyspace, each) => {
      disk.records.memory.delete(id);
      return vaultHas(keyspace, each);
    };
    await kept.keeper.whenComplete();
    expect(kept.keeper.current.has(id)).toBe(false);
  });
});

describe("starting over", () => {
  it("lets those who wait for the index wait for the new one", async () => {
    const disk = diskOfNotes(5);
    const rest = gate();
    disk.hooks.beforeScanned = () => rest.opened;
    const kept = keeperOf(disk);
    let isComplete = false;
    const waiting = kept.keeper.whenComplete().then(() => (isComplete = true));
    await settle();
    kept.keeper.reload();
    await settle();
    expect(isComplete).toBe(false);
    rest.open();
    await waiting;
    expect(kept.keeper.current.size).toBe(5);
    expect(kept.events).toEqual(["index-complete"]);
  });

  it("is not over when the load before it ends", async () => {
    const disk = diskOfNotes(3);
    // The last record is not handed over, so that the scan ends right behind it.
    const last = putNote(disk, "lighthouse");
    disk.damaged.add(last);
    const gates = [gate(), gate()];
    const scans = [...gates];
    disk.hooks.beforeScanned = (id) => (id === last ? scans.shift()?.opened : undefined);
    const kept = keeperOf(disk);
    await settle();
    kept.keeper.reload();
    await settle();
    gates[0]?.open();
    await settle();
    expect(kept.keeper.progress.complete).toBe(false);
    gates[1]?.open();
    await complete(kept);
    expect(kept.events).toEqual(["index-complete"]);
  });

  it("forgets what the records do not hold any more", async () => {
    const disk = diskOfNotes(5);
    const kept = await complete(keeperOf(disk));
    const [id = ""] = disk.records.memory.keys();
    disk.records.memory.delete(id);
    kept.keeper.reload();
    expect(kept.keeper.progress.complete).toBe(false);
    const saved = await save(kept, "lighthouse");
    await complete(kept);
    expect(contents(kept)).toMatchObject({ size: 5, lighthouse: [saved] });
  });

  it("does not fork a chain whose update waits meanwhile", async () => {
    const harness = await openHarness();
    const id = await harness.save("harbour one");
    const write = gate();
    harness.disk.hooks.beforeWrite = () => write.opened;
    const first = harness.call("memory.update", { id, text: "harbour two" });
    const second = harness.call("memory.update", { id, text: "harbour three" });
    await settle();
    await harness.call("vault.repair", {});
    write.open();
    const [one, two] = await Promise.all([first, second]);
    expect(two.supersedes).toBe(one.id);
  });
});

describe("closing", () => {
  it("ends the loading and refuses those who wait for it", async () => {
    const disk = diskOfNotes(5);
    const rest = gate();
    let scanned = 0;
    disk.hooks.beforeScanned = () => {
      scanned += 1;
      return rest.opened;
    };
    const kept = keeperOf(disk);
    const waiting = kept.keeper.whenComplete();
    const refused = expectCode(waiting, "VAULT_SEALED");
    await settle();
    const closing = kept.keeper.close();
    rest.open();
    await closing;
    await refused;
    expect(scanned).toBe(1);
    expect(kept.keeper.current.size).toBe(0);
    expect(kept.events).toEqual([]);
    expect(kept.keeper.progress.complete).toBe(false);
  });

  it("has nothing to end when the index is whole", async () => {
    const kept = await complete(keeperOf(diskOfNotes(1)));
    await kept.keeper.close();
    expect(kept.keeper.progress.complete).toBe(true);
  });
});

describe("long work on the index", () => {
  it("gives way, so that nobody waits long", async () => {
    const disk = diskOfNotes(300);
    const kept = keeperOf(disk, {
      ...searchIndexFactory,
      create: () => {
        const index = searchIndexFactory.create();
        const add = index.add.bind(index);
        index.add = (memory) => {
          kept?.clock.advance(1);
          add(memory);
        };
        return index;
      },
    });
    let immediates = 0;
    const tick = () => {
      immediates += 1;
      if (!kept.keeper.progress.complete) setImmediate(tick);
    };
    setImmediate(tick);
    await complete(kept);
    // One turn of the event loop for every ten milliseconds of work.
    expect(immediates).toBeGreaterThanOrEqual(29);
  });
});
