import { describe, expect, it } from "vitest";
import { utf8 } from "../../../src/base/bytes.ts";
import { KeepsakeError } from "../../../src/base/errors.ts";
import { LIMITS } from "../../../src/base/limits.ts";
import { Idempotency } from "../../../src/service/memories/run-once.ts";
import { IndexKeeper } from "../../../src/service/index/index-keeper.ts";
import { Memories } from "../../../src/service/memories/memories.ts";
import { searchIndexFactory } from "../../../src/search/create-search-index.ts";
import { MemoryDisk, MemoryOpenVault } from "../memory-vault.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { expectCode } from "../../support/codes.ts";
import { UNRECORDED, clientOf, gate, openHarness, said, settle } from "../harness.ts";

const KEY = "same-key-1";

describe("an idempotency key", () => {
  it("makes one memory of 100 parallel saves, and says of 99 that they were reused", async () => {
    const { call, disk } = await open();
    const results = await Promise.all(
      Array.from({ length: 100 }, () => call("memory.save", { text: "once", idempotencyKey: KEY })),
    );
    expect(disk.records.memory.size).toBe(1);
    expect(new Set(results.map(({ id }) => id)).size).toBe(1);
    expect(results.filter(({ reused }) => reused).length).toBe(99);
  });

  it("neither claims that a forgotten memory is stored nor brings it back", async () => {
    const { call, disk } = await open();
    const save = { text: "once", idempotencyKey: KEY };
    const { id } = await call("memory.save", save);
    const update = { id, text: "twice", idempotencyKey: KEY };
    await call("memory.update", update);
    expect(await call("memory.save", save)).toEqual({ id, reused: true });
    await call("memory.forget", { ids: [id], idempotencyKey: KEY });
    const batches = disk.batches.length;
    await expectCode(call("memory.save", save), "IDEMPOTENCY_CONFLICT");
    await expectCode(call("memory.update", update), "IDEMPOTENCY_CONFLICT");
    expect(await call("memory.forget", { ids: [id], idempotencyKey: KEY })).toMatchObject({ reused: true });
    expect(disk.batches.length).toBe(batches);
    expect((await call("memory.save", { ...save, idempotencyKey: "another-key" })).reused).toBe(false);
  });

  it("makes one memory of saves before and after a crash", async () => {
    const before = await openHarness();
    const first = await before.call("memory.save", { text: "once", idempotencyKey: KEY });
    const after = before.restarted();
    await after.unlock();
    const second = await after.call("memory.save", { text: "once", idempotencyKey: KEY });
    expect(second).toEqual({ id: first.id, reused: true });
    expect(before.disk.records.memory.size).toBe(1);
  });

  it.each([
    ["text", { text: "other" }],
    ["project", { project: "/p" }],
    ["tags", { tags: ["t"] }],
    ["pin", { pinned: true }],
    ["expiry", { expiresAt: "2027-01-01T00:00:00Z" }],
    ["time", { at: "2026-01-01T00:00:00Z" }],
  ])("refuses another %s and writes nothing", async (_what, other) => {
    const { call, disk } = await open();
    await call("memory.save", { text: "once", idempotencyKey: KEY });
    const batches = disk.batches.length;
    await expectCode(
      call("memory.save", { text: "once", ...other, idempotencyKey: KEY }),
      "IDEMPOTENCY_CONFLICT",
    );
    expect(disk.batches.length).toBe(batches);
    expect(disk.records.memory.size).toBe(1);
  });

  it("belongs to one client", async () => {
    const { call, disk } = await open();
    const [a, b] = [clientOf("a"), clientOf("b")];
    const one = await call("memory.save", { text: "of a", idempotencyKey: KEY }, { client: a });
    const other = await call("memory.save", { text: "of b", idempotencyKey: KEY }, { client: b });
    expect([one.reused, other.reused]).toEqual([false, false]);
    expect(disk.records.memory.size).toBe(2);
  });

  it("belongs to one method", async () => {
    const harness = await openHarness();
    const { id } = await harness.call("memory.save", { text: "one", idempotencyKey: KEY });
    const updated = await harness.call("memory.update", { id, text: "two", idempotencyKey: KEY });
    const captured = await harness.call("memory.capture", {
      session: "s",
      turns: [said("m", "three")],
      idempotencyKey: KEY,
    });
    const forgotten = await harness.call("memory.forget", { ids: [id], idempotencyKey: KEY });
    expect([updated.reused, captured.reused]).toEqual([false, false]);
    expect(forgotten).toEqual({ status: "forgotten", count: 1, reused: false });
  });

  it("gives every method's first result again", async () => {
    const harness = await openHarness();
    const id = await harness.save("one");
    const update = { id, text: "two", idempotencyKey: KEY };
    const capture = { session: "s", turns: [said("m", "three")], idempotencyKey: KEY };
    const forget = { ids: [await harness.save("four")], idempotencyKey: KEY };
    const first = [
      await harness.call("memory.update", update),
      await harness.call("memory.capture", capture),
      await harness.call("memory.forget", forget),
    ];
    const again = [
      await harness.call("memory.update", update),
      await harness.call("memory.capture", capture),
      await harness.call("memory.forget", forget),
    ];
    expect(again).toEqual(first.map((result) => ({ ...result, reused: true })));
    expect(again[1]).toMatchObject({ stored: 1, duplicates: 0 });
  });

  it("is kept for 24 hours", async () => {
    const harness = await openHarness();
    const first = await harness.call("memory.save", { text: "once", idempotencyKey: KEY });
    harness.clock.advance(LIMITS.idempotencyKeptMs - 1);
    const within = await harness.call("memory.save", { text: "once", idempotencyKey: KEY });
    expect(within).toEqual({ id: first.id, reused: true });
    harness.clock.advance(1);
    const behind = await harness.call("memory.save", { text: "another", idempotencyKey: KEY });
    expect(behind.reused).toBe(false);
    expect(harness.disk.records.memory.size).toBe(2);
  });

  it("lies in the same batch as the memory", async () => {
    const { call, disk } = await open();
    await call("memory.save", { text: "once", idempotencyKey: KEY });
    expect(
      disk.batches.map((batch) => batch.map((change) => "keyspace" in change && change.keyspace)),
    ).toEqual([["memory", "idempotency"]]);
  });

  it("is not used up by a save that failed", async () => {
    const { call, disk } = await open();
    disk.hooks.beforeWrite = () => {
      throw new KeepsakeError("WRITE_FAILED");
    };
    await expectCode(call("memory.save", { text: "once", idempotencyKey: KEY }), "WRITE_FAILED");
    expect([disk.records.memory.size, disk.records.idempotency.size]).toEqual([0, 0]);
    disk.hooks = {};
    expect(await call("memory.save", { text: "once", idempotencyKey: KEY })).toMatchObject({ reused: false });
    expect(disk.records.memory.size).toBe(1);
  });

  it("finds the memory of a write that was refused and reappeared", async () => {
    const harness = await openHarness();
    harness.disk.hooks.afterWrite = () => {
      throw new KeepsakeError("WRITE_FAILED");
    };
    await expectCode(harness.call("memory.save", { text: "once", idempotencyKey: KEY }), "WRITE_FAILED");
    harness.disk.hooks = {};
    const again = await harness.call("memory.save", { text: "once", idempotencyKey: KEY });
    expect(again.reused).toBe(true);
    expect(harness.disk.records.memory.size).toBe(1);
    expect(await harness.found("once")).toEqual([again.id]);
  });

  it("refuses its key when the entry cannot be read any more", async () => {
    const { call, disk } = await open();
    await call("memory.save", { text: "once", idempotencyKey: KEY });
    const [id = ""] = disk.records.idempotency.keys();
    disk.damaged.add(id);
    await expectCode(call("memory.save", { text: "once", idempotencyKey: KEY }), "RECORD_DAMAGED");
    disk.damaged.clear();
    disk.put("idempotency", id, utf8("{}"));
    await expectCode(call("memory.save", { text: "once", idempotencyKey: KEY }), "RECORD_DAMAGED");
    expect(disk.records.memory.size).toBe(1);
  });

  it("says nothing of the text it was used with", async () => {
    const { call, disk } = await open();
    await call("memory.save", { text: "canary-text", idempotencyKey: KEY });
    const [entry] = disk.records.idempotency.values();
    expect(Buffer.from(entry?.plaintext ?? []).toString()).not.toContain("canary");
    expect(Buffer.from(entry?.plaintext ?? []).toString()).not.toContain(KEY);
  });
});

