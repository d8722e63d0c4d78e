/** What was done to the files of a closed vault shows at the next unlock, and nothing wrong is ever returned. */
import { cp, rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import { MANIFEST_KEY } from "../../src/vault/written/checkpoint-format.ts";
import { HEAD_KEY } from "../../src/vault/written/head.ts";
import { journalKey } from "../../src/vault/written/journal.ts";
import type { LiveVault } from "../../src/vault/live-vault.ts";
import type { RecordId } from "../../src/vault/vault.ts";
import { FaultyDisk, until } from "./support/faulty-store.ts";
import { entriesOf, memoryKey, removeAll, tamper } from "./support/tamper.ts";
import { VaultHome, work } from "./support/vault-home.ts";

let home: VaultHome;
const ids = Array.from({ length: 5 }, () => newRecordId());
const [first, second, third] = ids as [RecordId, RecordId, RecordId];

beforeEach(async () => {
  home = await VaultHome.make();
});
afterEach(async () => {
  await home.remove();
});

const put = (id: RecordId, text: string) =>
  ({ type: "put", keyspace: "memory", id, plaintext: utf8(text) }) as const;
const del = (id: RecordId) => ({ type: "delete", keyspace: "memory", id }) as const;

/** A closed vault with five records, in three batches. */
async function filled(isCheckpointed: boolean): Promise<void> {
  const { door, vault } = await home.create();
  await vault.write([put(first, "first"), put(second, "second")]);
  await vault.write([put(third, "third")]);
  await vault.write(ids.slice(3).map((id) => put(id, "more")));
  if (isCheckpointed) await vault.writeCheckpoint([utf8("index")]);
  await door.close();
}

async function texts(vault: LiveVault): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { plaintext } of vault.scan("memory")) found.push(fromUtf8(plaintext));
  return found.toSorted();
}

const CLEAN = { damaged: [], missingCount: 0 };
const ALL_TEXTS = ["first", "more", "more", "second", "third"];

