/** Checkpoints: what the service gave comes back whole with what changed since, or not at all. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import type { RecordStore } from "../../src/store/record-store.ts";
import type { CheckpointPart } from "../../src/vault/written/checkpoint-format.ts";
import { MANIFEST_KEY, partId } from "../../src/vault/written/checkpoint-format.ts";
import { loadBase } from "../../src/vault/checkpoint/load-checkpoint.ts";
import { encodeHead, HEAD_KEY } from "../../src/vault/written/head.ts";
import { KEYSPACE_BYTES } from "../../src/vault/written/keyspaces.ts";
import { SINGLE_ID, storeKey } from "../../src/vault/written/store-key.ts";
import type { LiveVault } from "../../src/vault/live-vault.ts";
import type { LoadedCheckpoint, RecordId } from "../../src/vault/vault.ts";
import { MemoryStore } from "../store/support/memory-store.ts";
import { FaultyDisk, until } from "./support/faulty-store.ts";
import { entriesOf, removeAll, tamper } from "./support/tamper.ts";
import { VaultHome, work } from "./support/vault-home.ts";

let home: VaultHome;
let disk: FaultyDisk;

beforeEach(async () => {
  home = await VaultHome.make();
  disk = new FaultyDisk();
});
afterEach(async () => {
  await home.remove();
});

const CLEAN = { damaged: [], missingCount: 0 };
const put = (id: RecordId, text = "text") =>
  ({ type: "put", keyspace: "memory", id, plaintext: utf8(text) }) as const;
const del = (id: RecordId) => ({ type: "delete", keyspace: "memory", id }) as const;

async function chunksOf(loaded: LoadedCheckpoint | undefined): Promise<readonly string[] | undefined> {
  if (loaded === undefined) return undefined;
  const chunks: string[] = [];
  for await (const chunk of loaded.chunks) chunks.push(fromUtf8(chunk));
  return chunks;
}

interface PartKeys {
  readonly page: Uint8Array;
  readonly chunk: Uint8Array;
}

async function flip(store: RecordStore, key: Uint8Array): Promise<void> {
  const value = (await store.get(key))!;
  value[value.length - 1]! ^= 1;
  await store.batch([{ type: "put", key, value }]);
}

describe("a checkpoint", () => {
  const [stays, goes, changes, comes] = Array.from({ length: 4 }, () => newRecordId()) as [
    RecordId,
    RecordId,
    RecordId,
    RecordId,
  ];

  /** A closed vault with a checkpoint, and changes behind it. */
  async function written(): Promise<PartKeys> {
    const { door, vault } = await home.create();
    await vault.write([put(stays), put(goes), put(changes)]);
    await vault.writeCheckpoint([utf8("first chunk"), utf8("second chunk")]);
    const { keys, manifest } = vault.state;
    const keyOf = (part: CheckpointPart, index: number) =>
      storeKey(KEYSPACE_BYTES.checkpoint, partId(keys.checkpoint, manifest!.checkpointId, part, index));
    await vault.write([del(goes), put(changes, "changed"), put(comes)]);
    await vault.write([{ type: "put", keyspace: "audit", id: newRecordId(), plaintext: utf8("audit") }]);
    const partKeys = { page: keyOf("page", 0), chunk: keyOf("chunk", 1) };
    await door.close();
    return partKeys;
  }

  it("comes back with its chunks and with what changed since", async () => {
    await written();
    const { vault } = await home.open();
    const loaded = await vault.loadCheckpoint();
    expect(await chunksOf(loaded)).toEqual(["first chunk", "second chunk"]);
    expect([...loaded!.changed].toSorted()).toEqual([goes, changes, comes].toSorted());
    expect(loaded!.changes).toBe(3);
    expect(vault.health).toMatchObject({ records: 3, damage: CLEAN });
  });

  it("makes an unlock need no value of any record", async () => {
    await written();
    let values = 0;
    const { vault } = await home.open({
      opener: {
        ...disk.opener,
        open: async (folder, options) => {
          const store = await disk.opener.open(folder, options);
          return Object.assign(Object.create(store) as typeof store, {
            ...store,
            entries: (request: Parameters<typeof store.entries>[0]) => {
              if (request.from[0] !== KEYSPACE_BYTES.inbox) values += 1;
              return store.entries(request);
            },
          });
        },
      },
    });
    expect(values).toBe(0);
    expect(vault.health.records).toBe(3);
  });

  it("is brought up to date however much has changed since, a little at a time", async () => {
    const { vault } = await home.create();
    for (let batch = 0; batch < 5; batch += 1) {
      await vault.write(Array.from({ length: 500 }, () => put(newRecordId())));
    }
    const { keys, head } = vault.state;
    await vault.state.era.use(async ({ store, sealer }) => {
      const everything = { from: Uint8Array.of(0), to: Uint8Array.of(0xff), limit: 10_000 };
      const copy = new MemoryStore();
      for (let page = await store.entries(everything); page.more;) {
        await copy.batch(page.items.map((entry) => ({ type: "put", ...entry })));
        page = await store.entries({ ...everything, after: page.items.at(-1)!.key });
      }
      let turns = 0;
      let isLoading = true;
      const countTurns = () => {
        turns += 1;
        if (isLoading) setImmediate(countTurns);
      };
      setImmediate(countTurns);
      const base = await loadBase({ store: copy, sealer, keys }, head);
      isLoading = false;
      expect(base?.directories.size).toBe(2_500);
      expect(turns).toBeGreaterThanOrEqual(2);
    });
  });

  it("is replaced by the next, and nothing of the one before is left", async () => {
    const { door, vault } = await home.create();
    await vault.write([put(stays)]);
    await vault.writeCheckpoint([utf8("old"), utf8("old")]);
    await vault.write([put(goes)]);
    await vault.writeCheckpoint([utf8("new")]);
    await vault.write([put(comes)]);
    await door.close();
    await tamper(home.directory, async (store) => {
      // Manifest, one chunk, one page of the directory; one batch behind it.
      expect(await entriesOf(store, "checkpoint")).toHaveLength(3);
      expect(await entriesOf(store, "journal")).toHaveLength(1);
    });
    const again = await home.open();
    expect(await chunksOf(await again.vault.loadCheckpoint())).toEqual(["new"]);
    await again.vault.writeCheckpoint([utf8("newest")]);
    expect(await again.vault.loadCheckpoint()).toBeUndefined();
  });

  it("is not there when none was written, or one without chunks", async () => {
    const { vault } = await home.create();
    expect(await vault.loadCheckpoint()).toBeUndefined();
    await vault.writeCheckpoint([]);
    expect(await vault.loadCheckpoint()).toBeUndefined();
  });

  it("does not survive a purge", async () => {
    await written();
    const { door, vault } = await home.open();
    await vault.purge(work());
    expect(await vault.loadCheckpoint()).toBeUndefined();
    await door.close();
    const again = await home.open();
    expect(await again.vault.loadCheckpoint()).toBeUndefined();
    expect(again.vault.health).toMatchObject({ records: 3, damage: CLEAN });
  });

  const losses: readonly [string, (keys: PartKeys) => (store: RecordStore) => Promise<void>][] = [
    ["the manifest is lost", () => (store) => store.batch([{ type: "del", key: MANIFEST_KEY }])],
    ["the manifest is damaged", () => (store) => flip(store, MANIFEST_KEY)],
    [
      "a page is lost",
      ({ page }) =>
        (store) =>
          store.batch([{ type: "del", key: page }]),
    ],
    [
      "a page is damaged",
      ({ page }) =>
        (store) =>
          flip(store, page),
    ],
    [
      "a chunk is lost",
      ({ chunk }) =>
        (store) =>
          store.batch([{ type: "del", key: chunk }]),
    ],
    ["the journal behind it is lost", () => (store) => removeAll(store, "journal")],
  ];

  it.each(losses)("is discarded when %s, and every record is still there", async (_, damage) => {
    const keys = await written();
    await tamper(home.directory, damage(keys));
    const { door, vault } = await home.open();
    expect(await vault.loadCheckpoint()).toBeUndefined();
    const found: RecordId[] = [];
    for await (const { id } of vault.scan("memory")) found.push(id);
    expect(new Set(found)).toEqual(new Set([stays, changes, comes]));
    expect(vault.health).toMatchObject({ readOnly: undefined, damage: CLEAN });
    await vault.writeCheckpoint([utf8("anew")]);
    await door.close();
    expect(await chunksOf(await (await home.open()).vault.loadCheckpoint())).toEqual(["anew"]);
  });

  it("ends with an error where a chunk is damaged", async () => {
    const { chunk } = await written();
    await tamper(home.directory, (store) => flip(store, chunk));
    const { vault } = await home.open();
    const loaded = await vault.loadCheckpoint();
    await expect(chunksOf(loaded)).rejects.toMatchObject({ code: "RECORD_DAMAGED" });
    expect(vault.health).toMatchObject({ records: 3, readOnly: undefined, damage: CLEAN });
  });

  it("is of no use when the head counts other records", async () => {
    const { door, vault } = await home.create();
    await vault.write([put(stays), put(goes)]);
    await vault.writeCheckpoint([utf8("index")]);
    const other = encodeHead({ ...vault.state.head, live: 7 });
    const sealed = await vault.state.era.use(({ sealer }) =>
      sealer.seal(KEYSPACE_BYTES.head, SINGLE_ID, other),
    );
    await door.close();
    await tamper(home.directory, (store) => store.batch([{ type: "put", key: HEAD_KEY, value: sealed }]));
    const { vault: opened } = await home.open();
    expect(await opened.loadCheckpoint()).toBeUndefined();
    expect(opened.health.damage.missingCount).toBe(5);
  });

  it("of another sequence number than the head's is not used", async () => {
    const { door, vault } = await home.create();
    await vault.write([put(stays)]);
    await door.close();
    const early = await home.copy();
    const opened = await home.open();
    await opened.vault.write([put(goes), put(changes)]);
    await opened.vault.writeCheckpoint([utf8("later")]);
    await opened.door.close();
    const later = await tamper(home.directory, (store) => entriesOf(store, "checkpoint"));
    await tamper(early.directory, (store) => store.batch(later.map((entry) => ({ type: "put", ...entry }))));
    const { vault: rolledBack } = await early.open();
    expect(await rolledBack.loadCheckpoint()).toBeUndefined();
    expect(rolledBack.health).toMatchObject({ records: 1, damage: CLEAN });
    await early.remove();
  });
});

