/** The keeper of an index over a vault in memory, for its tests. */
import { newRecordId } from "../../../src/base/record-id.ts";
import { searchIndexFactory } from "../../../src/search/create-search-index.ts";
import type { SearchIndexFactory } from "../../../src/search/search-index.ts";
import { IndexKeeper } from "../../../src/service/index/index-keeper.ts";
import { Memories } from "../../../src/service/memories/memories.ts";
import { storedNote } from "../fixtures.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { MemoryOpenVault } from "../memory-vault.ts";
import type { MemoryDisk } from "../memory-vault.ts";

export function keeperOf(disk: MemoryDisk, factory: SearchIndexFactory = searchIndexFactory) {
  const clock = new FakeClock();
  const vault = new MemoryOpenVault(disk, () => clock.now());
  const events: string[] = [];
  const logger = { log: (event: string) => void events.push(event) };
  const keeper = new IndexKeeper({ vault, factory, clock, logger });
  const memories = new Memories(vault, keeper, clock, (text) => text);
  return { keeper, memories, vault, clock, events };
}

export type Kept = ReturnType<typeof keeperOf>;

/** Everything the index can be asked without a text, and a few searches. */
export function contents({ keeper, clock }: Kept) {
  const index = keeper.current;
  const everything = { includeSuperseded: true, includeExpired: true };
  const ids = index.list(everything, clock.now(), Number.MAX_SAFE_INTEGER);
  const search = (cue: string) =>
    index
      .search({ cue, filter: everything, limit: 1_000, now: clock.now() })
      .hits.map(({ id }) => id)
      .toSorted();
  return {
    size: index.size,
    ids,
    chains: ids.map((id) => index.versions(id)),
    tags: index.tags({}, clock.now()),
    projects: index.projects(clock.now()),
    harbour: search("harbour"),
    lighthouse: search("lighthouse"),
  };
}

export async function complete(kept: Kept): Promise<Kept> {
  await kept.keeper.whenComplete();
  return kept;
}

export async function save({ memories }: Kept, text: string, id = newRecordId()): Promise<string> {
  await memories.insert([{ id, stored: storedNote(text) }]);
  return id;
}

/** Writes a checkpoint of what is on the disk. */
export async function withCheckpoint(disk: MemoryDisk): Promise<MemoryDisk> {
  const kept = await complete(keeperOf(disk));
  await kept.keeper.checkpoint();
  return disk;
}
