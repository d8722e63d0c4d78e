import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LockReason, Opened } from "../../src/daemon/auto-lock.ts";
import { createAutoLock, lockReason } from "../../src/daemon/auto-lock.ts";
import type { LockTimes } from "../../src/platform/configuration.ts";
import { FakeClock } from "../support/fake-clock.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const times: LockTimes = { idleMs: 30 * MINUTE, maxMs: 12 * HOUR };

describe("lockReason", () => {
  const opened: Opened = {
    openedAt: 0,
    lastRequestAt: 11 * HOUR,
    tickedAt: { wall: 1_000_000 + 11 * HOUR, monotonic: 11 * HOUR },
    times,
  };
  const at = (monotonic: number, wall = 1_000_000 + monotonic) => ({ monotonic, wall });
  const tickedAt = (ms: number) => at(ms);

  it("is idle at the time itself and not a millisecond before", () => {
    const last = 11 * HOUR + 30 * MINUTE;
    expect(lockReason({ ...opened, tickedAt: tickedAt(last - 1_000) }, at(last - 1))).toBeUndefined();
    expect(lockReason({ ...opened, tickedAt: tickedAt(last - 1_000) }, at(last))).toBe("idle");
  });

  it("is the longest time after it was opened, however busy it is", () => {
    const busy = { ...opened, lastRequestAt: 12 * HOUR - 1, tickedAt: tickedAt(12 * HOUR - 1_000) };
    expect(lockReason(busy, at(12 * HOUR - 1))).toBeUndefined();
    expect(lockReason(busy, at(12 * HOUR))).toBe("max");
  });

  it.each([1, -1])("is a jump when the wall clock moves more than 30 s against the other (%i)", (sign) => {
    const now = 11 * HOUR + 1_000;
    const wall = at(now).wall;
    expect(lockReason(opened, { monotonic: now, wall: wall + sign * 30_000 })).toBeUndefined();
    expect(lockReason(opened, { monotonic: now, wall: wall + sign * 30_001 })).toBe("clock-jump");
  });

  it("is a jump when both clocks moved, but nobody looked at them for 30 s", () => {
    expect(lockReason(opened, at(11 * HOUR + 31_000))).toBeUndefined();
    expect(lockReason(opened, at(11 * HOUR + 31_001))).toBe("clock-jump");
  });

  it("is nothing when both times are off, but still a jump", () => {
    const off = { ...opened, times: { idleMs: undefined, maxMs: undefined } };
    const tickedYears = { ...off, tickedAt: tickedAt(9_000 * HOUR) };
    expect(lockReason(tickedYears, at(9_000 * HOUR + 1_000))).toBeUndefined();
    expect(lockReason(tickedYears, at(9_000 * HOUR + 32_000))).toBe("clock-jump");
  });
});

