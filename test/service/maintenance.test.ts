import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { diskOfNotes, putNote } from "./fixtures.ts";
import { gate, openHarness, said, settle } from "./harness.ts";
import type { Harness } from "./harness.ts";

const MINUTE = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Lets time pass for the vault and for its clock, and everything that is due run. */
async function pass(harness: Harness, ms: number, ticks = 1): Promise<void> {
  harness.clock.advance(ms);
  for (let tick = 0; tick < ticks; tick++) {
    vi.advanceTimersByTime(1_000);
    await settle();
  }
}

/** The next engine; nothing of this one goes on. */
function crashed(harness: Harness): Harness {
  vi.clearAllTimers();
  return harness.restarted();
}

/** Someone called just now. */
function touch(harness: Harness): void {
  harness.lastRequestAt = harness.clock.monotonic();
}

async function withForgotten(): Promise<Harness> {
  const harness = await openHarness();
  await harness.save("kept");
  await harness.call("memory.forget", { ids: [await harness.save("forgotten")] });
  touch(harness);
  return harness;
}

describe("a purge that is due", () => {
  it("comes when no request came for five minutes", async () => {
    const harness = await withForgotten();
    await pass(harness, 5 * MINUTE - 1);
    expect(harness.disk.generation).toBe(1);
    await pass(harness, 1);
    expect(harness.disk.generation).toBe(2);
    expect((await harness.call("vault.status", {})).open?.purgePending).toBe(false);
    expect(harness.events("purge-finished")).toMatchObject([{ counts: { records: 1 } }]);
    await pass(harness, 60 * MINUTE, 5);
    expect(harness.disk.generation).toBe(2);
  });

  it("is put off while requests come, but not past its time", async () => {
    const harness = await withForgotten();
    for (let minute = 0; minute < 24 * 60 - 1; minute++) {
      touch(harness);
      await pass(harness, MINUTE);
    }
    expect(harness.disk.generation).toBe(1);
    touch(harness);
    await pass(harness, MINUTE);
    expect(harness.disk.generation).toBe(2);
  });

  it("does not come when nothing was forgotten, or while the vault accepts no writes", async () => {
    const harness = await openHarness();
    await harness.save("kept");
    await pass(harness, 48 * 60 * MINUTE);
    expect(harness.disk.generation).toBe(1);
    const forgotten = await withForgotten();
    forgotten.disk.readOnly = { code: "DISK_FULL", since: 0 };
    await pass(forgotten, 48 * 60 * MINUTE, 3);
    expect(forgotten.disk.generation).toBe(1);
    expect(forgotten.events("purge-started")).toEqual([]);
    forgotten.disk.readOnly = undefined;
    await pass(forgotten, 1_000);
    expect(forgotten.disk.generation).toBe(2);
  });

  it("waits for a person while it would give a damaged record up, also when it is overdue", async () => {
    const harness = await withForgotten();
    const damaged = await harness.save("damaged");
    harness.disk.damaged.add(damaged);
    await pass(harness, 48 * 60 * MINUTE, 5);
    expect(harness.disk.generation).toBe(1);
    expect(harness.events("purge-started")).toEqual([]);
    expect((await harness.call("vault.status", {})).open?.damage?.damagedCount).toBe(1);
    harness.disk.damaged.delete(damaged);
    await pass(harness, 1_000);
    expect(harness.events("purge-finished")).toMatchObject([{ counts: { records: 2 } }]);
  });

  it("loses nothing that turns out to be damaged only while it runs", async () => {
    const harness = await withForgotten();
    const damaged = await harness.save("damaged");
    harness.disk.hooks.beforeRewrite = () => {
      harness.disk.damaged.add(damaged);
    };
    await pass(harness, 5 * MINUTE);
    expect(harness.disk.generation).toBe(1);
    expect(harness.events("maintenance-failed")).toMatchObject([{ code: "VAULT_DAMAGED" }]);
    expect(harness.disk.records.memory.has(damaged)).toBe(true);
  });

  it("waits for an index that is loading, also when it is overdue", async () => {
    const disk = diskOfNotes(5);
    const rest = gate();
    disk.hooks.beforeScanned = () => rest.opened;
    const harness = await openHarness({ disk });
    disk.purgeDueAt = harness.clock.now() + 60 * MINUTE;
    await pass(harness, 90 * MINUTE);
    expect(disk.generation).toBe(1);
    rest.open();
    await settle();
    await pass(harness, 1_000);
    expect(disk.generation).toBe(2);
  });

  it("waits for no index that cannot be loaded once it is overdue", async () => {
    const disk = diskOfNotes(5);
    disk.hooks.beforeScanned = () => {
      throw new KeepsakeError("VAULT_DAMAGED");
    };
    const harness = await openHarness({ disk });
    disk.purgeDueAt = harness.clock.now() + 60 * MINUTE;
    await pass(harness, 30 * MINUTE);
    expect(disk.generation).toBe(1);
    await pass(harness, 30 * MINUTE);
    expect(disk.generation).toBe(2);
  });

  it("rests for a minute when it failed, and does not keep the rest from being done", async () => {
    const harness = await withForgotten();
    let attempts = 0;
    harness.disk.hooks.beforeRewrite = () => {
      attempts += 1;
      throw new KeepsakeError("DISK_FULL");
    };
    await harness.call("memory.save", { text: "x", idempotencyKey: "some-key" });
    await pass(harness, LIMITS.idempotencyKeptMs);
    expect([attempts, harness.disk.records.idempotency.size]).toEqual([1, 0]);
    await pass(harness, MINUTE - 1, 5);
    expect(attempts).toBe(1);
    await pass(harness, 1);
    expect(attempts).toBe(2);
    expect(harness.events("maintenance-failed")).toMatchObject([
      { code: "DISK_FULL" },
      { code: "DISK_FULL" },
    ]);
    harness.disk.hooks.beforeRewrite = () => {
      throw new TypeError("a bug");
    };
    await pass(harness, MINUTE);
    expect(harness.events("maintenance-failed").at(-1)).toMatchObject({ code: "INTERNAL" });
    harness.disk.hooks = {};
    await pass(harness, MINUTE);
    expect(harness.disk.generation).toBe(2);
  });

  it("is stopped when the vault closes, which waits for it", async () => {
    const harness = await withForgotten();
    const rest = gate();
    harness.disk.hooks.beforeRewrite = () => rest.opened;
    await pass(harness, 5 * MINUTE);
    const closing = harness.service.close();
    await settle();
    expect(harness.door.isClosed).toBe(false);
    rest.open();
    await closing;
    expect(harness.door.isClosed).toBe(true);
    expect(harness.disk.generation).toBe(1);
    expect(harness.events("maintenance-failed")).toEqual([]);
    await pass(harness, 48 * 60 * MINUTE, 3);
    expect(harness.events("purge-started")).toHaveLength(1);
  });
});

