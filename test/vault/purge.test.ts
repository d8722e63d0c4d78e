/** Re-sealing: purge, rotation and repair move a vault to its next generation and leave nothing of the one before. */
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import { newRecordId, parseRecordId } from "../../src/base/record-id.ts";
import type { PrivateFiles } from "../../src/platform/private-file-access.ts";
import { privateFiles } from "../../src/platform/private-files.ts";
import type { LiveVault } from "../../src/vault/live-vault.ts";
import type { Progress, RecordId } from "../../src/vault/vault.ts";
import { markDraft } from "../../src/vault/folder/store-folders.ts";
import { FaultyDisk, until } from "./support/faulty-store.ts";
import { entriesOf, memoryKey, tamper } from "./support/tamper.ts";
import { passphrase, VaultHome, work } from "./support/vault-home.ts";

let home: VaultHome;
let disk: FaultyDisk;
const copies: VaultHome[] = [];

beforeEach(async () => {
  home = await VaultHome.make();
  disk = new FaultyDisk();
});
afterEach(async () => {
  for (const copy of copies.splice(0)) await copy.remove();
  await home.remove();
});

const CLEAN = { damaged: [], missingCount: 0 };
const put = (id: RecordId, text: string) =>
  ({ type: "put", keyspace: "memory", id, plaintext: utf8(text) }) as const;
const del = (id: RecordId) => ({ type: "delete", keyspace: "memory", id }) as const;

async function all(vault: LiveVault): Promise<Map<RecordId, string>> {
  const found = new Map<RecordId, string>();
  for await (const { id, plaintext } of vault.scan("memory")) found.set(id, fromUtf8(plaintext));
  return found;
}

async function stores(of: VaultHome = home): Promise<readonly string[]> {
  return (await readdir(of.directory)).filter((name) => name.startsWith("store")).toSorted();
}

async function snapshot(): Promise<VaultHome> {
  const copy = await home.copy();
  copies.push(copy);
  return copy;
}

async function bytesOnDisk(of: VaultHome = home): Promise<Buffer> {
  const entries = await readdir(of.directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name !== "ballast");
  return Buffer.concat(await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name)))));
}

