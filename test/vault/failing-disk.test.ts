/** A disk that refuses writes: nothing acknowledged is lost, the vault stops within one operation and goes on by itself. */
import { cp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import { Ballast } from "../../src/store/ballast.ts";
import { HEAD_KEY } from "../../src/vault/written/head.ts";
import type { LiveVault } from "../../src/vault/live-vault.ts";
import type { RecordId } from "../../src/vault/vault.ts";
import { FaultyDisk, until } from "./support/faulty-store.ts";
import { memoryKey, tamper } from "./support/tamper.ts";
import { VaultHome, work } from "./support/vault-home.ts";

let home: VaultHome;
let disk: FaultyDisk;

beforeEach(async () => {
  home = await VaultHome.make();
  disk = new FaultyDisk();
});
afterEach(async () => {
  disk.onBatch = () => undefined;
  disk.onOpen = () => undefined;
  await home.remove();
});

const put = (id: RecordId, text: string) =>
  ({ type: "put", keyspace: "memory", id, plaintext: utf8(text) }) as const;
const text = async (vault: LiveVault, id: RecordId) => fromUtf8((await vault.read("memory", id))!);
const CLEAN = { damaged: [], missingCount: 0 };

describe.each([
  ["is full", "DISK_FULL", false],
  ["refuses a write", "WRITE_FAILED", false],
  ["refuses a write that is there all the same", "WRITE_FAILED", true],
] as const)("a disk that %s", (_, code, isWritten) => {
  it("stops writing within one operation, reads on, and goes on by itself", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    const [kept, refused, later] = [newRecordId(), newRecordId(), newRecordId()];
    await vault.write([put(kept, "kept")]);
    const openings = disk.opened;
    let isBroken = true;
    disk.onBatch = () => (isBroken ? { code, isWritten } : undefined);
    const outcomes = await Promise.allSettled([
      vault.write([put(refused, "refused")]),
      vault.write([put(later, "too")]),
    ]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: "rejected", reason: { code } });
    expect(vault.health.readOnly).toMatchObject({ code });
    expect(await text(vault, kept)).toBe("kept");
    await expect(vault.write([put(later, "no")])).rejects.toMatchObject({ code: "VAULT_READ_ONLY" });
    await expect(vault.writeCheckpoint([])).rejects.toMatchObject({ code: "VAULT_READ_ONLY" });
    isBroken = false;
    await until(() => vault.health.readOnly === undefined);
    expect(disk.opened).toBeGreaterThan(openings);
    expect(vault.has("memory", refused)).toBe(isWritten);
    await vault.write([put(later, "later")]);
    expect(await text(vault, later)).toBe("later");
    expect(vault.health.damage).toEqual(CLEAN);
    expect(home.log.has("write-recovered")).toBe(true);
  });
});

describe("a store that does not open again for a reason nobody knows", () => {
  it("is tried again", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    disk.onBatch = () => ({ code: "WRITE_FAILED" });
    let openings = 0;
    disk.beforeOpen = () => {
      openings += 1;
      if (openings === 1) throw new TypeError("unheard of");
    };
    await expect(vault.write([put(newRecordId(), "x")])).rejects.toMatchObject({ code: "WRITE_FAILED" });
    disk.onBatch = () => undefined;
    await until(() => vault.health.readOnly === undefined);
    expect(openings).toBe(2);
  });
});