describe("one round at a time", () => {
  it("waits for the one before", async () => {
    const harness = await withForgotten();
    const rest = gate();
    let running = 0;
    let most = 0;
    harness.disk.hooks.beforeRewrite = async () => {
      running += 1;
      most = Math.max(most, running);
      await rest.opened;
      running -= 1;
    };
    await pass(harness, 5 * MINUTE, 10);
    rest.open();
    await settle();
    expect(most).toBe(1);
    expect(harness.events("purge-started")).toHaveLength(1);
  });
});

describe("a checkpoint that is due", () => {
  it("is written when nothing was written for a second", async () => {
    const harness = await openHarness({ disk: diskOfNotes(1_000) });
    await harness.save("harbour");
    await pass(harness, 999);
    expect(harness.disk.checkpoint).toBeUndefined();
    await pass(harness, 1);
    expect(harness.disk.checkpoint?.members.size).toBe(1_001);
  });

  it("rests for a minute when it failed", async () => {
    const harness = await openHarness({ disk: diskOfNotes(1_000) });
    await harness.save("harbour");
    let attempts = 0;
    harness.disk.hooks.betweenChunks = () => {
      attempts += 1;
      throw new KeepsakeError("DISK_FULL");
    };
    await pass(harness, 2_000, 10);
    expect(attempts).toBe(1);
    harness.disk.hooks = {};
    await pass(harness, MINUTE);
    expect(harness.disk.checkpoint).toBeDefined();
  });

  it("is written anew after a purge", async () => {
    const harness = await openHarness({ disk: diskOfNotes(1_001) });
    await harness.found("harbour");
    await pass(harness, 2_000);
    expect(harness.disk.checkpoint?.generation).toBe(1);
    const [id = ""] = harness.disk.records.memory.keys();
    await harness.call("memory.forget", { ids: [id] });
    touch(harness);
    await pass(harness, 5 * MINUTE, 2);
    expect(harness.disk.checkpoint?.generation).toBe(2);
    expect(harness.disk.checkpoint?.members.has(id)).toBe(false);
  });
});