describe("dropping expired keys", () => {
  async function keys() {
    const harness = await openHarness();
    const vault = new MemoryOpenVault(harness.disk, () => harness.clock.now());
    const keeper = new IndexKeeper({
      vault,
      factory: searchIndexFactory,
      clock: harness.clock,
      logger: { log: () => {} },
    });
    const memories = new Memories(vault, keeper, harness.clock, (text) => text);
    return { harness, idempotency: new Idempotency(() => memories, harness.clock) };
  }

  it("drops those whose time is over and no others", async () => {
    const { harness, idempotency } = await keys();
    for (let key = 0; key < 250; key++) {
      await harness.call("memory.save", { text: "old", idempotencyKey: `old-key-${key}` });
    }
    harness.clock.advance(LIMITS.idempotencyKeptMs / 2);
    await harness.call("memory.save", { text: "new", idempotencyKey: KEY });
    expect(await idempotency.dropExpired()).toBe(0);
    harness.clock.advance(LIMITS.idempotencyKeptMs / 2);
    expect(await idempotency.dropExpired()).toBe(250);
    expect(harness.disk.records.idempotency.size).toBe(1);
    expect(harness.disk.records.memory.size).toBe(251);
    const again = await harness.call("memory.save", { text: "new", idempotencyKey: KEY });
    expect(again.reused).toBe(true);
  });

  it("keeps an entry it cannot read", async () => {
    const { harness, idempotency } = await keys();
    await harness.call("memory.save", { text: "old", idempotencyKey: KEY });
    const [id = ""] = harness.disk.records.idempotency.keys();
    harness.disk.put("idempotency", id, utf8("not an entry"));
    harness.clock.advance(LIMITS.idempotencyKeptMs);
    expect(await idempotency.dropExpired()).toBe(0);
    expect(harness.disk.records.idempotency.size).toBe(1);
  });

  it("leaves a key alone that was used anew meanwhile", async () => {
    const clock = new FakeClock();
    const disk = new MemoryDisk();
    const vault = new MemoryOpenVault(disk, () => clock.now());
    const keeper = new IndexKeeper({ vault, factory: searchIndexFactory, clock, logger: { log: () => {} } });
    const memories = new Memories(vault, keeper, clock, (text) => text);
    const idempotency = new Idempotency(() => memories, clock);
    const use = () =>
      idempotency.run(
        "memory.capture",
        { client: clientOf("a"), record: UNRECORDED },
        { idempotencyKey: KEY },
        async (remember) => {
          const result = { stored: 1, reused: false };
          await vault.write(remember(result));
          return result;
        },
      );
    await use();
    clock.advance(LIMITS.idempotencyKeptMs);
    const scanned = gate();
    disk.hooks.beforeScanned = () => scanned.opened;
    const dropping = idempotency.dropExpired();
    await settle();
    // The scan holds the old entry; the key is used again before the scan goes on.
    expect(await use()).toMatchObject({ reused: false });
    scanned.open();
    expect(await dropping).toBe(0);
    expect(await use()).toMatchObject({ reused: true });
  });

  it("does nothing about an entry that is gone already", async () => {
    const { harness, idempotency } = await keys();
    await harness.call("memory.save", { text: "old", idempotencyKey: KEY });
    harness.clock.advance(LIMITS.idempotencyKeptMs);
    expect((await Promise.all([idempotency.dropExpired(), idempotency.dropExpired()])).toSorted()).toEqual([
      0, 1,
    ]);
  });
});

async function open() {
  const harness = await openHarness();
  return { call: harness.call.bind(harness), disk: harness.disk };
}
