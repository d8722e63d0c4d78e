import { fc } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import type { RateLimits } from "../../src/policy/rate-limits.ts";
import {
  BYTE_RATE,
  MIN_FRAME_BYTES,
  RATES,
  REFUSAL_RATE,
  REQUEST_RATE,
  createRateLimits,
} from "../../src/policy/rate-limits.ts";
import type { MethodName } from "../../src/protocol/method-table.ts";
import { METHODS, METHOD_NAMES } from "../../src/protocol/method-table.ts";
import { FakeClock } from "../support/fake-clock.ts";

type Caller = Parameters<RateLimits["take"]>[0];

const claude: Caller = { id: "claude-code", scopes: ["read", "write", "forget"] };
const named = (id: string): Caller => ({ ...claude, id });

/** Milliseconds to wait, `undefined` when the call was let through. */
function refusedFor(limits: RateLimits, client: Caller, method: MethodName): number | undefined {
  try {
    limits.take(client, method);
    return undefined;
  } catch (error) {
    if (!(error instanceof KeepsakeError) || error.code !== "RATE_LIMITED") throw error;
    const retryAfterMs = error.facts?.["retryAfterMs"];
    if (typeof retryAfterMs !== "number") throw new Error("no retryAfterMs", { cause: error });
    return retryAfterMs;
  }
}

function letThrough(limits: RateLimits, client: Caller, method: MethodName, calls: number): number {
  let passed = 0;
  for (let call = 0; call < calls; call++) if (refusedFor(limits, client, method) === undefined) passed++;
  return passed;
}

