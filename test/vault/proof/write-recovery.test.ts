/** After a refused write: when the store is opened again, how often, and what ends the attempts. */
import { existsSync } from "node:fs";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fromUtf8, utf8 } from "../../../src/base/bytes.ts";
import { newRecordId } from "../../../src/base/record-id.ts";
import { Ballast } from "../../../src/store/ballast.ts";
import { KEYSPACE_BYTES } from "../../../src/vault/written/keyspaces.ts";
import { storeKey } from "../../../src/vault/written/store-key.ts";
import type { LiveVault } from "../../../src/vault/live-vault.ts";
import { FaultyDisk, until } from "../support/faulty-store.ts";
import { VaultHome } from "../support/vault-home.ts";

let home: VaultHome;
let disk: FaultyDisk;

beforeEach(async () => {
  home = await VaultHome.make();
  disk = new FaultyDisk();
});
afterEach(async () => {
  vi.restoreAllMocks();
  disk.onBatch = () => undefined;
  disk.onOpen = () => undefined;
  await home.remove();
});

const put = (text: string) =>
  ({ type: "put", keyspace: "memory", id: newRecordId(), plaintext: utf8(text) }) as const;
const raw = {
  type: "put",
  key: storeKey(KEYSPACE_BYTES.checkpoint, new Uint8Array(16).fill(0xee)),
  value: utf8("raw"),
} as const;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const timing = { scrubSlice: 3_600_000, inboxCount: 10_000 };

/** Makes the next batch fail. */
function failOnce(isWritten = false): void {
  disk.onBatch = () => {
    disk.onBatch = () => undefined;
    return { code: "WRITE_FAILED", isWritten };
  };
}

async function refuse(vault: LiveVault, isWritten = false): Promise<void> {
  failOnce(isWritten);
  await expect(vault.write([put("refused")])).rejects.toMatchObject({ code: "WRITE_FAILED" });
}

describe("the attempts to write again", () => {
  it("come after waits that double up to the longest", async () => {
    const { vault } = await home.create({
      opener: disk.opener,
      timing: { ...timing, retryFirst: 3, maxRetry: 13 },
    });
    const waits: (number | undefined)[] = [];
    const real = globalThis.setTimeout;
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((callback: () => void, ms?: number) => {
      waits.push(ms);
      return real(callback, ms);
    }) as typeof setTimeout);
    let openings = 0;
    disk.onOpen = () => {
      openings += 1;
      return openings < 5 ? "WRITE_FAILED" : undefined;
    };
    await refuse(vault);
    await until(() => vault.health.readOnly === undefined);
    expect(waits.filter((ms) => ms !== undefined && [3, 6, 12, 13, 24, 26].includes(ms))).toEqual([
      3, 6, 12, 13, 13,
    ]);
  });

  it("end with the first that succeeds, and with what no further one could change", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    await refuse(vault);
    await until(() => vault.health.readOnly === undefined);
    const openings = disk.opened;
    await pause(60);
    expect(disk.opened).toBe(openings);
    await vault.write([put("one")]);
    const older = await home.copy();
    await vault.write([put("two")]);
    disk.beforeOpen = async () => {
      disk.beforeOpen = () => {};
      await rm(join(home.directory, "store.1"), { recursive: true });
      await cp(join(older.directory, "store.1"), join(home.directory, "store.1"), { recursive: true });
    };
    await refuse(vault);
    await until(() => vault.health.readOnly?.code === "VAULT_DAMAGED");
    const last = disk.opened;
    await pause(60);
    expect(disk.opened).toBe(last);
    expect(vault.health.readOnly?.code).toBe("VAULT_DAMAGED");
    await older.remove();
  });

  it("say in the log why they failed", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    const id = newRecordId();
    await vault.write([{ ...put("kept"), id }]);
    let isBroken = true;
    disk.beforeOpen = () => {
      if (isBroken) throw new TypeError("unheard of");
    };
    await refuse(vault);
    await until(() => home.log.has("write-recovery-failed"));
    const failed = home.log.lines.find(({ event }) => event === "write-recovery-failed");
    expect(failed!.fields).toEqual({ code: "WRITE_FAILED" });
    await expect(vault.read("memory", id)).rejects.toMatchObject({ code: "WRITE_FAILED" });
    isBroken = false;
    await until(() => vault.health.readOnly === undefined);
    expect(fromUtf8((await vault.read("memory", id))!)).toBe("kept");
  });

  it("do not need the ballast to come back", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    vi.spyOn(Ballast.prototype, "ensure").mockRejectedValue(new Error("EIO"));
    await refuse(vault);
    await until(() => vault.health.readOnly === undefined);
    expect(home.log.has("write-recovery-failed")).toBe(false);
  });
});