describe("a disk that stays full", () => {
  it("is tried again and again, each time after a longer wait, until it has room", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    let batches = 0;
    disk.onBatch = () => {
      batches += 1;
      return { code: "DISK_FULL" };
    };
    await expect(vault.write([put(newRecordId(), "x")])).rejects.toMatchObject({ code: "DISK_FULL" });
    let openings = 0;
    disk.onOpen = () => {
      openings += 1;
      return openings < 4 ? "WRITE_FAILED" : undefined;
    };
    disk.onBatch = () => undefined;
    await until(() => openings === 2);
    await expect(vault.read("memory", newRecordId())).resolves.toBeUndefined();
    await until(() => vault.health.readOnly === undefined);
    expect(openings).toBe(4);
    expect(batches).toBe(1);
    await vault.write([put(newRecordId(), "y")]);
  });

  it("answers reads with why there is no store, while there is none", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    const id = newRecordId();
    await vault.write([put(id, "kept")]);
    let isGone = true;
    disk.onBatch = () => (isGone ? { code: "WRITE_FAILED" } : undefined);
    disk.onOpen = () => (isGone ? "WRITE_FAILED" : undefined);
    await expect(vault.write([put(newRecordId(), "x")])).rejects.toMatchObject({ code: "WRITE_FAILED" });
    await until(() => home.log.has("write-recovery-failed"));
    await expect(vault.read("memory", id)).rejects.toMatchObject({ code: "WRITE_FAILED" });
    expect(vault.health.damage).toEqual(CLEAN);
    isGone = false;
    await until(() => vault.health.readOnly === undefined);
    expect(await text(vault, id)).toBe("kept");
  });

  it("is not written to before it takes a trial", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    const trial = Ballast.prototype.hasRoom;
    let trials = 0;
    Ballast.prototype.hasRoom = async () => {
      trials += 1;
      return trials > 2;
    };
    try {
      const openings = disk.opened;
      disk.onBatch = () => ({ code: "DISK_FULL" });
      await expect(vault.write([put(newRecordId(), "x")])).rejects.toMatchObject({ code: "DISK_FULL" });
      disk.onBatch = () => undefined;
      await until(() => trials === 2);
      expect(disk.opened).toBe(openings);
      await until(() => vault.health.readOnly === undefined);
      expect(trials).toBe(3);
    } finally {
      Ballast.prototype.hasRoom = trial;
    }
  });

  it("gets the ballast's room when the store does not open without it, and the ballast back later", async () => {
    await home.create().then(({ door }) => door.close());
    const ballast = join(home.directory, "ballast");
    expect((await stat(ballast)).size).toBe(4 << 20);
    let refusals = 0;
    disk.onOpen = () => {
      refusals += 1;
      return refusals === 1 ? "DISK_FULL" : undefined;
    };
    const { vault } = await home.open({ opener: disk.opener });
    expect(refusals).toBe(2);
    expect(vault.health.readOnly).toBeUndefined();
    expect((await readdir(home.directory)).includes("ballast")).toBe(true);
  });

  it("does not open when there is no ballast to give up", async () => {
    await home.create().then(({ door }) => door.close());
    await rm(join(home.directory, "ballast"));
    disk.onOpen = () => "DISK_FULL";
    await expect(home.open({ opener: disk.opener })).rejects.toMatchObject({ code: "DISK_FULL" });
  });
});