describe.each([
  ["since the vault was made", false],
  ["behind a checkpoint", true],
])("with a journal %s", (_, isCheckpointed) => {
  beforeEach(() => filled(isCheckpointed));

  it("finds nothing wrong with a vault nobody touched", async () => {
    const { vault } = await home.open();
    expect(vault.health).toMatchObject({ records: 5, readOnly: undefined, damage: CLEAN });
    expect(await texts(vault)).toEqual(ALL_TEXTS);
  });

  it("names a record that is lost", async () => {
    await tamper(home.directory, (store) => store.batch([{ type: "del", key: memoryKey(second) }]));
    const { vault } = await home.open();
    expect(vault.health.damage).toEqual({ damaged: [second], missingCount: 1 });
    await expect(vault.read("memory", second)).rejects.toMatchObject({ code: "RECORD_DAMAGED" });
    expect(await texts(vault)).toEqual(["first", "more", "more", "third"]);
    expect(vault.health.damage.missingCount).toBe(1);
  });

  it("names a record that was forgotten and is back, and does not return it", async () => {
    const kept = await tamper(home.directory, (store) => store.get(memoryKey(second)));
    const before = await home.open();
    await before.vault.write([del(second)]);
    await before.door.close();
    await tamper(home.directory, (store) =>
      store.batch([{ type: "put", key: memoryKey(second), value: kept! }]),
    );
    const { vault } = await home.open();
    expect(vault.health.damage).toEqual({ damaged: [second], missingCount: -1 });
    expect(await texts(vault)).toEqual(["first", "more", "more", "third"]);
    expect(vault.has("memory", second)).toBe(false);
    await expect(vault.read("memory", second)).rejects.toMatchObject({ code: "RECORD_DAMAGED" });
  });

  it.each([
    ["walked through", false],
    ["asked for page by page", true],
  ])(
    "names records that are lost and records that are too many, its keys %s",
    async (_how, isWalkRefused) => {
      const disk = new FaultyDisk();
      disk.isWalkRefused = isWalkRefused;
      const stranger = newRecordId();
      await tamper(home.directory, async (store) => {
        const value = await store.get(memoryKey(first));
        await store.batch([
          { type: "del", key: memoryKey(second) },
          { type: "del", key: memoryKey(third) },
          { type: "put", key: memoryKey(stranger), value: value! },
        ]);
      });
      const { vault } = await home.open({ opener: disk.opener });
      const { damaged, missingCount } = vault.health.damage;
      expect(damaged.toSorted()).toEqual([second, third, stranger].toSorted());
      expect(missingCount).toBe(1);
      expect(await texts(vault)).toEqual(["first", "more", "more"]);
    },
  );

  it("returns neither of two records that were swapped", async () => {
    await tamper(home.directory, async (store) => {
      const [a, b] = [await store.get(memoryKey(first)), await store.get(memoryKey(second))];
      await store.batch([
        { type: "put", key: memoryKey(first), value: b! },
        { type: "put", key: memoryKey(second), value: a! },
      ]);
    });
    const { vault } = await home.open();
    expect(await texts(vault)).toEqual(["more", "more", "third"]);
    expect(new Set(vault.health.damage.damaged)).toEqual(new Set([first, second]));
    await expect(vault.read("memory", first)).rejects.toMatchObject({ code: "RECORD_DAMAGED" });
  });

  it("does not return an older version of a record", async () => {
    const old = await tamper(home.directory, (store) => store.get(memoryKey(first)));
    const before = await home.open();
    await before.vault.write([put(first, "newer")]);
    await before.door.close();
    await tamper(home.directory, (store) =>
      store.batch([{ type: "put", key: memoryKey(first), value: old! }]),
    );
    const { vault } = await home.open();
    await expect(vault.read("memory", first)).rejects.toMatchObject({ code: "RECORD_DAMAGED" });
    expect(await texts(vault)).toEqual(["more", "more", "second", "third"]);
    expect(vault.health.damage).toEqual({ damaged: [first], missingCount: 0 });
    const verified = await vault.verify(work());
    expect(verified).toEqual({ records: 4, damage: { damaged: [first], missingCount: 0 } });
  });

  it("works out a head that is lost, reads everything, and is writable again after a repair", async () => {
    await tamper(home.directory, (store) => store.batch([{ type: "del", key: HEAD_KEY }]));
    const { door, vault } = await home.open();
    expect(vault.health).toMatchObject({ records: 5, readOnly: { code: "VAULT_DAMAGED" }, damage: CLEAN });
    expect(await texts(vault)).toEqual(ALL_TEXTS);
    await expect(vault.write([put(newRecordId(), "no")])).rejects.toMatchObject({ code: "VAULT_READ_ONLY" });
    await expect(vault.purge(work())).rejects.toMatchObject({ code: "VAULT_READ_ONLY" });
    expect(await vault.repair({ acceptRollback: false }, work())).toEqual({ records: 5, damage: CLEAN });
    await vault.write([put(newRecordId(), "yes")]);
    await door.close();
    const again = await home.open();
    expect(again.vault.health).toMatchObject({ records: 6, readOnly: undefined, damage: CLEAN });
  });

  it("notices a head that was put back, by the journal behind it", async () => {
    const head = await tamper(home.directory, (store) => store.get(HEAD_KEY));
    const anchor = join(home.root, "anchor");
    await cp(join(home.directory, "anchor"), anchor);
    const before = await home.open();
    await before.vault.write([put(newRecordId(), "later")]);
    await before.door.close();
    await tamper(home.directory, (store) => store.batch([{ type: "put", key: HEAD_KEY, value: head! }]));
    // As a crash leaves it that comes before the anchor is written.
    await cp(anchor, join(home.directory, "anchor"));
    const { vault } = await home.open();
    expect(vault.health.readOnly?.code).toBe("ROLLBACK_DETECTED");
  });

  it("says how far behind an older copy of the store is, and takes it only when told to", async () => {
    const older = await home.copy();
    const before = await home.open();
    for (const text of ["x", "y", "z"]) await before.vault.write([put(newRecordId(), text)]);
    await before.door.close();
    await rm(join(home.directory, "store.1"), { recursive: true });
    await cp(join(older.directory, "store.1"), join(home.directory, "store.1"), { recursive: true });
    await older.remove();
    const { door, vault } = await home.open();
    expect(vault.health.readOnly?.code).toBe("ROLLBACK_DETECTED");
    const refused = vault.write([put(newRecordId(), "no")]);
    await expect(refused).rejects.toMatchObject({ code: "VAULT_READ_ONLY", facts: { writes: 3 } });
    const repair = vault.repair({ acceptRollback: false }, work());
    await expect(repair).rejects.toMatchObject({ code: "ROLLBACK_DETECTED", facts: { writes: 3 } });
    expect(await texts(vault)).toEqual(ALL_TEXTS);
    await door.close();
    const second = await home.open();
    expect(second.vault.health.readOnly?.code).toBe("ROLLBACK_DETECTED");
    expect(await second.vault.repair({ acceptRollback: true }, work())).toEqual({
      records: 5,
      damage: CLEAN,
    });
    // Behind everything that was ever written, so that nothing older passes for it; and the inbox's old pair is dropped.
    expect(second.vault.state.head.sequence).toBe(second.vault.state.anchored + 2);
    await second.vault.write([put(newRecordId(), "yes")]);
    await second.door.close();
    const again = await home.open();
    expect(again.vault.health).toMatchObject({ records: 6, readOnly: undefined, damage: CLEAN });
  });

  it("does not go on writing without its anchor, and repairs it", async () => {
    await unlink(join(home.directory, "anchor"));
    const { door, vault } = await home.open();
    expect(vault.health.readOnly?.code).toBe("VAULT_DAMAGED");
    await door.close();
    const again = await home.open();
    expect(again.vault.health.readOnly?.code).toBe("VAULT_DAMAGED");
    await again.vault.repair({ acceptRollback: false }, work());
    await again.door.close();
    expect((await home.open()).vault.health.readOnly).toBeUndefined();
  });
});