describe("a purge", () => {
  it("keeps every record and entry under a new key in the next generation, and leaves nothing of the old one", async () => {
    const { door, vault } = await home.create();
    const [kept, forgotten] = [newRecordId(), newRecordId()];
    await vault.write([put(kept, "kept"), put(forgotten, "forgotten")]);
    await vault.write([{ type: "put", keyspace: "audit", id: newRecordId(), plaintext: utf8("audit") }]);
    await door.capture([utf8("captured")]);
    vault.markForgotten();
    await vault.write([del(forgotten)]);
    const oldStore = await snapshot();
    const oldKeys = vault.state.keyring.content.dataKeys.map(({ wrappedKey }) =>
      Buffer.from(wrappedKey).toString("base64"),
    );
    const oldValue = await tamper(oldStore.directory, async (store) =>
      Buffer.from((await store.get(memoryKey(kept)))!),
    );
    expect(vault.health).toMatchObject({ generation: 1, purgePending: true });
    const seen: Progress[] = [];
    expect(await vault.purge(work({ seen }))).toEqual({ records: 2, damage: CLEAN });
    expect(seen.at(-1)).toMatchObject({ stage: "write", done: 2, total: 2 });
    expect(vault.health).toMatchObject({
      generation: 2,
      purgePending: false,
      purgeDueAt: undefined,
      damage: CLEAN,
    });
    expect(await stores()).toEqual(["store.2"]);
    expect(vault.state.keyring.content.dataKeys.map(({ term, state }) => [term, state])).toEqual([
      [2, "active"],
    ]);
    const disk = await bytesOnDisk();
    expect(disk.includes(Buffer.from(parseRecordId(forgotten)))).toBe(false);
    expect(disk.includes(oldValue.subarray(20, 60))).toBe(false);
    for (const key of oldKeys) expect(disk.includes(key)).toBe(false);
    expect(disk.includes(Buffer.from(parseRecordId(kept)))).toBe(true);
    await door.close();
    const again = await home.open();
    expect(await all(again.vault)).toEqual(new Map([[kept, "kept"]]));
    expect(again.vault.health).toMatchObject({ generation: 2, readOnly: undefined, damage: CLEAN });
    const entries: string[] = [];
    for await (const { plaintext } of again.door.inbox()) entries.push(fromUtf8(plaintext));
    expect(entries).toEqual(["captured"]);
  });

  it("makes an old copy of the database worthless under the new keyring", async () => {
    const { door, vault } = await home.create();
    await vault.write(Array.from({ length: 20 }, () => put(newRecordId(), "old")));
    const before = await snapshot();
    await vault.purge(work());
    await door.close();
    await rm(join(home.directory, "store.2"), { recursive: true });
    await cp(join(before.directory, "store.1"), join(home.directory, "store.2"), { recursive: true });
    const { vault: opened } = await home.open();
    expect(await all(opened)).toEqual(new Map());
    expect(opened.health.readOnly?.code).toMatch(/VAULT_DAMAGED|ROLLBACK_DETECTED/);
  });

  it("takes in what is written, replaced, removed and captured while it runs", async () => {
    const { door, vault } = await home.create({ opener: disk.opener });
    const expected = new Map<RecordId, string>();
    const ids = Array.from({ length: 1_200 }, () => newRecordId());
    for (const id of ids) expected.set(id, "before");
    await vault.write(ids.map((id) => put(id, "before")));
    let isRunning = true;
    const churn = async (seed: number) => {
      for (let round = 0; isRunning; round += 1) {
        const [added, replaced, removed] = [
          newRecordId(),
          ids[(seed * 400 + round) % 1_200]!,
          ids[(seed * 400 + 100 + round) % 1_200]!,
        ];
        await vault.write([put(added, `added ${round}`), put(replaced, `replaced ${round}`), del(removed)]);
        expected.set(added, `added ${round}`).set(replaced, `replaced ${round}`).delete(removed);
        await door.capture([utf8(`captured ${seed} ${round}`)]);
        captured += 1;
        expect(fromUtf8((await vault.read("memory", added))!)).toBe(`added ${round}`);
      }
    };
    let captured = 0;
    // Slow pages, so that much happens between them.
    disk.beforeRead = () => new Promise((resolve) => setTimeout(resolve, 2));
    const churning = [0, 1, 2].map((seed) => churn(seed));
    await until(() => captured > 3);
    const resealed = await vault.purge(work());
    isRunning = false;
    await Promise.all(churning);
    disk.beforeRead = () => {};
    expect(resealed.damage).toEqual(CLEAN);
    expect(await all(vault)).toEqual(expected);
    await door.close();
    const again = await home.open();
    expect(again.vault.health).toMatchObject({ generation: 2, readOnly: undefined, damage: CLEAN });
    expect(await all(again.vault)).toEqual(expected);
    let entries = 0;
    for await (const { plaintext } of again.door.inbox()) entries += plaintext.length > 0 ? 1 : 0;
    expect(entries).toBe(captured);
  }, 60_000);

  it("stays due when something was forgotten after it was copied", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    const [first, second] = [newRecordId(), newRecordId()];
    await vault.write([put(first, "first"), put(second, "second")]);
    let isForgotten = false;
    let dueAt: number | undefined;
    disk.afterBatch = async (folder) => {
      if (!folder.endsWith("store.2") || isForgotten) return;
      isForgotten = true;
      vault.markForgotten();
      await vault.write([del(first)]);
      dueAt = vault.health.purgeDueAt;
    };
    await vault.purge(work());
    expect(isForgotten).toBe(true);
    expect(dueAt).toBeGreaterThan(home.clock.now());
    expect(vault.health).toMatchObject({ purgePending: true, purgeDueAt: dueAt });
    expect(await all(vault)).toEqual(new Map([[second, "second"]]));
    await vault.purge(work());
    expect(vault.health.purgePending).toBe(false);
  });

  it("names what it could not take along, and is clean afterwards", async () => {
    const { door, vault } = await home.create();
    const [kept, damaged, lost] = [newRecordId(), newRecordId(), newRecordId()];
    await vault.write([put(kept, "kept"), put(damaged, "damaged"), put(lost, "lost")]);
    await door.close();
    await tamper(home.directory, (store) =>
      store.batch([
        { type: "put", key: memoryKey(damaged), value: new Uint8Array(300) },
        { type: "del", key: memoryKey(lost) },
      ]),
    );
    const { vault: opened } = await home.open();
    const { records, damage } = await opened.purge(work());
    expect(records).toBe(1);
    expect(new Set(damage.damaged)).toEqual(new Set([damaged, lost]));
    expect(damage.missingCount).toBe(1);
    expect(opened.health.damage).toEqual(CLEAN);
    expect(await opened.read("memory", damaged)).toBeUndefined();
  });

  it("is given up, and loses nothing, where it may not leave behind what cannot be read for a while", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    const [kept, unread] = [newRecordId(), newRecordId()];
    await vault.write([put(kept, "kept"), put(unread, "unread")]);
    const isUnread = (key: Uint8Array) => Buffer.from(key).equals(memoryKey(unread));
    const store = await vault.state.era.use((era) => era.store);
    const [entries, get] = [store.entries.bind(store), store.get.bind(store)];
    store.entries = async (request) => {
      const page = await entries(request);
      return { ...page, items: page.items.filter(({ key }) => !isUnread(key)) };
    };
    store.get = (key) => (isUnread(key) ? Promise.reject(new KeepsakeError("RECORD_DAMAGED")) : get(key));
    await expect(vault.purge(work(), "refused")).rejects.toMatchObject({
      code: "VAULT_DAMAGED",
      message: "1 record cannot be read and would be lost",
    });
    expect(await stores()).toEqual(["store.1"]);
    Object.assign(store, { entries, get });
    expect(await vault.purge(work(), "refused")).toEqual({ records: 2, damage: CLEAN });
    expect([...(await all(vault)).values()].toSorted()).toEqual(["kept", "unread"]);
  });

  it("takes along many large records, and many that are written while it runs", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    const expected = new Map<RecordId, string>();
    const write = async (count: number, text: string) => {
      const ids = Array.from({ length: count }, () => newRecordId());
      await vault.write(ids.map((id) => put(id, text)));
      for (const id of ids) expected.set(id, text);
    };
    await write(12, "x".repeat(60_000));
    disk.afterBatch = async (folder) => {
      if (!folder.endsWith("store.2")) return;
      disk.afterBatch = () => {};
      await write(150, "meanwhile");
    };
    expect(await vault.purge(work())).toEqual({ records: 162, damage: CLEAN });
    expect(await all(vault)).toEqual(expected);
  });

  it("names what is lost while it runs", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    const [kept, gone, written] = [newRecordId(), newRecordId(), newRecordId()];
    await vault.write([put(kept, "kept"), put(gone, "gone")]);
    const store = await vault.state.era.use((era) => era.store);
    await store.batch([{ type: "del", key: memoryKey(gone) }]);
    disk.afterBatch = async (folder) => {
      if (!folder.endsWith("store.2")) return;
      disk.afterBatch = () => {};
      await vault.write([put(written, "written")]);
      await store.batch([{ type: "del", key: memoryKey(written) }]);
    };
    const { records, damage } = await vault.purge(work());
    expect(records).toBe(1);
    expect(new Set(damage.damaged)).toEqual(new Set([gone, written]));
    expect(damage.missingCount).toBe(2);
  });

  it("is given up when the disk cannot be read", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    await vault.write([put(newRecordId(), "kept")]);
    disk.afterBatch = async (folder) => {
      if (!folder.endsWith("store.2")) return;
      await vault.write([put(newRecordId(), "written")]);
      disk.beforeRead = (kind) => (kind === "get" ? Promise.reject(new Error("EIO")) : undefined);
    };
    await expect(vault.purge(work())).rejects.toThrow("EIO");
    disk.beforeRead = () => {};
    disk.afterBatch = () => {};
    expect(await stores()).toEqual(["store.1"]);
    expect((await vault.purge(work())).records).toBe(2);
  });

  it("is given up without a trace when it is cancelled or the new store's disk refuses", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    await vault.write(Array.from({ length: 300 }, () => put(newRecordId(), "kept")));
    const controller = new AbortController();
    const cancelled = vault.purge({ progress: () => controller.abort(), signal: controller.signal });
    await expect(cancelled).rejects.toMatchObject({ code: "CANCELLED" });
    disk.onBatch = (_, folder) => (folder.endsWith("store.2") ? { code: "DISK_FULL" } : undefined);
    await expect(vault.purge(work())).rejects.toMatchObject({ code: "DISK_FULL" });
    disk.onBatch = () => undefined;
    disk.onOpen = (folder) => (folder.endsWith("store.2") ? "WRITE_FAILED" : undefined);
    const collecting = vi.spyOn(vault.state, "collectTouched");
    await expect(vault.purge(work())).rejects.toMatchObject({ code: "WRITE_FAILED" });
    disk.onOpen = () => undefined;
    expect(await stores()).toEqual(["store.1"]);
    expect(vault.health).toMatchObject({ generation: 1, readOnly: undefined });
    expect(collecting.mock.calls.every(([touched]) => touched === undefined)).toBe(true);
    await vault.write([put(newRecordId(), "more")]);
    expect((await vault.purge(work())).records).toBe(301);
  });

  it("does not begin where a second copy of the vault has no room", async () => {
    const { vault } = await home.create();
    const ballast = vault.state.deps.ballast;
    ballast.freeBytes = () => Promise.resolve(1 << 20);
    await expect(vault.purge(work())).rejects.toMatchObject({
      code: "DISK_FULL",
      facts: { neededBytes: expect.any(Number) as number },
    });
    expect(await stores()).toEqual(["store.1"]);
  });

  it("is given up when the vault stops taking writes while it runs", async () => {
    const { vault } = await home.create({
      opener: disk.opener,
      timing: { retryFirst: 60_000, maxRetry: 60_000, scrubSlice: 60_000, inboxCount: 10_000 },
    });
    await vault.write([put(newRecordId(), "kept")]);
    disk.onBatch = (_, folder) => (folder.endsWith("store.1") ? { code: "WRITE_FAILED" } : undefined);
    disk.afterBatch = async () => {
      disk.afterBatch = () => {};
      await vault.write([put(newRecordId(), "refused")]).catch(() => undefined);
    };
    await expect(vault.purge(work())).rejects.toMatchObject({ code: "VAULT_READ_ONLY" });
    expect(await stores()).toEqual(["store.1"]);
    await expect(vault.purge(work())).rejects.toMatchObject({ code: "VAULT_READ_ONLY" });
  });

  it("runs one at a time, and no checkpoint is written meanwhile", async () => {
    const { vault } = await home.create();
    const purge = vault.purge(work());
    await expect(vault.purge(work())).rejects.toMatchObject({ code: "BUSY" });
    await expect(vault.writeCheckpoint([])).rejects.toMatchObject({ code: "BUSY" });
    await purge;
    await vault.writeCheckpoint([]);
  });

  it("waits for a checkpoint that is being written", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    let isWritten = false;
    const checkpoint = vault.writeCheckpoint([utf8("chunk")]).then(() => (isWritten = true));
    const begun: boolean[] = [];
    disk.beforeOpen = () => void begun.push(isWritten);
    await vault.purge(work());
    await checkpoint;
    expect(begun).toEqual([true]);
    expect(vault.health.generation).toBe(2);
  });

  it("ends when the vault is closed", async () => {
    const { door, vault } = await home.create();
    await vault.write(Array.from({ length: 500 }, () => put(newRecordId(), "kept")));
    const purge = expect(vault.purge(work())).rejects.toMatchObject({ code: "CANCELLED" });
    await door.close();
    await purge;
    const { vault: again } = await home.open();
    expect(again.health).toMatchObject({ generation: 1, records: 500 });
  });
});

