/** Reading, verifying and scrubbing an open vault. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fromUtf8, toHex, utf8 } from "../../src/base/bytes.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import type { LiveVault } from "../../src/vault/live-vault.ts";
import type { Progress, RecordId } from "../../src/vault/vault.ts";
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
  await home.remove();
});

const CLEAN = { damaged: [], missingCount: 0 };
const WEEK = 7 * 24 * 3_600_000;
const put = (id: RecordId, text = "text") =>
  ({ type: "put", keyspace: "memory", id, plaintext: utf8(text) }) as const;
const del = (id: RecordId) => ({ type: "delete", keyspace: "memory", id }) as const;

async function filled(
  count: number,
  deps = {},
): Promise<{ ids: readonly RecordId[]; vault: LiveVault; close: () => Promise<void> }> {
  const { door, vault } = await home.create(deps);
  const ids = Array.from({ length: count }, () => newRecordId());
  await vault.write(ids.map((id) => put(id)));
  return { ids, vault, close: () => door.close() };
}

describe("writing and reading", () => {
  it("keeps the last of several changes of one record in one batch", async () => {
    const { vault } = await home.create();
    const [a, b] = [newRecordId(), newRecordId()];
    await vault.write([put(a, "first"), put(a, "second"), put(b), del(b), del(newRecordId())]);
    expect(fromUtf8((await vault.read("memory", a))!)).toBe("second");
    expect(vault.has("memory", b)).toBe(false);
    expect(vault.health.records).toBe(1);
  });

  it("lets many waiting writes share one batch, and writes nothing for none", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    let batches = 0;
    disk.onBatch = () => void (batches += 1);
    await Promise.all(Array.from({ length: 50 }, () => vault.write([put(newRecordId())])));
    expect(batches).toBeLessThan(5);
    batches = 0;
    await vault.write([]);
    expect(batches).toBe(0);
  });

  it("keeps keyspaces apart: the same id may be in all of them", async () => {
    const { vault } = await home.create();
    const id = newRecordId();
    for (const keyspace of ["memory", "idempotency", "audit"] as const) {
      await vault.write([{ type: "put", keyspace, id, plaintext: utf8(keyspace) }]);
    }
    expect(fromUtf8((await vault.read("audit", id))!)).toBe("audit");
    await vault.write([{ type: "delete", keyspace: "audit", id }]);
    expect(await vault.read("audit", id)).toBeUndefined();
    expect(fromUtf8((await vault.read("memory", id))!)).toBe("memory");
    expect(vault.health.records).toBe(1);
  });

  it("never returns anything but a version that was live, while records change under the reader", async () => {
    const { ids, vault } = await filled(20);
    let isRunning = true;
    const writing = (async () => {
      for (let round = 0; isRunning; round += 1) {
        const id = ids[round % 20]!;
        await vault.write(round % 3 === 0 ? [del(id)] : [put(id, `version ${round}`)]);
      }
    })();
    for (let round = 0; round < 300; round += 1) {
      const plaintext = await vault.read("memory", ids[(round * 7) % 20]!);
      if (plaintext !== undefined) expect(fromUtf8(plaintext)).toMatch(/^text$|^version \d+$/);
      if (round % 50 === 0) {
        for await (const record of vault.scan("memory"))
          expect(fromUtf8(record.plaintext)).toMatch(/text|version/);
      }
    }
    isRunning = false;
    await writing;
    expect(vault.health.damage).toEqual(CLEAN);
  });

  it("waits for a batch that is in the store and not known yet", async () => {
    const { ids, vault } = await filled(2, { opener: disk.opener });
    const readings: Promise<Uint8Array | undefined>[] = [];
    disk.afterBatch = async () => {
      disk.afterBatch = () => {};
      readings.push(vault.read("memory", ids[0]!), vault.read("memory", ids[1]!));
      await new Promise((resolve) => setTimeout(resolve, 20));
    };
    await vault.write([put(ids[0]!, "newer"), del(ids[1]!)]);
    const [replaced, removed] = await Promise.all(readings);
    expect(fromUtf8(replaced!)).toBe("newer");
    expect(removed).toBeUndefined();
    expect(vault.health.damage).toEqual(CLEAN);
  });

  it("scans what became of a record that changed after its page was read", async () => {
    const { ids, vault } = await filled(3, { opener: disk.opener });
    disk.afterEntries = async () => {
      disk.afterEntries = () => {};
      await vault.write([put(ids[0]!, "newer"), del(ids[1]!)]);
    };
    const scanned = new Map<RecordId, string>();
    for await (const { id, plaintext } of vault.scan("memory")) scanned.set(id, fromUtf8(plaintext));
    expect(scanned).toEqual(
      new Map([
        [ids[0], "newer"],
        [ids[2], "text"],
      ]),
    );
    expect(vault.health.damage).toEqual(CLEAN);
  });

  it("makes purge due within a day of the first thing forgotten, in the next batch", async () => {
    const { door, vault } = await home.create();
    expect(vault.health.purgePending).toBe(false);
    vault.markForgotten();
    expect(vault.health.purgePending).toBe(true);
    const due = vault.health.purgeDueAt!;
    expect(due).toBeGreaterThan(home.clock.now() + 23 * 3_600_000);
    expect(due).toBeLessThanOrEqual(home.clock.now() + 24 * 3_600_000);
    await vault.write([put(newRecordId())]);
    home.clock.advance(3_600_000);
    vault.markForgotten();
    expect(vault.health.purgeDueAt).toBe(due);
    await door.close();
    expect((await home.open()).vault.health.purgeDueAt).toBe(due);
  });

  it("writes what was forgotten last even when no batch follows", async () => {
    const { door, vault } = await home.create();
    vault.markForgotten();
    await door.close();
    expect((await home.open()).vault.health.purgePending).toBe(true);
  });

  it("derives ids and MACs that stay the same through purges and differ between names, purposes and vaults", async () => {
    const { door, vault } = await home.create();
    const id = vault.deriveId(utf8("session"), utf8("message"));
    expect(vault.deriveId(utf8("sessionm"), utf8("essage"))).not.toBe(id);
    const mac = toHex(vault.mac("idempotency", utf8("payload")));
    expect(toHex(vault.mac("cursor", utf8("payload")))).not.toBe(mac);
    expect(mac).toHaveLength(64);
    await vault.purge(work());
    expect(vault.deriveId(utf8("session"), utf8("message"))).toBe(id);
    expect(toHex(vault.mac("idempotency", utf8("payload")))).toBe(mac);
    await door.close();
    const other = await VaultHome.make();
    const { vault: elsewhere } = await other.create();
    expect(elsewhere.deriveId(utf8("session"), utf8("message"))).not.toBe(id);
    await other.remove();
  });

  it("refuses ids that are none", async () => {
    const { vault } = await home.create();
    await expect(vault.write([put("../../etc/passwd")])).rejects.toThrow(TypeError);
    await expect(vault.read("memory", "not an id")).rejects.toThrow(TypeError);
  });
});

describe("verifying", () => {
  it("reads everything, with progress, and can be cancelled", async () => {
    const { vault } = await filled(1_200);
    const seen: Progress[] = [];
    expect(await vault.verify(work({ seen }))).toEqual({ records: 1_200, damage: CLEAN });
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.at(-1)).toEqual({ stage: "read", done: 1_200, total: 1_200 });
    const controller = new AbortController();
    controller.abort();
    await expect(vault.verify(work({ signal: controller.signal }))).rejects.toMatchObject({
      code: "CANCELLED",
    });
  });

  it("names what is damaged or gone, and takes it back when it was the disk's fault alone", async () => {
    const { ids, vault, close } = await filled(10);
    await close();
    const values = await tamper(home.directory, async (store) => {
      const kept = await store.get(memoryKey(ids[0]!));
      await store.batch([{ type: "put", key: memoryKey(ids[0]!), value: kept!.slice().fill(0, 40, 41) }]);
      return kept!;
    });
    expect(values.length).toBeGreaterThan(100);
    expect(vault.health.records).toBe(10);
    const opened = await home.open({ opener: disk.opener });
    expect(await opened.vault.verify(work())).toEqual({
      records: 9,
      damage: { damaged: [ids[0]], missingCount: 0 },
    });
    // As if one more were lost while the vault is open.
    const { store } = await opened.vault.state.era.use((era) => era);
    await store.batch([{ type: "del", key: memoryKey(ids[1]!) }]);
    const verified = await opened.vault.verify(work());
    expect(verified.records).toBe(8);
    expect(new Set(verified.damage.damaged)).toEqual(new Set([ids[0], ids[1]]));
    expect(verified.damage.missingCount).toBe(1);
    await opened.vault.write([put(ids[0]!), put(ids[1]!)]);
    expect(await opened.vault.verify(work())).toEqual({ records: 10, damage: CLEAN });
  });

  it("tells a place that cannot be read from a disk that cannot", async () => {
    const { ids, vault } = await filled(10, { opener: disk.opener });
    disk.beforeRead = () => Promise.reject(new KeepsakeError("RECORD_DAMAGED"));
    await expect(vault.read("memory", ids[0]!)).rejects.toMatchObject({ code: "RECORD_DAMAGED" });
    expect(vault.health.damage.damaged).toEqual([ids[0]]);
    disk.beforeRead = () => {};
    await vault.read("memory", ids[0]!);
    expect(vault.health.damage).toEqual(CLEAN);
    const store = await vault.state.era.use((era) => era.store);
    await store.batch([
      { type: "put", key: memoryKey(ids[1]!), value: new Uint8Array(300) },
      { type: "del", key: memoryKey(ids[2]!) },
    ]);
    disk.beforeRead = (kind) => (kind === "get" ? Promise.reject(new Error("EIO")) : undefined);
    await expect(vault.verify(work())).rejects.toThrow("EIO");
    await store.batch([{ type: "del", key: memoryKey(ids[1]!) }]);
    await expect(vault.verify(work())).rejects.toThrow("EIO");
    expect(vault.health.damage).toEqual(CLEAN);
  });

  it("fails when the disk cannot be read, and calls nothing damaged for that", async () => {
    const { vault } = await filled(10, { opener: disk.opener });
    disk.beforeRead = () => Promise.reject(new Error("EIO"));
    await expect(vault.verify(work())).rejects.toThrow("EIO");
    await expect(vault.read("memory", newRecordId())).resolves.toBeUndefined();
    disk.beforeRead = () => {};
    expect(vault.health.damage).toEqual(CLEAN);
  });
});

describe("the scrub", () => {
  const timing = { retryFirst: 5, maxRetry: 40, scrubSlice: 1, inboxCount: 10_000 };

  it("reads nothing in the first week, then everything in small slices, and remembers when it was done", async () => {
    const { vault, close } = await filled(250, { opener: disk.opener, timing });
    let pages = 0;
    disk.beforeRead = (kind) => void (pages += kind === "entries" ? 1 : 0);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(pages).toBe(0);
    home.clock.advance(WEEK);
    await until(() => home.log.has("scrub-complete"));
    expect(pages).toBeGreaterThanOrEqual(3);
    expect(pages).toBeLessThan(6);
    const complete = home.log.lines.find(({ event }) => event === "scrub-complete");
    expect(complete!.fields).toEqual({ counts: { records: 250 } });
    const { scrubbedAt } = vault.state.head;
    expect(scrubbedAt).toBeGreaterThan(home.clock.now() - 60_000);
    await close();
    const again = await home.open({ timing });
    expect(again.vault.state.head.scrubbedAt).toBe(scrubbedAt);
    expect(again.vault.state.head.scrubCursor).toBeUndefined();
  });

  it("goes on where it was when the vault is opened again, and names what it finds", async () => {
    const { ids, close } = await filled(250, { timing });
    await close();
    await tamper(home.directory, async (store) => {
      const sorted = ids.map((id) => memoryKey(id)).toSorted((a, b) => Buffer.compare(a, b));
      await store.batch([
        { type: "put", key: sorted.at(-1)!, value: new Uint8Array(systemRandomness.bytes(300)) },
      ]);
    });
    home.clock.advance(WEEK);
    const first = await home.open({ timing: { ...timing, scrubSlice: 200 } });
    await until(() => first.vault.writer.pendingPatch.scrubCursor !== undefined);
    await first.door.close();
    const cursor = first.vault.state.head.scrubCursor;
    expect(cursor).toBeDefined();
    const second = await home.open();
    expect(second.vault.state.head.scrubCursor).toEqual(cursor);
    await second.door.close();
    const third = await home.open({ timing });
    await until(() => home.log.has("scrub-complete"));
    expect(third.vault.health.damage.damaged).toHaveLength(1);
  });

  it("ends what it began, although the week is not over by then", async () => {
    const { ids, vault, close } = await filled(250);
    const [first] = ids.map((id) => memoryKey(id)).toSorted((a, b) => Buffer.compare(a, b));
    vault.writer.patchHead({ scrubCursor: first, scrubbedAt: home.clock.now() });
    await close();
    const again = await home.open({ timing });
    await until(() => home.log.has("scrub-complete"));
    expect(again.vault.state.head.scrubCursor).toBeUndefined();
  });

  it("ends with the slice under way when the vault is closed", async () => {
    const { close } = await filled(250, { opener: disk.opener, timing });
    let isReading = false;
    disk.beforeRead = () => {
      isReading = true;
      return new Promise((resolve) => setTimeout(resolve, 20));
    };
    home.clock.advance(WEEK);
    await until(() => isReading);
    await close();
    isReading = false;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isReading).toBe(false);
  });

  it("logs that it cannot read, and tries again", async () => {
    await filled(10, { opener: disk.opener, timing });
    disk.beforeRead = () => Promise.reject(new Error("EIO"));
    home.clock.advance(WEEK);
    await until(() => home.log.has("scrub-failed"));
    const failed = home.log.lines.find(({ event }) => event === "scrub-failed");
    expect(failed!.fields).toEqual({ code: "INTERNAL" });
    disk.beforeRead = () => {};
    await until(() => home.log.has("scrub-complete"));
  });
});
