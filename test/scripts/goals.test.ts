import { describe, expect, it } from "vitest";
import { goalRows } from "../../scripts/bench/goals.ts";
import type { ProcessFigures } from "../../scripts/bench/process-figures.ts";
import type { SizeFigures } from "../../scripts/bench/size-figures.ts";

const every = (ms: number) => ({ samples: 9, p50: ms, p95: ms, p99: ms, max: ms });

/** Just the figures that goals read, all of them well within. */
function figuresOf(
  size: number,
  stallMs: number,
  unlockMs: number,
  promptMs = 150,
  saveMs = 0.5,
): SizeFigures {
  const ping = { daemon: every(1), echo: every(1) };
  const figures = {
    size,
    daemon: {
      floors: { echo: every(0.02), argon2: every(400), fsync: every(0.2) },
      save: every(saveMs),
      search: every(1),
      brief: every(1),
      hooks: {
        open: { prompt: every(promptMs), emptyNode: every(90), sessionStart: every(promptMs) },
        sealed: { prompt: every(promptMs), emptyNode: every(90) },
        sessionEnd: every(promptMs),
      },
      unlock: every(unlockMs),
      lock: every(100),
      plainSearch: every(1),
      unlockedOwnBytes: 1e8,
      importPeakBytes: 1e8,
      stalls: {
        import: ping,
        search: ping,
        unlock: ping,
        verify: ping,
        purge: { ...ping, daemon: every(stallMs) },
      },
    },
    search: {
      index: { plain: every(0.1), full: every(0.3), buildMs: size / 100, indexBytes: 5e7 },
      fts5: { any: every(10), best: every(9) },
    },
  };
  return figures as unknown as SizeFigures;
}

const verdictOf = (all: readonly SizeFigures[], words: string) =>
  goalRows(all, []).filter(({ what }) => what.includes(words)).map(({ isReached }) => isReached); // prettier-ignore

describe("goals of speed", () => {
  it("has a row for every goal, measured or not", () => {
    const rows = goalRows([], []);
    expect(rows.length).toBeGreaterThan(15);
    expect(new Set(rows.map(({ isReached }) => isReached))).toStrictEqual(new Set([undefined]));
  });

  it("judges a limit that is just kept and one that is just missed", () => {
    const [kept, missed] = [figuresOf(100_000, 50, 1_000), figuresOf(100_000, 50.1, 1_000.1)];
    expect(verdictOf([kept], "100,000: longest that another request waits")).toStrictEqual([true]);
    expect(verdictOf([missed], "100,000: longest that another request waits")).toStrictEqual([false]);
    expect(verdictOf([kept], "100,000: unlock")).toStrictEqual([true]);
    expect(verdictOf([missed], "100,000: unlock")).toStrictEqual([false]);
  });

  it("wants a hook to be an empty process twice, and a session's end a second, at most", () => {
    const read = (promptMs: number) =>
      verdictOf([figuresOf(100_000, 1, 1, promptMs)], "100,000: a prompt's hook");
    expect([read(180), read(180.1)]).toStrictEqual([[true], [false]]);
    const ends = (ms: number) => verdictOf([figuresOf(100_000, 1, 1, ms)], "session's end");
    expect([ends(1_000), ends(1_001)]).toStrictEqual([[true], [false]]);
  });

  it("wants a peer to be slower, not faster", () => {
    expect(verdictOf([figuresOf(100_000, 1, 1)], "FTS5")).toStrictEqual([true, false]);
  });

  it("says why a goal is missed, and nothing of one that is reached or was not measured", () => {
    const whyOf = (all: readonly SizeFigures[]) =>
      goalRows(all, []).flatMap(({ what, why }) => (why === undefined ? [] : [what]));
    expect(whyOf([])).toEqual([]);
    expect(whyOf([figuresOf(100_000, 1, 1)])).toEqual([
      "100,000: the same against FTS5's best query, without stop words",
    ]);
  });

  it("names what made others wait longest", () => {
    const row = goalRows([figuresOf(1_000_000, 77, 1)], []).find(({ what }) =>
      what.startsWith("1,000,000: longest"),
    );
    expect(row?.measured).toBe("77.0 ms, during a purge (everything re-sealed)");
  });

  it("wants a save to be three syncs at most, and a session to start within 150 ms", () => {
    const saves = (ms: number) => verdictOf([figuresOf(100_000, 1, 1, 1, ms)], "a save");
    expect([saves(0.6), saves(0.61)]).toStrictEqual([[true], [false]]);
    const starts = (ms: number) => verdictOf([figuresOf(100_000, 1, 1, ms)], "session's start");
    expect([starts(150), starts(150.1)]).toStrictEqual([[true], [false]]);
  });

  it("asks for the processor time of programs, on each version of Node", () => {
    const floor = { wall: every(50), cpu: every(40) };
    const figures = (ms: number) => ({ wall: every(500), cpu: every(ms), floor });
    const names = ["emptyNode", "hook", "sealedHook", "status", "search", "mcp"];
    const programs = Object.fromEntries(names.map((name) => [name, figures(name === "mcp" ? 88.1 : 80)]));
    const processes = ["20.1.0", "24.1.0"].map((node) => ({ node, programs })) as unknown as ProcessFigures[];
    const rows = goalRows([], processes).filter(({ what }) => what.startsWith("Node "));
    const ofEach = [true, true, true, true, false];
    expect(rows.map(({ isReached }) => isReached)).toEqual([...ofEach, ...ofEach]);
    expect(rows[0]?.measured).toBe("2.00 ×");
  });
});