describe("a crash during a purge", () => {
  it("leaves, at every point, one whole generation that the keyring names", async () => {
    const snapshots: VaultHome[] = [];
    const take = async () => {
      snapshots.push(await snapshot());
    };
    const files: PrivateFiles = {
      read: privateFiles.read,
      replace: async (path, bytes) => {
        await privateFiles.replace(path, bytes);
        await take();
      },
    };
    const expected = new Map<RecordId, string>();
    for (let number = 0; number < 40; number += 1) expected.set(newRecordId(), `record ${number}`);
    const { door, vault } = await home.create();
    await vault.write([...expected].map(([id, text]) => put(id, text)));
    await door.capture([utf8("captured")]);
    await door.close();
    disk.afterBatch = take;
    const opened = await home.open({ opener: disk.opener, files });
    snapshots.length = 0;
    disk.beforeOpen = take;
    await opened.vault.purge(work());
    await take();
    // New store, its batches, the two copies of the keyring, the anchor, the end.
    expect(snapshots.length).toBeGreaterThan(6);
    const generations = new Set<number>();
    for (const crashed of snapshots) {
      const { door: doorAfter, vault: after } = await crashed.open();
      expect(await all(after)).toEqual(expected);
      expect(after.health).toMatchObject({ readOnly: undefined, damage: CLEAN });
      expect(await stores(crashed)).toEqual([`store.${after.health.generation}`]);
      generations.add(after.health.generation);
      let entries = 0;
      for await (const { plaintext } of doorAfter.inbox())
        entries += fromUtf8(plaintext) === "captured" ? 1 : 0;
      expect(entries).toBe(1);
      await after.write([put(newRecordId(), "goes on")]);
      await doorAfter.close();
    }
    expect(generations).toEqual(new Set([1, 2]));
  }, 60_000);
});