describe("a store that was opened again", () => {
  it("has the turns counted that were refused and are there all the same", async () => {
    const { door, vault } = await home.create({ opener: disk.opener });
    await door.capture([utf8("kept")]);
    failOnce(true);
    await expect(door.capture([utf8("refused")])).rejects.toMatchObject({ code: "WRITE_FAILED" });
    expect(door.waiting()).toBe(1);
    await until(() => vault.health.readOnly === undefined);
    expect(door.waiting()).toBe(2);
    expect(vault.health.damage).toEqual({ damaged: [], missingCount: 0 });
  });

  it("stays read-only when it is what could be salvaged", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    await vault.write([put("kept")]);
    disk.beforeOpen = async () => {
      disk.beforeOpen = () => {};
      await rm(join(home.directory, "store.1", "CURRENT"));
    };
    await refuse(vault);
    await until(() => vault.health.readOnly?.code === "VAULT_DAMAGED");
    await pause(60);
    expect(vault.health.readOnly?.code).toBe("VAULT_DAMAGED");
    expect(home.log.has("write-recovered")).toBe(false);
  });

  it("is not written to when it is another, though the refused batch changed no record", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    const older = await home.copy();
    await vault.write([put("later")]);
    disk.beforeOpen = async () => {
      disk.beforeOpen = () => {};
      await rm(join(home.directory, "store.1"), { recursive: true });
      await cp(join(older.directory, "store.1"), join(home.directory, "store.1"), { recursive: true });
    };
    failOnce();
    await expect(vault.writer.writeRaw([raw])).rejects.toMatchObject({ code: "WRITE_FAILED" });
    await until(() => vault.health.readOnly?.code === "VAULT_DAMAGED");
    await older.remove();
  });

  it("counts from the first of several batches that were refused and are there all the same", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    await vault.write([put("before")]);
    const { sequence } = vault.state.head;
    for (let round = 0; round < 2; round += 1) {
      await refuse(vault, true);
      await until(() => vault.health.readOnly === undefined);
    }
    expect(vault.state.head.sequence).toBe(sequence + 2);
    await vault.writeCheckpoint([utf8("index of before")]);
    expect(vault.state.manifest!.sequence).toBe(sequence);
  });
});

describe("a disk that has no room for opening the store", () => {
  it("has it once the ballast is given up, sealed and open", async () => {
    await home.create().then(({ door }) => door.close());
    const ballast = join(home.directory, "ballast");
    disk.onOpen = () => (existsSync(ballast) ? "DISK_FULL" : undefined);
    const { vault } = await home.open({ opener: disk.opener });
    expect(home.log.has("inbox-unavailable")).toBe(false);
    await refuse(vault);
    await until(() => vault.health.readOnly === undefined);
    expect(existsSync(ballast)).toBe(true);
  });

  it("keeps its ballast when it refuses for another reason", async () => {
    await home.create().then(({ door }) => door.close());
    disk.onOpen = () => "WRITE_FAILED";
    await expect(home.open({ opener: disk.opener })).rejects.toMatchObject({ code: "WRITE_FAILED" });
    expect(existsSync(join(home.directory, "ballast"))).toBe(true);
  });
});