describe("without anything that says which records there should be", () => {
  beforeEach(async () => {
    await filled(false);
    await tamper(home.directory, (store) => store.batch([{ type: "del", key: MANIFEST_KEY }]));
  });

  it("finds nothing wrong with records nobody touched, and can say so quickly the next time", async () => {
    const { door, vault } = await home.open();
    expect(vault.health).toMatchObject({ records: 5, readOnly: undefined, damage: CLEAN });
    await door.close();
    await tamper(home.directory, async (store) => {
      expect(await store.get(MANIFEST_KEY)).toBeDefined();
      expect(await entriesOf(store, "journal")).toEqual([]);
    });
    expect(await (await home.open()).vault.loadCheckpoint()).toBeUndefined();
  });

  it("counts a lost record at every unlock until a repair", async () => {
    await tamper(home.directory, (store) => store.batch([{ type: "del", key: memoryKey(second) }]));
    for (const text of ["x", "y"]) {
      const { door, vault } = await home.open();
      expect(vault.health).toMatchObject({ readOnly: undefined, damage: { damaged: [], missingCount: 1 } });
      await vault.write([put(newRecordId(), text)]);
      await expect(vault.writeCheckpoint([])).rejects.toMatchObject({ code: "VAULT_DAMAGED" });
      await door.close();
    }
    const { door, vault } = await home.open();
    const repaired = await vault.repair({ acceptRollback: false }, work());
    expect(repaired).toEqual({ records: 6, damage: { damaged: [], missingCount: 1 } });
    expect(vault.health.damage).toEqual(CLEAN);
    await door.close();
    expect((await home.open()).vault.health).toMatchObject({ records: 6, damage: CLEAN });
  });

  it("refuses writes when as many records are there as should be, but not the same", async () => {
    const old = await tamper(home.directory, (store) => store.get(memoryKey(first)));
    const before = await home.open();
    await before.vault.write([put(first, "newer")]);
    await before.door.close();
    await tamper(home.directory, (store) =>
      store.batch([
        { type: "put", key: memoryKey(first), value: old! },
        { type: "del", key: MANIFEST_KEY },
      ]),
    );
    const { vault } = await home.open();
    expect(vault.health.readOnly?.code).toBe("VAULT_DAMAGED");
  });

  it("names what is too short to be a record", async () => {
    await tamper(home.directory, (store) =>
      store.batch([{ type: "put", key: memoryKey(first), value: Uint8Array.of(1) }]),
    );
    const { vault } = await home.open();
    expect(vault.health.damage).toEqual({ damaged: [first], missingCount: 1 });
    await expect(vault.read("memory", first)).rejects.toMatchObject({ code: "RECORD_DAMAGED" });
  });

  it("counts by the anchor when the head is lost as well", async () => {
    await tamper(home.directory, async (store) => {
      await store.batch([
        { type: "del", key: HEAD_KEY },
        { type: "del", key: memoryKey(first) },
      ]);
    });
    const { vault } = await home.open();
    expect(vault.health).toMatchObject({
      readOnly: { code: "VAULT_DAMAGED" },
      damage: { damaged: [], missingCount: 1 },
    });
  });
});