describe("writing a checkpoint", () => {
  it("is given up when the service gives up, and leaves the one before", async () => {
    const { door, vault } = await home.create();
    await vault.write([put(newRecordId())]);
    await vault.writeCheckpoint([utf8("before")]);
    function* failing(): Iterable<Uint8Array> {
      yield utf8("one");
      throw new Error("the index changed");
    }
    await expect(vault.writeCheckpoint(failing())).rejects.toThrow("the index changed");
    await door.close();
    await tamper(home.directory, async (store) =>
      expect(await entriesOf(store, "checkpoint")).toHaveLength(3),
    );
    expect(await chunksOf(await (await home.open()).vault.loadCheckpoint())).toEqual(["before"]);
  });

  it("is given up when the disk refuses, and what is left of it is removed at the next unlock", async () => {
    const { door, vault } = await home.create({ opener: disk.opener });
    await vault.write([put(newRecordId())]);
    await vault.writeCheckpoint([utf8("before")]);
    let batches = 0;
    disk.onBatch = () => {
      batches += 1;
      return batches > 2 ? { code: "DISK_FULL" } : undefined;
    };
    await expect(vault.writeCheckpoint([utf8("a"), utf8("b"), utf8("c")])).rejects.toMatchObject({
      code: "DISK_FULL",
    });
    disk.onBatch = () => undefined;
    await until(() => vault.health.readOnly === undefined);
    await door.close();
    await tamper(home.directory, async (store) =>
      expect((await entriesOf(store, "checkpoint")).length).toBeGreaterThan(3),
    );
    const again = await home.open();
    expect(await chunksOf(await again.vault.loadCheckpoint())).toEqual(["before"]);
    await again.door.close();
    await tamper(home.directory, async (store) =>
      expect(await entriesOf(store, "checkpoint")).toHaveLength(3),
    );
  });

  it("holds what was written while it was under way, wherever that went", async () => {
    const { door, vault } = await home.create();
    const ids = Array.from({ length: 50 }, () => newRecordId());
    await vault.write(ids.slice(0, 25).map((id) => put(id)));
    const writes: Promise<void>[] = [];
    function* chunks(): Iterable<Uint8Array> {
      for (let number = 0; number < 5; number += 1) {
        writes.push(vault.write(ids.slice(25 + number * 5, 30 + number * 5).map((id) => put(id))));
        writes.push(vault.write([del(ids[number]!)]));
        yield utf8(`chunk ${number}`);
      }
    }
    await vault.writeCheckpoint(chunks());
    await Promise.all(writes);
    await door.close();
    const again = await home.open();
    const loaded = await again.vault.loadCheckpoint();
    expect(await chunksOf(loaded)).toHaveLength(5);
    // Everything behind the start of the checkpoint is named as changed, whether its pages had it already or not.
    expect([...loaded!.changed].toSorted()).toEqual([...ids.slice(0, 5), ...ids.slice(25)].toSorted());
    expect(again.vault.health).toMatchObject({ records: 45, damage: CLEAN });
  });

  it("is whole with hundreds of chunks, and missing with one of them gone", async () => {
    const { door, vault } = await home.create();
    await vault.writeCheckpoint(Array.from({ length: 300 }, (_, chunk) => utf8(`chunk ${chunk}`)));
    await door.close();
    const again = await home.open();
    expect(await chunksOf(await again.vault.loadCheckpoint())).toHaveLength(300);
    await again.door.close();
    await tamper(home.directory, async (store) => {
      const manifestAndParts = await entriesOf(store, "checkpoint");
      const part = manifestAndParts.find(({ key }) => key.subarray(1).some((byte) => byte !== 0));
      await store.batch([{ type: "del", key: part!.key }]);
    });
    const damaged = await home.open();
    expect(await damaged.vault.loadCheckpoint()).toBeUndefined();
  });

  it("runs one at a time", async () => {
    const { vault } = await home.create();
    const first = vault.writeCheckpoint([utf8("a")]);
    await expect(vault.writeCheckpoint([utf8("b")])).rejects.toMatchObject({ code: "BUSY" });
    await first;
  });

  it("counts a batch that was refused and is there all the same as a change since", async () => {
    const { door, vault } = await home.create({ opener: disk.opener });
    const [before, refused] = [newRecordId(), newRecordId()];
    await vault.write([put(before)]);
    disk.onBatch = () => ({ code: "WRITE_FAILED", isWritten: true });
    await expect(vault.write([put(refused)])).rejects.toMatchObject({ code: "WRITE_FAILED" });
    disk.onBatch = () => undefined;
    await until(() => vault.health.readOnly === undefined);
    // The service was told that it failed, so its index lacks it.
    await vault.writeCheckpoint([utf8("index without it")]);
    await door.close();
    const again = await home.open();
    const loaded = await again.vault.loadCheckpoint();
    expect(await chunksOf(loaded)).toEqual(["index without it"]);
    expect([...loaded!.changed]).toContain(refused);
  });
});

