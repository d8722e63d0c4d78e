import { describe, expect, it } from "vitest";
import type { Memory } from "../../../src/protocol/schemas.ts";
import { showHits } from "../../../src/service/memories/show-hits.ts";

const noPause = () => Promise.resolve();
const hitOf = (text: string, beside: { request?: Memory; answer?: Memory } = {}) => ({
  hit: { id: "x", score: 1 },
  memory: memoryOf(text),
  copies: 0,
  ...beside,
});

function memoryOf(text: string): Memory {
  const at = "2026-05-01T10:00:00.000Z";
  return {
    id: text.slice(0, 26),
    kind: "turn",
    text,
    project: null,
    source: "mcp",
    tags: [],
    at,
    savedAt: at,
    pinned: false,
    trust: "captured",
  };
}

describe("the texts of hits", () => {
  it("are looked at whole up to a mebibyte of all of them, and behind it in their beginnings", async () => {
    const looked: number[] = [];
    const hits = Array.from({ length: 40 }, (_, place) =>
      hitOf(`${place} ${"x".repeat(65_000)}`, { answer: memoryOf(`${place} answer ${"y".repeat(65_000)}`) }),
    );
    const shown = await showHits(
      hits,
      undefined,
      (text) => {
        looked.push(text.length);
        return text.slice(0, 9);
      },
      noPause,
    );
    expect(shown).toHaveLength(40);
    expect(looked).toHaveLength(80);
    expect(looked[0]).toBeGreaterThan(65_000);
    expect(looked.at(-1)).toBe(2_000);
    expect(looked.reduce((sum, length) => sum + length, 0)).toBeLessThan((1 << 20) + 80 * 2_000);
  });

  it("are cut no further once the pause between two of them throws", async () => {
    let pauses = 0;
    let cuts = 0;
    const work = showHits(
      [hitOf("one"), hitOf("two"), hitOf("three")],
      undefined,
      (text) => {
        cuts++;
        return text;
      },
      () => (++pauses < 3 ? Promise.resolve() : Promise.reject(new Error("gone"))),
    );
    await expect(work).rejects.toThrow("gone");
    expect(cuts).toBe(2);
  });
});