describe("createRateLimits", () => {
  it.each<[MethodName, number]>([
    ["memory.search", 60],
    ["memory.save", 60],
    ["memory.capture", 60],
    ["memory.forget", 5],
  ])("lets %s through %i times at once", (method, burst) => {
    expect(letThrough(createRateLimits(new FakeClock()), claude, method, burst * 3)).toBe(burst);
  });

  it("counts captures as saves of a client that may save, and by themselves of one that may not", () => {
    const limits = createRateLimits(new FakeClock());
    expect(letThrough(limits, claude, "memory.save", 100)).toBe(60);
    expect(letThrough(limits, claude, "memory.capture", 100)).toBe(0);
    const hook: Caller = { id: "hook", scopes: ["capture"] };
    expect(letThrough(limits, hook, "memory.capture", 100)).toBe(60);
  });

  it.each<[MethodName, number]>([
    ["memory.search", 500],
    ["memory.save", 500],
    ["memory.forget", 12_000],
  ])("says exactly how long to wait: %s, %i ms", (method, intervalMs) => {
    const clock = new FakeClock();
    const limits = createRateLimits(clock);
    letThrough(limits, claude, method, 100);
    expect(refusedFor(limits, claude, method)).toBe(intervalMs);
    clock.advance(intervalMs - 1);
    expect(refusedFor(limits, claude, method)).toBe(1);
    clock.advance(1);
    expect(refusedFor(limits, claude, method)).toBeUndefined();
    expect(refusedFor(limits, claude, method)).toBe(intervalMs);
  });

  it("does not hold a refused call against the client", () => {
    const clock = new FakeClock();
    const limits = createRateLimits(clock);
    letThrough(limits, claude, "memory.search", 10_000);
    clock.advance(500);
    expect(refusedFor(limits, claude, "memory.search")).toBeUndefined();
  });

  it("fills up again to the burst and not beyond", () => {
    const clock = new FakeClock();
    const limits = createRateLimits(clock);
    letThrough(limits, claude, "memory.search", 60);
    clock.advance(30_000);
    expect(letThrough(limits, claude, "memory.search", 100)).toBe(60);
    clock.advance(24 * 3_600_000);
    expect(letThrough(limits, claude, "memory.search", 100)).toBe(60);
  });

  it("counts reads, writes and forgets apart, and each client apart", () => {
    const limits = createRateLimits(new FakeClock());
    letThrough(limits, claude, "memory.search", 100);
    expect(refusedFor(limits, claude, "memory.get")).toBeDefined();
    expect(refusedFor(limits, claude, "memory.save")).toBeUndefined();
    expect(refusedFor(limits, claude, "memory.forget")).toBeUndefined();
    expect(refusedFor(limits, named("codex"), "memory.search")).toBeUndefined();
  });

  it("does not look at the wall clock", () => {
    const clock = new FakeClock();
    const limits = createRateLimits(clock);
    letThrough(limits, claude, "memory.search", 60);
    clock.jump(3_600_000);
    expect(refusedFor(limits, claude, "memory.search")).toBe(500);
  });

  it("exempts the cli, and methods that are neither read, write nor forget", () => {
    const limits = createRateLimits(new FakeClock());
    for (const method of METHOD_NAMES) expect(letThrough(limits, named("cli"), method, 500)).toBe(500);
    for (const method of METHOD_NAMES) {
      const { scope } = METHODS[method];
      if (scope !== undefined && RATES[scope] !== undefined) continue;
      expect(letThrough(limits, claude, method, 500)).toBe(500);
    }
  });

  it("stays bounded and keeps a busy client's bucket through a flood of names", () => {
    const clock = new FakeClock();
    const limits = createRateLimits(clock);
    for (let client = 0; client < 2_000; client++) {
      letThrough(limits, claude, "memory.search", 60);
      limits.take(named(`client-${client}`), "memory.search");
    }
    expect(refusedFor(limits, claude, "memory.search")).toBe(500);
  });

  it("forgets the client that was quiet for longest when there are more than 512", () => {
    const limits = createRateLimits(new FakeClock());
    const drain = (id: string) => letThrough(limits, named(id), "memory.search", 60);
    for (let client = 0; client < 512; client++) drain(`client-${client}`);
    expect(drain("client-0")).toBe(0);
    drain("client-512");
    expect(drain("client-1")).toBe(0);
    drain("client-513");
    expect(drain("client-0")).toBe(60);
  });

  it("forgets buckets that are full again before any that is not", () => {
    const clock = new FakeClock();
    const limits = createRateLimits(clock);
    letThrough(limits, claude, "memory.forget", 5);
    for (let client = 0; client < 511; client++) limits.take(named(`client-${client}`), "memory.search");
    clock.advance(1_000);
    for (let client = 0; client < 511; client++) limits.take(named(`other-${client}`), "memory.search");
    expect(refusedFor(limits, claude, "memory.forget")).toBe(11_000);
  });

  it("never lets more through than the burst and the rate, whatever the pauses", () => {
    // Ten are tried after each pause, in which at most four become free.
    const pauses = fc.array(fc.nat({ max: 2_000 }), { maxLength: 100 });
    const property = fc.property(pauses, (each) => {
      const clock = new FakeClock();
      const start = clock.monotonic();
      const limits = createRateLimits(clock);
      let passed = 0;
      for (const pause of each) {
        clock.advance(pause);
        passed += letThrough(limits, claude, "memory.search", 10);
        expect(passed).toBeLessThanOrEqual(60 + (clock.monotonic() - start) / 500);
      }
    });
    fc.assert(property, { numRuns: 50 });
  });

  describe("for every request", () => {
    const MIB = 1 << 20;
    /** How often `call` goes through before it is refused, and when the refusal says to come back. */
    function until(call: () => void): { readonly times: number; readonly retryAfterMs: unknown } {
      for (let times = 0; ; times++) {
        try {
          call();
        } catch (error) {
          if (!(error instanceof KeepsakeError) || error.code !== "RATE_LIMITED") throw error;
          return { times, retryAfterMs: error.facts?.["retryAfterMs"] };
        }
      }
    }

    it("lets as many bytes through as the captures of a burst may hold, and then two captures a second", () => {
      const clock = new FakeClock();
      const limits = createRateLimits(clock);
      const capture = () => limits.takeBytes(claude, MIB);
      const { times, retryAfterMs } = until(capture);
      expect(times).toBeGreaterThanOrEqual(RATES.write?.burst ?? Infinity);
      expect(times).toBe(BYTE_RATE.burst / MIB);
      expect(retryAfterMs).toBeGreaterThan(0);
      expect(retryAfterMs).toBeLessThanOrEqual(501);
      clock.advance(30_000);
      expect(until(capture).times).toBe(60);
      expect(() => limits.takeBytes({ id: "codex" }, MIB)).not.toThrow();
    });

    it("counts a frame as 256 bytes at least", () => {
      const limits = createRateLimits(new FakeClock());
      expect(until(() => limits.takeBytes(claude, 0)).times).toBe(BYTE_RATE.burst / MIN_FRAME_BYTES);
    });

    it("reads no faster than 16 MiB a second, what is taken and what goes on in any case", () => {
      const clock = new FakeClock();
      const limits = createRateLimits(clock);
      expect(limits.takeBytes(claude, MIB)).toBe(0);
      expect(limits.takeBytes(claude, 8 * MIB)).toBe(500);
      expect(limits.chargeBytes(claude, 8 * MIB)).toBe(1_000);
      clock.advance(1_000);
      expect(limits.chargeBytes(claude, MIB)).toBe(63);
    });

    it("makes what goes on in any case wait until it is paid for", () => {
      const clock = new FakeClock();
      const limits = createRateLimits(clock);
      limits.takeBytes(claude, BYTE_RATE.burst);
      clock.advance(5_000);
      expect(limits.chargeBytes(claude, 12 * MIB)).toBe(1_000);
      expect(limits.chargeBytes(claude, 2 * MIB)).toBe(2_000);
      clock.advance(2_000);
      expect(limits.chargeBytes(claude, 2 * MIB)).toBe(1_000);
    });

    it("lets 240 requests of any kind through at once, and then ten a second", () => {
      const clock = new FakeClock();
      const limits = createRateLimits(clock);
      expect(until(() => limits.takeRequest(claude))).toEqual({ times: 240, retryAfterMs: 100 });
      clock.advance(1_000);
      expect(until(() => limits.takeRequest(claude)).times).toBe(10);
    });

    it("binds no client that keeps the rates of reads, writes and forgets", () => {
      const rates = Object.values(RATES);
      expect(REQUEST_RATE.burst).toBeGreaterThan(rates.reduce((sum, { burst }) => sum + burst, 0));
      expect(REQUEST_RATE.perMinute).toBeGreaterThan(rates.reduce((sum, rate) => sum + rate.perMinute, 0));
    });

    it("ends the patience with three refusals a second for a minute, or as many at once", () => {
      const clock = new FakeClock();
      const limits = createRateLimits(clock);
      const refuse = () => {
        limits.countRefusal(claude);
        limits.checkRefusals(claude);
      };
      const startedAt = clock.monotonic();
      until(() => {
        refuse();
        clock.advance(1_000 / 3);
      });
      expect(clock.monotonic() - startedAt).toBeGreaterThan(55_000);
      expect(clock.monotonic() - startedAt).toBeLessThan(65_000);
      expect(() => limits.checkRefusals(claude)).toThrow(/refused/);
      clock.advance(60_000);
      expect(() => limits.checkRefusals(claude)).not.toThrow();
      clock.advance(3_600_000);
      expect(until(refuse).times).toBe(REFUSAL_RATE.burst - 1);
    });

    it("bears one refusal a second for ever", () => {
      const clock = new FakeClock();
      const limits = createRateLimits(clock);
      for (let second = 0; second < 10_000; second++) {
        limits.countRefusal(claude);
        expect(() => limits.checkRefusals(claude)).not.toThrow();
        clock.advance(1_000);
      }
    });

    it("exempts the cli", () => {
      const limits = createRateLimits(new FakeClock());
      const cli = named("cli");
      for (let round = 0; round < 1_000; round++) {
        limits.takeBytes(cli, MIB);
        expect(limits.chargeBytes(cli, MIB)).toBe(0);
        limits.takeRequest(cli);
        limits.countRefusal(cli);
        limits.checkRefusals(cli);
      }
    });
  });
});
