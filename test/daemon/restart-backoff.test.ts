import { describe, expect, it } from "vitest";
import { createRestartBackoff } from "../../src/daemon/restart-backoff.ts";

const crash = { announced: false, livedMs: 50 };

describe("createRestartBackoff", () => {
  it("starts the next engine at once after every lock", () => {
    const backoff = createRestartBackoff();
    const delays = Array.from({ length: 20 }, () => backoff.delayAfter({ announced: true, livedMs: 1_000 }));
    expect(delays).toEqual(Array.from({ length: 20 }, () => 0));
  });

  it("starts at once after the first crash, then waits 100 ms doubling to 10 s", () => {
    const backoff = createRestartBackoff();
    const delays = Array.from({ length: 10 }, () => backoff.delayAfter(crash));
    expect(delays).toEqual([0, 100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  });

  it("makes 100 crashes in a row last a quarter of an hour", () => {
    const backoff = createRestartBackoff();
    let waited = 0;
    for (let count = 0; count < 100; count++) waited += backoff.delayAfter(crash);
    expect(waited).toBeGreaterThan(15 * 60_000);
  });

  it("forgets crashes once an engine has worked for 30 s", () => {
    const backoff = createRestartBackoff();
    for (let count = 0; count < 6; count++) backoff.delayAfter(crash);
    expect(backoff.delayAfter({ announced: false, livedMs: 29_999 })).toBe(3_200);
    expect(backoff.delayAfter({ announced: false, livedMs: 30_000 })).toBe(0);
    expect(backoff.delayAfter(crash)).toBe(100);
  });

  it("does not let a loop of locks keep the machine busy, nor the next engine away for longer than 400 ms", () => {
    const backoff = createRestartBackoff();
    const hasty = () => backoff.delayAfter({ announced: true, livedMs: 999 });
    expect(Array.from({ length: 8 }, hasty)).toEqual([0, 100, 200, 400, 400, 400, 400, 400]);
    expect(backoff.delayAfter({ announced: true, livedMs: 1_000 })).toBe(0);
    expect([hasty(), hasty()]).toEqual([0, 100]);
  });

  it("takes a lock for no crash, and a crash for no lock", () => {
    const backoff = createRestartBackoff();
    for (let count = 0; count < 6; count++) backoff.delayAfter(crash);
    expect(backoff.delayAfter({ announced: true, livedMs: 50 })).toBe(0);
    expect(backoff.delayAfter(crash)).toBe(3_200);
    expect(backoff.delayAfter({ announced: true, livedMs: 50 })).toBe(100);
  });
});