describe("a keyring that the disk refuses at the switch", () => {
  /** Files whose n-th replacement of a copy of the keyring fails. */
  function failing(times: readonly number[]): PrivateFiles & { arm: () => void } {
    let count = Number.NEGATIVE_INFINITY;
    return {
      arm: () => (count = 0),
      read: privateFiles.read,
      replace: async (path, bytes) => {
        if (!/keyring\.[ab]$/.test(path)) return privateFiles.replace(path, bytes);
        count += 1;
        if (times.includes(count)) throw new KeepsakeError("WRITE_FAILED");
        await privateFiles.replace(path, bytes);
      },
    };
  }

  it("leaves the vault as it was when the keyring is as it was", async () => {
    const files = failing([1]);
    const { vault } = await home.create({ files });
    await vault.write([put(newRecordId(), "kept")]);
    files.arm();
    await expect(vault.purge(work())).rejects.toMatchObject({ code: "WRITE_FAILED" });
    expect(await stores()).toEqual(["store.1"]);
    expect(vault.health).toMatchObject({ generation: 1, readOnly: undefined });
    expect((await vault.purge(work())).records).toBe(1);
  });

  it("puts the second copy right when it was refused the first time", async () => {
    const files = failing([2]);
    const { vault } = await home.create({ files });
    files.arm();
    await vault.purge(work());
    const [a, b] = await Promise.all(
      ["a", "b"].map((copy) => readFile(join(home.directory, `keyring.${copy}`))),
    );
    expect(a!.equals(b!)).toBe(true);
  });

  it("keeps both stores and writes to neither when nobody knows which keyring is in effect", async () => {
    const real = privateFiles;
    let isArmed = false;
    const files: PrivateFiles = {
      read: (path, limit) => (isArmed ? Promise.reject(new Error("EIO")) : real.read(path, limit)),
      replace: async (path, bytes) => {
        await real.replace(path, bytes);
        if (isArmed && path.endsWith("keyring.b")) throw new KeepsakeError("WRITE_FAILED");
      },
    };
    const { door, vault } = await home.create({ files });
    const id = newRecordId();
    await vault.write([put(id, "kept")]);
    isArmed = true;
    await expect(vault.purge(work())).rejects.toMatchObject({
      code: "WRITE_FAILED",
      hint: expect.stringContaining("keepsake lock") as string,
    });
    isArmed = false;
    expect(await stores()).toEqual(["store.1", "store.2", "store.2.draft"]);
    expect(vault.health.readOnly?.code).toBe("WRITE_FAILED");
    expect(fromUtf8((await vault.read("memory", id))!)).toBe("kept");
    await expect(vault.write([put(newRecordId(), "no")])).rejects.toMatchObject({ code: "VAULT_READ_ONLY" });
    await door.close();
    const again = await home.open();
    expect(again.vault.health).toMatchObject({ generation: 2, readOnly: undefined, damage: CLEAN });
    expect(await all(again.vault)).toEqual(new Map([[id, "kept"]]));
    expect(await stores()).toEqual(["store.2"]);
  });
});

