import { describe, expect, it } from "vitest";
import { logScale, renderPlot } from "../../scripts/bench/plot.ts";
import type { Plot } from "../../scripts/bench/plot.ts";

const plot: Plot = {
  title: "Time of a <search>",
  xTitle: "memories & turns",
  series: [
    { name: "one", points: [[1_000, 1], [10_000, 10], [100_000, 100]] }, // prettier-ignore
    { name: "p95", points: [[1_000, 2]], isCompanion: true }, // prettier-ignore
    { name: "other", points: [[10_000, 5]] },
  ],
  formatX: String,
  formatY: (y) => `${y} ms`,
};

describe("logarithmic axes", () => {
  it("spans whole decades and places each power of ten at the same distance", () => {
    const { ticks, place } = logScale([3, 400], 0, 300);
    expect(ticks).toStrictEqual([1, 10, 100, 1_000]);
    expect(ticks.map((tick) => Math.round(place(tick)))).toStrictEqual([0, 100, 200, 300]);
  });

  it("adds no decade where the values are powers of ten themselves", () => {
    expect(logScale([1_000, 100_000], 0, 1).ticks).toStrictEqual([1_000, 10_000, 100_000]);
  });

  it("has room for a single value", () => {
    const { ticks, place } = logScale([1_000], 0, 100);
    expect(ticks).toStrictEqual([1_000, 10_000]);
    expect(place(1_000)).toBe(0);
  });
});

describe("plots", () => {
  const svg = renderPlot(plot);

  it("draws each point where its axes say", () => {
    // A power law is a straight line here: the middle point lies half way between its neighbours.
    const [path = ""] = /(?<=points=")[^"]+(?=")/.exec(svg) ?? [];
    const [first, middle, last] = path.split(" ").map((pair) => pair.split(",").map(Number));
    expect(middle).toStrictEqual([0, 1].map((axis) => ((first?.[axis] ?? 0) + (last?.[axis] ?? 0)) / 2));
    expect(last?.[1]).toBeLessThan(first?.[1] ?? 0);
  });

  it("gives a companion the colour of what it accompanies, and the next series another", () => {
    expect([...svg.matchAll(/<polyline class="(c\d)"/g)].map(([, colour]) => colour)).toStrictEqual(
      ["c0", "c0", "c0", "c0", "c1", "c1"], // prettier-ignore
    );
  });

  it("has colours for light and for dark surroundings and its own background", () => {
    const [light = "", dark = ""] = svg.split("@media (prefers-color-scheme: dark)");
    for (const rule of [".paper{", ".ink{", ".grid{", ".c0{"]) {
      expect(light).toContain(rule);
      expect(dark).toContain(rule);
    }
    expect(svg).toContain('<rect class="paper"');
  });

  it("escapes text", () => {
    expect(svg).toContain("Time of a &lt;search&gt;");
    expect(svg).toContain("memories &amp; turns");
  });

  it("refuses to draw nothing", () => {
    expect(() => renderPlot({ ...plot, series: [] })).toThrow("without points");
  });
});
