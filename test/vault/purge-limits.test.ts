/** Where a purge begins and where it can still be called off. */
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toHex, utf8 } from "../../src/base/bytes.ts";
import type { KeepsakeError } from "../../src/base/errors.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import { HEAD_KEY } from "../../src/vault/written/head.ts";
import type { RecordId } from "../../src/vault/vault.ts";
import { FaultyDisk } from "./support/faulty-store.ts";
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
const put = (id: RecordId, text: string) =>
  ({ type: "put", keyspace: "memory", id, plaintext: utf8(text) }) as const;
const stores = async () => (await readdir(home.directory)).filter((name) => name.startsWith("store"));

describe("a purge", () => {
  it("can be cancelled up to the moment it takes effect", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    await vault.write([put(newRecordId(), "kept")]);
    const controller = new AbortController();
    disk.onBatch = (operations, folder) => {
      const isLast =
        folder.endsWith("store.2") && operations.some(({ key }) => toHex(key) === toHex(HEAD_KEY));
      if (isLast) controller.abort();
      return undefined;
    };
    const cancelled = vault.purge(work({ signal: controller.signal }));
    await expect(cancelled).rejects.toMatchObject({ code: "CANCELLED" });
    expect(controller.signal.aborted).toBe(true);
    expect(vault.health).toMatchObject({ generation: 1, readOnly: undefined });
    expect(await stores()).toEqual(["store.1"]);
  });

  it("begins where there is just enough room for a second copy and some to spare", async () => {
    const { vault } = await home.create();
    await vault.write([put(newRecordId(), "kept")]);
    const { ballast } = vault.state.deps;
    ballast.freeBytes = () => Promise.resolve(0);
    const refused = await vault.purge(work()).catch((error: unknown) => error as KeepsakeError);
    const { neededBytes } = (refused as KeepsakeError).facts as { readonly neededBytes: number };
    expect(neededBytes).toBeGreaterThanOrEqual(2 << 20);
    ballast.freeBytes = () => Promise.resolve(neededBytes - 1);
    await expect(vault.purge(work())).rejects.toMatchObject({ code: "DISK_FULL" });
    ballast.freeBytes = () => Promise.resolve(neededBytes);
    expect((await vault.purge(work())).records).toBe(1);
  });

  it("begins anew, and keeps a store that it did not make and that is in its place", async () => {
    const { vault } = await home.create();
    await vault.write([put(newRecordId(), "kept")]);
    const other = await home.copy();
    await cp(join(other.directory, "store.1"), join(home.directory, "store.2"), { recursive: true });
    await writeFile(join(home.directory, "store.2", "CURRENT"), "no store at all");
    await other.remove();
    expect(await vault.purge(work())).toEqual({ records: 1, damage: CLEAN });
    expect(await stores()).toEqual(["store.2", "store.2.kept.1"]);
    expect(await readFile(join(home.directory, "store.2.kept.1", "CURRENT"), "utf8")).toBe("no store at all");
  });

  it("stays due when something was replaced after it was copied", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    const id = newRecordId();
    await vault.write([put(id, "first")]);
    disk.afterBatch = async (folder) => {
      if (!folder.endsWith("store.2")) return;
      disk.afterBatch = () => {};
      await vault.write([put(id, "second")]);
    };
    await vault.purge(work());
    expect(vault.health.purgeDueAt).toBeGreaterThan(home.clock.now() + 23 * 3_600_000);
  });
});
