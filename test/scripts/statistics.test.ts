import { describe, expect, it } from "vitest";
import {
  formatBytes,
  formatMs,
  formatRatio,
  sampleAtPace,
  sampleInTurns,
  summarise,
} from "../../scripts/bench/statistics.ts";

const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

describe("summaries of samples", () => {
  it("orders numbers as numbers, whatever order they came in", () => {
    expect(summarise(hundred)).toStrictEqual({ samples: 100, p10: 11, p50: 51, p95: 96, p99: 100, max: 100 });
    expect(summarise([9, 10, 100]).p50).toBe(10);
  });

  it("reads typed arrays like others", () => {
    expect(summarise(Float32Array.from(hundred))).toStrictEqual(summarise(hundred));
  });

  it("says one sample everywhere when there is only one", () => {
    expect(summarise([7])).toStrictEqual({ samples: 1, p10: 7, p50: 7, p95: 7, p99: 7, max: 7 });
  });
});

describe("sampling in turns", () => {
  it("runs one round of each work after the other and keeps their times apart", async () => {
    const order: string[] = [];
    const work = (name: string, ms: number) => async () => {
      order.push(name);
      await new Promise((resolve) => setTimeout(resolve, ms));
    };
    const summaries = await sampleInTurns(3, { quick: work("quick", 1), slow: work("slow", 25) });
    expect(order).toStrictEqual(["quick", "slow", "quick", "slow", "quick", "slow"]);
    expect(summaries.slow.p50).toBeGreaterThan(20);
    expect(summaries.quick).toMatchObject({ samples: 3 });
    expect(summaries.quick.p50).toBeLessThan(summaries.slow.p50);
  });
});

describe("sampling at a steady pace", () => {
  it("times each round from its start, whatever became of those before", async () => {
    const end = new AbortController();
    let round = 0;
    const summary = await sampleAtPace(5, end.signal, async () => {
      round++;
      if (round === 40) end.abort();
      if (round === 3) await new Promise((resolve) => setTimeout(resolve, 1_500));
    });
    expect(summary.samples).toBe(40);
    expect(summary.max).toBeGreaterThan(1_400);
    expect(summary.p95).toBeLessThan(1_000);
  });

  it("counts the wait of every round that comes while nobody answers", async () => {
    const end = new AbortController();
    let answers = () => {};
    const answered = new Promise<void>((resolve) => (answers = resolve));
    let round = 0;
    const summary = await sampleAtPace(5, end.signal, async () => {
      round++;
      if (round === 40) end.abort();
      if (round === 20) answers();
      if (round < 20) await answered;
    });
    // The first waits for nineteen others, the tenth for nine.
    expect(summary.max).toBeGreaterThan(80);
    expect(summary.p95).toBeGreaterThan(50);
  });
});

describe("figures as text", () => {
  it("chooses the unit that fits", () => {
    expect([0.0123, 1.5, 250, 12_345].map(formatMs)).toStrictEqual([
      "12.3 µs",
      "1.50 ms",
      "250 ms",
      "12.3 s",
    ]);
    expect(formatMs(NaN)).toBe("–");
    expect([1_500, 2e6, 1.25e9].map(formatBytes)).toStrictEqual(["1.50 kB", "2.00 MB", "1.25 GB"]);
    expect(formatRatio(10, 4)).toBe("2.50 ×");
  });
});
