import { describe, expect, it } from "vitest";
import { newRecordId } from "../../../src/base/record-id.ts";
import { searchIndexFactory } from "../../../src/search/create-search-index.ts";
import { IndexKeeper } from "../../../src/service/index/index-keeper.ts";
import { Memories } from "../../../src/service/memories/memories.ts";
import { storeOnce } from "../../../src/service/memories/store-once.ts";
import { storedNote } from "../fixtures.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { MemoryDisk, MemoryOpenVault } from "../memory-vault.ts";

describe("storing many memories", () => {
  it("gives everything else a turn before its caller goes on with the next batch", async () => {
    const [disk, clock] = [new MemoryDisk(), new FakeClock()];
    const vault = new MemoryOpenVault(disk, () => clock.now());
    const logger = { log: () => {} };
    const keeper = new IndexKeeper({ vault, factory: searchIndexFactory, clock, logger });
    await keeper.whenComplete();
    const memories = new Memories(vault, keeper, clock, (text) => text);
    let isServed = false;
    disk.hooks.afterWrite = () => {
      setImmediate(() => {
        isServed = true;
      });
    };
    const arrivals = ["harbour", "lighthouse"].map((text) => ({
      id: newRecordId(),
      stored: storedNote(text),
    }));
    expect((await storeOnce(memories, arrivals)).outcome).toEqual({ stored: 2, duplicates: 0, forgotten: 0 });
    expect(isServed).toBe(true);
  });
});
