import * as fc from "fast-check";
import { passOfExpired } from "../../../src/policy/recall-gate.ts";
import { describe, expect, it } from "vitest";
import { newRecordId } from "../../../src/base/record-id.ts";
import { diskOfNotes, putNote, storedNote } from "../fixtures.ts";
import { complete, contents, keeperOf, save, withCheckpoint } from "./kept-index.ts";

describe("writing a checkpoint", () => {
  it("is due without a quiet moment once a long import has left the last one far behind", async () => {
    const disk = await withCheckpoint(diskOfNotes(1));
    const kept = await complete(keeperOf(disk));
    const stored = storedNote("lighthouse");
    const add = (count: number) =>
      kept.memories.insert(Array.from({ length: count }, () => ({ id: newRecordId(), stored })));
    await add(49_999);
    expect(kept.keeper.isCheckpointDue).toBe(false);
    await add(1);
    expect(kept.keeper.isCheckpointDue).toBe(true);
    await kept.keeper.checkpoint();
    await add(49_999);
    expect(kept.keeper.isCheckpointDue).toBe(false);
    kept.clock.advance(1_000);
    expect(kept.keeper.isCheckpointDue).toBe(true);
  });

  it("goes on while memories come and go between its chunks, and is exact all the same", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: 6 }), fc.nat({ max: 3 }), fc.nat()), { maxLength: 20, size: "max" }),
        async (changes) => {
          const disk = diskOfNotes(400);
          const long = Array.from({ length: 300 }, (_, word) => `word${word * 37}`).join(" ");
          for (let number = 0; number < 400; number++) putNote(disk, `harbour ${number} ${long}`);
          const kept = await complete(keeperOf(disk));
          disk.hooks.betweenChunks = async (written) => {
            for (const [, kind, place] of changes.filter(([chunk]) => chunk + 1 === written)) {
              const ids = [...disk.records.memory.keys()];
              const id = ids[place % ids.length] ?? "";
              if (kind === 0) await save(kept, `lighthouse new${place}`);
              if (kind === 1) await kept.memories.remove([id], passOfExpired());
              if (kind === 2) await save(kept, "lighthouse once more", id);
              if (kind === 3) {
                const stored = { ...storedNote(`lighthouse next${place}`), supersedes: id };
                await kept.memories.insert([{ id: newRecordId(), stored }], [], passOfExpired());
              }
            }
          };
          await kept.keeper.checkpoint();
          disk.hooks = {};
          expect(disk.checkpoint?.chunks.length).toBeGreaterThan(4);
          const loaded = await complete(keeperOf(disk));
          expect(loaded.events).toEqual(["index-complete"]);
          expect(contents(loaded)).toEqual(contents(kept));
          disk.checkpoint = undefined;
          expect(contents(loaded)).toEqual(contents(await complete(keeperOf(disk))));
        },
      ),
      { numRuns: 25 },
    );
  });
});