describe("a vault that lost head, checkpoint and anchor", () => {
  beforeEach(async () => {
    await filled(false);
    await tamper(home.directory, (store) =>
      store.batch([
        { type: "del", key: HEAD_KEY },
        { type: "del", key: MANIFEST_KEY },
      ]),
    );
    await unlink(join(home.directory, "anchor"));
  });

  it("takes what is there, reads it, and writes again after a repair", async () => {
    const { door, vault } = await home.open();
    expect(vault.health).toMatchObject({ records: 5, readOnly: { code: "VAULT_DAMAGED" }, damage: CLEAN });
    expect(await texts(vault)).toEqual(ALL_TEXTS);
    await vault.repair({ acceptRollback: false }, work());
    await door.close();
    expect((await home.open()).vault.health).toMatchObject({ records: 5, readOnly: undefined });
  });

  it("scrubs once although it cannot write down when", async () => {
    await home.open({ timing: { retryFirst: 5, maxRetry: 5, scrubSlice: 1, inboxCount: 10_000 } });
    await until(() => home.log.has("scrub-failed"));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(home.log.lines.filter(({ event }) => event === "scrub-failed")).toHaveLength(1);
  });
});

describe("what happens to a vault that was rolled back", () => {
  it("does not hide it: no slot is changed, so nothing brings the anchor down to the older head", async () => {
    await filled(false);
    const older = await home.copy();
    const before = await home.open();
    await before.vault.write([put(newRecordId(), "x")]);
    await before.door.close();
    await cp(join(home.directory, "anchor"), join(older.directory, "anchor"));
    const { door, vault } = await older.open();
    expect(vault.health.readOnly?.code).toBe("ROLLBACK_DETECTED");
    const added = door.slots.add({ kind: "recovery", label: "paper" }, work());
    await expect(added).rejects.toMatchObject({ code: "VAULT_READ_ONLY" });
    await door.close();
    expect((await older.open()).vault.health.readOnly?.code).toBe("ROLLBACK_DETECTED");
    await older.remove();
  });
});

describe("a journal entry behind the head", () => {
  it("says nothing when it is damaged", async () => {
    const { door, vault } = await home.create();
    await vault.write([put(first, "first")]);
    const key = journalKey(vault.state.keys.journal, vault.state.head.sequence + 1);
    await door.close();
    await tamper(home.directory, (store) => store.batch([{ type: "put", key, value: new Uint8Array(300) }]));
    expect((await home.open()).vault.health).toMatchObject({
      records: 1,
      readOnly: undefined,
      damage: CLEAN,
    });
  });
});

describe("a journal with a gap", () => {
  it("is not used: what is there is counted instead", async () => {
    await filled(false);
    await tamper(home.directory, async (store) => {
      const [entry] = await entriesOf(store, "journal");
      await store.batch([{ type: "del", key: entry!.key }]);
    });
    const { vault } = await home.open();
    expect(vault.health).toMatchObject({ records: 5, readOnly: undefined, damage: CLEAN });
  });

  it("ends where it ends when the head is lost, and the anchor says that more was written", async () => {
    await filled(false);
    await tamper(home.directory, async (store) => {
      await removeAll(store, "journal");
      await store.batch([{ type: "del", key: HEAD_KEY }]);
    });
    const { vault } = await home.open();
    expect(vault.health.readOnly?.code).toBe("ROLLBACK_DETECTED");
    expect(vault.health.damage.damaged).toHaveLength(5);
  });
});