describe("stores that are left over", () => {
  it("are removed at the next unlock, and not before anyone proved the keyring genuine", async () => {
    await home.create().then(({ door }) => door.close());
    for (const name of ["store.2", "store.7", "store.1.salvage"]) {
      await mkdir(join(home.directory, name), { mode: 0o700 });
      await writeFile(join(home.directory, name, "000005.ldb"), "left over");
    }
    await markDraft(home.directory, 2);
    const door = await home.door();
    expect(await stores()).toHaveLength(5);
    await door.unlock({ kind: "passphrase", secret: passphrase() }, work());
    // Nothing marks the last one as in the making: it is of a keyring that is not here.
    expect(await stores()).toEqual(["store.1", "store.7"]);
    expect(home.log.lines).toContainEqual({ event: "other-stores-kept", fields: { counts: { stores: 1 } } });
  });
});

describe("a repair of a store whose own files are damaged", () => {
  it("takes everything that can be salvaged, says what cannot, and writes again", async () => {
    const { door, vault } = await home.create();
    const ids = Array.from({ length: 30 }, () => newRecordId());
    for (const id of ids) await vault.write([put(id, `text of ${id}`)]);
    await door.close();
    await rm(join(home.directory, "store.1", "CURRENT"));
    const opened = await home.open();
    expect(opened.vault.health).toMatchObject({
      records: 30,
      readOnly: { code: "VAULT_DAMAGED" },
      damage: CLEAN,
    });
    expect((await all(opened.vault)).size).toBe(30);
    await expect(opened.door.capture([utf8("x")])).rejects.toMatchObject({ code: "VAULT_READ_ONLY" });
    await opened.door.close();
    const sealed = await home.door();
    await expect(sealed.capture([utf8("x")])).rejects.toMatchObject({ code: "VAULT_READ_ONLY" });
    await sealed.close();
    const second = await home.open();
    expect(await second.vault.repair({ acceptRollback: false }, work())).toEqual({
      records: 30,
      damage: CLEAN,
    });
    expect(second.vault.health).toMatchObject({ generation: 2, readOnly: undefined });
    expect(await stores()).toEqual(["store.2"]);
    await second.vault.write([put(newRecordId(), "goes on")]);
    await second.door.close();
    expect((await home.open()).vault.health).toMatchObject({
      records: 31,
      readOnly: undefined,
      damage: CLEAN,
    });
  });

  it("opens an empty vault that knows what it lost when every file of the store is empty", async () => {
    const { door, vault } = await home.create();
    await vault.write([put(newRecordId(), "a"), put(newRecordId(), "b")]);
    await door.close();
    for (const name of await readdir(join(home.directory, "store.1"))) {
      await writeFile(join(home.directory, "store.1", name), "");
    }
    const { vault: opened } = await home.open();
    expect(opened.health.damage.missingCount).toBe(2);
    expect(opened.health.readOnly?.code).toBe("VAULT_DAMAGED");
    expect(await opened.repair({ acceptRollback: false }, work())).toEqual({
      records: 0,
      damage: { damaged: [], missingCount: 2 },
    });
    await opened.write([put(newRecordId(), "begins anew")]);
  });
});