describe("a store that changed while it was closed for being opened again", () => {
  /** Makes one write fail and `change` run before the store is opened again. */
  async function failAndChange(vault: LiveVault, change: () => Promise<void>): Promise<void> {
    disk.onBatch = () => ({ code: "WRITE_FAILED" });
    let isChanged = false;
    disk.beforeOpen = async () => {
      disk.beforeOpen = () => {};
      await change();
      isChanged = true;
    };
    await expect(vault.write([put(newRecordId(), "x")])).rejects.toMatchObject({ code: "WRITE_FAILED" });
    disk.onBatch = () => undefined;
    await until(() => isChanged);
  }

  it("is not written to when its head is neither the one before nor the one refused", async () => {
    const { door, vault } = await home.create({ opener: disk.opener });
    await vault.write([put(newRecordId(), "one")]);
    const older = await home.copy();
    await vault.write([put(newRecordId(), "two")]);
    await failAndChange(vault, async () => {
      const store = join(home.directory, "store.1");
      await rm(store, { recursive: true });
      await cp(join(older.directory, "store.1"), store, { recursive: true });
    });
    await until(() => vault.health.readOnly?.code === "VAULT_DAMAGED");
    await expect(vault.write([put(newRecordId(), "y")])).rejects.toMatchObject({ code: "VAULT_READ_ONLY" });
    await older.remove();
    await door.close();
    expect((await home.open()).vault.health.readOnly?.code).toBe("ROLLBACK_DETECTED");
  });

  it("is not written to when it has no head", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    await failAndChange(vault, () =>
      tamper(home.directory, (store) => store.batch([{ type: "del", key: HEAD_KEY }])),
    );
    await until(() => vault.health.readOnly?.code === "VAULT_DAMAGED");
  });

  it("is read from what can be salvaged when it does not open any more", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    const id = newRecordId();
    await vault.write([put(id, "kept")]);
    await failAndChange(vault, () => rm(join(home.directory, "store.1", "CURRENT")));
    await until(() => vault.health.readOnly?.code === "VAULT_DAMAGED");
    expect(await text(vault, id)).toBe("kept");
    expect(await vault.repair({ acceptRollback: false }, work())).toEqual({ records: 1, damage: CLEAN });
    await vault.write([put(newRecordId(), "y")]);
    expect(await readdir(home.directory)).not.toContain("store.1.salvage");
  });

  it("has what is damaged named, and the rest goes on", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    const [lost, replaced, short, kept, extra] = Array.from({ length: 5 }, () => newRecordId()) as [
      RecordId,
      RecordId,
      RecordId,
      RecordId,
      RecordId,
    ];
    await vault.write([lost, replaced, short, kept].map((id) => put(id, "kept")));
    await failAndChange(vault, () =>
      tamper(home.directory, async (store) => {
        const value = (await store.get(memoryKey(kept)))!;
        await store.batch([
          { type: "del", key: memoryKey(lost) },
          { type: "put", key: memoryKey(replaced), value },
          { type: "put", key: memoryKey(short), value: Uint8Array.of(1) },
          { type: "put", key: memoryKey(extra), value },
        ]);
      }),
    );
    await until(() => vault.health.readOnly === undefined);
    expect(new Set(vault.health.damage.damaged)).toEqual(new Set([lost, replaced, short, extra]));
    expect(vault.health.damage.missingCount).toBe(0);
    expect(await text(vault, kept)).toBe("kept");
    await vault.write([put(lost, "anew"), { type: "delete", keyspace: "memory", id: extra }]);
    expect(await text(vault, lost)).toBe("anew");
    expect(new Set(vault.health.damage.damaged)).toEqual(new Set([replaced, short]));
  });
});

describe("a vault that is closed while it cannot write", () => {
  it("ends the attempt under way, and begins no other", async () => {
    const { door, vault } = await home.create({ opener: disk.opener });
    const trial = Ballast.prototype.hasRoom;
    let trials = 0;
    Ballast.prototype.hasRoom = async () => {
      trials += 1;
      await new Promise((resolve) => setTimeout(resolve, 30));
      return false;
    };
    try {
      disk.onBatch = () => ({ code: "WRITE_FAILED" });
      await expect(vault.write([put(newRecordId(), "x")])).rejects.toMatchObject({ code: "WRITE_FAILED" });
      await until(() => trials === 1);
      await door.close();
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(trials).toBe(1);
    } finally {
      Ballast.prototype.hasRoom = trial;
    }
  });

  it("ends its attempts", async () => {
    const { door, vault } = await home.create({
      opener: disk.opener,
      timing: { retryFirst: 60_000, maxRetry: 60_000, scrubSlice: 60_000, inboxCount: 10_000 },
    });
    disk.onBatch = () => ({ code: "WRITE_FAILED" });
    await expect(vault.write([put(newRecordId(), "x")])).rejects.toMatchObject({ code: "WRITE_FAILED" });
    await door.close();
    expect(vault.health.readOnly?.code).toBe("WRITE_FAILED");
    const again = await home.open();
    expect(again.vault.health.readOnly).toBeUndefined();
  });
});