describe("createAutoLock", () => {
  let clock: FakeClock;
  let locked: LockReason[];
  let read: () => Promise<LockTimes>;

  beforeEach(() => {
    vi.useFakeTimers();
    clock = new FakeClock();
    locked = [];
    read = () => Promise.resolve(times);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const create = () =>
    createAutoLock({ clock, readTimes: () => read(), lock: (reason) => locked.push(reason) });
  const createOpened = async () => {
    const autoLock = create();
    await autoLock.prepare();
    autoLock.opened();
    return autoLock;
  };

  /** Lets time pass, a second at a time, as timers see it. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 1_000) {
      clock.advance(1_000);
      await vi.advanceTimersByTimeAsync(1_000);
    }
  };

  it("locks after the idle time, once", async () => {
    await createOpened();
    await pass(30 * MINUTE - 1_000);
    expect(locked).toEqual([]);
    await pass(MINUTE);
    expect(locked).toEqual(["idle"]);
  });

  it("starts the idle time again with every request", async () => {
    const autoLock = await createOpened();
    for (let count = 0; count < 4; count++) {
      await pass(29 * MINUTE);
      autoLock.touch();
    }
    expect(locked).toEqual([]);
    expect(autoLock.lastRequestAt()).toBe(clock.monotonic());
    await pass(30 * MINUTE);
    expect(locked).toEqual(["idle"]);
  });

  it("does not count before the vault is open", async () => {
    const autoLock = create();
    await autoLock.prepare();
    await pass(HOUR);
    autoLock.opened();
    await pass(29 * MINUTE);
    expect(locked).toEqual([]);
    expect(autoLock.locksAt()).toBe(clock.now() + MINUTE);
  });

  it("says when it would lock: whichever time comes first", async () => {
    const autoLock = create();
    await autoLock.prepare();
    expect(autoLock.locksAt()).toBeUndefined();
    autoLock.opened();
    expect(autoLock.locksAt()).toBe(clock.now() + 30 * MINUTE);
    await pass(1_000);
    read = () => Promise.resolve({ idleMs: undefined, maxMs: HOUR });
    await pass(10_000);
    expect(autoLock.locksAt()).toBe(clock.now() + HOUR - 11_000);
    read = () => Promise.resolve({ idleMs: undefined, maxMs: undefined });
    await pass(11_000);
    expect(autoLock.locksAt()).toBeUndefined();
  });

  it("stays open for as long as was said, idle or busy, shorter or longer than its times, and locks then", async () => {
    for (const [hours, busy] of [
      [20, false],
      [20, true],
      [0.25, true],
    ] as const) {
      locked = [];
      const autoLock = await createOpened();
      autoLock.keepOpen(hours * HOUR);
      expect(autoLock.locksAt()).toBe(clock.now() + hours * HOUR);
      for (let passed = 0; passed < hours * HOUR - 60_000; passed += 60_000) {
        await pass(60_000);
        if (busy) autoLock.touch();
      }
      await pass(59_000);
      expect([hours, locked]).toEqual([hours, []]);
      await pass(1_000);
      expect([hours, locked]).toEqual([hours, ["max"]]);
    }
  });

  it("forgets what was said of an earlier opening, takes the newest, and locks for sleep all the same", async () => {
    const autoLock = await createOpened();
    autoLock.keepOpen(20 * HOUR);
    autoLock.keepOpen(HOUR);
    expect(autoLock.locksAt()).toBe(clock.now() + HOUR);
    autoLock.opened();
    expect(autoLock.locksAt()).toBe(clock.now() + 30 * MINUTE);
    autoLock.keepOpen(20 * HOUR);
    clock.advance(40_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(locked).toEqual(["clock-jump"]);
  });

  it("takes up other times within 10 s, without a lock and a new unlock", async () => {
    await createOpened();
    await pass(20 * MINUTE);
    read = () => Promise.resolve({ idleMs: 5 * MINUTE, maxMs: undefined });
    await pass(11_000);
    expect(locked).toEqual(["idle"]);
  });

  it("locks when the settings cannot be trusted any more", async () => {
    await createOpened();
    await pass(MINUTE);
    read = () => Promise.reject(new Error("loose"));
    await pass(10_000);
    expect(locked).toEqual(["configuration"]);
  });

  it("locks when the machine slept", async () => {
    await createOpened();
    await pass(MINUTE);
    clock.jump(8 * HOUR);
    await pass(1_000);
    expect(locked).toEqual(["clock-jump"]);
  });

  it("does nothing once it is stopped", async () => {
    const autoLock = await createOpened();
    await pass(MINUTE);
    autoLock.stop();
    clock.jump(8 * HOUR);
    await pass(HOUR);
    expect(locked).toEqual([]);
    expect(autoLock.locksAt()).toBeUndefined();
  });

  it("does not let the vault open on settings that cannot be read, and locks at once if it did", async () => {
    read = () => Promise.reject(new Error("loose"));
    const autoLock = create();
    await expect(autoLock.prepare()).rejects.toThrow("loose");
    autoLock.opened();
    await pass(1_000);
    expect(locked).toEqual(["max"]);
  });

  it("does not keep the process alive", async () => {
    vi.useRealTimers();
    const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const autoLock = await createOpened();
    const after = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    autoLock.stop();
    expect(after).toBe(before);
  });
});