describe("a term that has sealed often enough", () => {
  it("gives way to a new one; what it sealed stays readable, and a purge drops it", async () => {
    const { door, vault } = await home.create({ sealsPerTerm: 20 });
    const ids = Array.from({ length: 30 }, () => newRecordId());
    for (const id of ids) await vault.write([put(id, "text")]);
    const terms = () => vault.state.keyring.content.dataKeys.length;
    expect(terms()).toBeGreaterThan(2);
    expect((await all(vault)).size).toBe(30);
    await door.close();
    const again = await home.open({ sealsPerTerm: 100 });
    expect((await all(again.vault)).size).toBe(30);
    const before = again.vault.state.keyring.activeTerm;
    // The head knows how often the term has sealed: the count goes on where it was.
    expect(await again.vault.state.era.use(({ sealer }) => sealer.seals)).toBeGreaterThan(0);
    await again.vault.purge(work());
    expect(again.vault.state.keyring.content.dataKeys).toHaveLength(1);
    expect(again.vault.state.keyring.activeTerm).toBe(before + 1);
    await tamper((await snapshotClosed(again.door)).directory, async (store) => {
      expect(await entriesOf(store, "memory")).toHaveLength(30);
    });
  });

  it("goes on sealing when the keyring cannot be written, and the write is refused", async () => {
    let isRefused = false;
    const files: PrivateFiles = {
      read: privateFiles.read,
      replace: (path, bytes) =>
        isRefused && path.includes("keyring")
          ? Promise.reject(new KeepsakeError("DISK_FULL"))
          : privateFiles.replace(path, bytes),
    };
    const { vault } = await home.create({ sealsPerTerm: 5, files });
    await vault.write([put(newRecordId(), "a"), put(newRecordId(), "b"), put(newRecordId(), "c")]);
    isRefused = true;
    await expect(vault.write([put(newRecordId(), "d")])).rejects.toMatchObject({ code: "DISK_FULL" });
    isRefused = false;
    await vault.write([put(newRecordId(), "e")]);
    expect(vault.health.records).toBe(4);
  });

  async function snapshotClosed(door: { close(): Promise<void> }): Promise<VaultHome> {
    await door.close();
    return snapshot();
  }
});