describe("what is left in the inbox", () => {
  it("is taken in once the vault accepts writes again", async () => {
    const first = await openHarness();
    const sealed = crashed(first);
    await sealed.call("memory.capture", { session: "s", turns: [said("m", "harbour")] });
    sealed.disk.readOnly = { code: "DISK_FULL", since: 0 };
    await sealed.unlock();
    await pass(sealed, 1_000, 3);
    expect(sealed.events("inbox-not-drained")).toHaveLength(1);
    sealed.disk.readOnly = undefined;
    await pass(sealed, 1_000);
    expect(sealed.disk.inbox.size).toBe(0);
    expect(await sealed.found("harbour")).toHaveLength(1);
  });

  it("is not tried over and over when it is no turn", async () => {
    const sealed = crashed(await openHarness());
    sealed.disk.addWaiting(utf8("not a turn"));
    await sealed.unlock();
    await pass(sealed, 2 * MINUTE, 5);
    expect(sealed.events("inbox-entry-not-a-turn")).toHaveLength(1);
  });

  it("is tried again after a minute when it could not be read", async () => {
    const sealed = crashed(await openHarness());
    await sealed.call("memory.capture", { session: "s", turns: [said("m", "harbour")] });
    let attempts = 0;
    sealed.disk.hooks.beforeInboxEntry = () => {
      attempts += 1;
      if (attempts < 3) throw new KeepsakeError("VAULT_DAMAGED");
    };
    await sealed.unlock();
    await pass(sealed, 1_000, 5);
    expect(attempts).toBe(2);
    await pass(sealed, MINUTE);
    expect(sealed.disk.inbox.size).toBe(0);
  });
});

describe("expired idempotency keys", () => {
  it("are dropped soon after an unlock and every hour", async () => {
    const first = await openHarness();
    await first.call("memory.save", { text: "x", idempotencyKey: "first-key" });
    const harness = crashed(first);
    harness.clock.advance(LIMITS.idempotencyKeptMs);
    await harness.unlock();
    await harness.found("x");
    await pass(harness, 0);
    expect(harness.disk.records.idempotency.size).toBe(0);
    await harness.call("memory.save", { text: "x", idempotencyKey: "second-key" });
    harness.clock.time += LIMITS.idempotencyKeptMs;
    await pass(harness, 60 * MINUTE - 1, 3);
    expect(harness.disk.records.idempotency.size).toBe(1);
    await pass(harness, 1);
    expect(harness.disk.records.idempotency.size).toBe(0);
  });

  it("stay while the vault accepts no writes or the index is loaded", async () => {
    const disk = diskOfNotes(1);
    const rest = gate();
    const harness = await openHarness({ disk });
    await harness.call("memory.save", { text: "x", idempotencyKey: "some-key" });
    const next = crashed(harness);
    disk.hooks.beforeScanned = (_id, keyspace) => (keyspace === "memory" ? rest.opened : undefined);
    next.clock.advance(LIMITS.idempotencyKeptMs);
    await next.unlock();
    await pass(next, 1_000);
    expect(disk.records.idempotency.size).toBe(1);
    disk.readOnly = { code: "DISK_FULL", since: 0 };
    rest.open();
    await pass(next, 1_000, 3);
    expect(disk.records.idempotency.size).toBe(1);
    expect(next.events("maintenance-failed")).toEqual([]);
    disk.readOnly = undefined;
    await pass(next, 1_000);
    expect(disk.records.idempotency.size).toBe(0);
  });
});

it("reads nothing of the vault before it is open", async () => {
  const sealed = crashed(await openHarness());
  putNote(sealed.disk, "harbour");
  let reads = 0;
  sealed.disk.hooks.beforeScanned = () => void (reads += 1);
  await pass(sealed, 48 * 60 * MINUTE, 3);
  expect(reads).toBe(0);
});