describe("a journal that grows long", () => {
  it("is shortened by a checkpoint of the vault's own", async () => {
    const { door, vault } = await home.create();
    await vault.write([put(newRecordId())]);
    const state = (vault as LiveVault).state;
    // As if nearly fifty thousand batches had gone by.
    state.checkpointed({ ...state.manifest!, sequence: state.head.sequence - 49_998 });
    await vault.write([put(newRecordId())]);
    await vault.writer.idle();
    expect(state.head.sequence - state.journalBase).toBe(49_999);
    await vault.write([put(newRecordId())]);
    await until(() => state.journalBase === state.head.sequence);
    await door.close();
    const again = await home.open();
    expect(again.vault.health).toMatchObject({ records: 3, damage: CLEAN });
    expect(await again.vault.loadCheckpoint()).toBeUndefined();
  });

  it("is left as it is when the disk refuses that", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    vault.state.checkpointed({ ...vault.state.manifest!, sequence: -50_000 });
    let batches = 0;
    disk.onBatch = () => {
      batches += 1;
      return batches === 2 ? { code: "WRITE_FAILED" } : undefined;
    };
    await vault.write([put(newRecordId())]);
    await until(() => home.log.has("checkpoint-failed"));
    const failed = home.log.lines.find(({ event }) => event === "checkpoint-failed");
    expect(failed!.fields).toEqual({ code: "WRITE_FAILED" });
    await until(() => vault.health.readOnly === undefined);
  });
});
