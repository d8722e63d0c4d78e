/** What the design asks for in figures of speed and size, and whether this run reached it. */
import type { HookFigures } from "./hook-figures.ts";
import { PROGRAM_TITLES } from "./process-figures.ts";
import type { ProcessFigures, ProgramName } from "./process-figures.ts";
import { worstStall } from "./size-figures.ts";
import type { SizeFigures } from "./size-figures.ts";
import { formatBytes, formatMs, formatRatio } from "./statistics.ts";
import type { Summary } from "./statistics.ts";

export interface GoalRow {
  readonly what: string;
  readonly goal: string;
  readonly measured: string;
  /** Undefined where this run did not measure it. */
  readonly isReached: boolean | undefined;
  /** Where its time or memory goes, for one that is not reached. */
  readonly why: string | undefined;
}

interface Reading {
  readonly measured: string;
  readonly isReached: boolean | undefined;
}

interface Goal {
  readonly size: number;
  readonly what: string;
  readonly goal: string;
  readonly why?: string;
  readonly read: (figures: SizeFigures) => Reading;
}

const MANY = 100_000;
const MILLION = 1_000_000;
const MB = 1e6;

const GOALS: readonly Goal[] = [
  {
    size: MANY,
    what: "plain BM25 in one process against FTS5 asked for any word of the question, p50 / p95",
    goal: "≥ 100 × / ≥ 50 × faster",
    read: ({ search }) => faster(search.fts5.any, search.index.plain, 100, 50),
  },
  {
    size: MANY,
    what: "the same against FTS5's best query, without stop words",
    goal: "≥ 100 × / ≥ 50 × faster",
    why: "without stop words FTS5 looks at some thousand turns instead of nearly all; the goal was set for questions as they are asked.",
    read: ({ search }) => faster(search.fts5.best, search.index.plain, 100, 50),
  },
  {
    size: MANY,
    what: "full ranking against plain BM25, p50 / p95",
    goal: "≤ 3 × / ≤ 3 ×",
    read: ({ search }) => within(search.index.full, search.index.plain, 3, 3),
  },
  {
    size: MANY,
    what: "plain search over the socket against an echo, p50 / p95",
    goal: "≤ 60 × / ≤ 120 ×",
    why: "ten hits are read, opened, decoded and cut to snippets, at a tenth of a millisecond each; the ranking is a quarter of it.",
    read: ({ daemon }) => within(daemon.plainSearch, daemon.floors.echo, 60, 120),
  },
  {
    size: MANY,
    what: "search with the full ranking over the socket against an echo, p50 / p95",
    goal: "≤ 150 × / ≤ 300 ×",
    read: ({ daemon }) => within(daemon.search, daemon.floors.echo, 150, 300),
  },
  {
    size: MANY,
    what: "a save against the sync of what it writes, p50",
    goal: "≤ 3 ×",
    read: ({ daemon: { save, floors } }) => ({
      measured: formatRatio(save.p50, floors.fsync.p50),
      isReached: save.p50 <= 3 * floors.fsync.p50,
    }),
  },
  {
    size: MANY,
    what: "the brief of a project over the socket, p95",
    goal: "≤ 150 ms",
    read: ({ daemon }) => atMost(daemon.brief.p95, 150, formatMs),
  },
  {
    size: MANY,
    what: "a prompt's hook, the vault open, against an empty Node process, p50",
    goal: "≤ 2 ×",
    read: ({ daemon: { hooks } }) => twice(hooks.open),
  },
  {
    size: MANY,
    what: "the same, the vault sealed",
    goal: "≤ 2 ×",
    read: ({ daemon: { hooks } }) => twice(hooks.sealed),
  },
  {
    size: MANY,
    what: "a session's start with its brief, p50",
    goal: "≤ 150 ms",
    read: ({ daemon }) => atMost(daemon.hooks.open.sessionStart.p50, 150, formatMs),
  },
  {
    size: MANY,
    what: "a session's end until the host is free, longest",
    goal: "≤ 1 s",
    read: ({ daemon: { hooks } }) => atMost(hooks.sessionEnd.max, 1_000, formatMs),
  },
  {
    size: MANY,
    what: "unlock to first answer, with checkpoint, against Argon2 alone",
    goal: "≤ 2.5 ×",
    read: ({ daemon }) => ({
      measured: formatRatio(daemon.unlock.p50, daemon.floors.argon2.p50),
      isReached: daemon.unlock.p50 <= 2.5 * daemon.floors.argon2.p50,
    }),
  },
  {
    size: MANY,
    what: "building the index from texts, without checkpoint, on an idle machine",
    goal: "≤ 1.5 s",
    why: "one processor's time alone, for the terms, the postings and the signs of every text.",
    read: ({ search }) => atMost(search.index.buildMs, 1_500, formatMs),
  },
  {
    size: MANY,
    what: "adding a turn to the index, mean",
    goal: "≤ 50 µs",
    read: ({ size, search }) => atMost(search.index.buildMs / size, 0.05, formatMs),
  },
  {
    size: MANY,
    what: "index memory, turns of 280 bytes",
    goal: "≤ 60 MB",
    read: ({ search }) => atMost(search.index.indexBytes, 60 * MB, formatBytes),
  },
  lockGoal(MANY),
  stallGoal(MANY),
  {
    size: MILLION,
    what: "search in one process, full ranking, p95",
    goal: "≤ 25 ms",
    why: "a question of common words scores more than a hundred thousand postings, and each waits for memory.",
    read: ({ search }) => atMost(search.index.full.p95, 25, formatMs),
  },
  {
    size: MILLION,
    what: "search over the socket, p95",
    goal: "≤ 25 ms",
    why: "the same, and two milliseconds for its hits.",
    read: ({ daemon }) => atMost(daemon.search.p95, 25, formatMs),
  },
  {
    size: MILLION,
    what: "index memory",
    goal: "≤ 400 MB",
    read: ({ search }) => atMost(search.index.indexBytes, 400 * MB, formatBytes),
  },
  {
    size: MILLION,
    what: "all memory of the engine after an unlock but mapped files, if the goal is read strictly",
    goal: "≤ 400 MB",
    why: "beside the index: the list of records (40 MB), V8's own heap, and buffers of the load that are not collected yet.",
    read: ({ daemon }) => atMost(daemon.unlockedOwnBytes, 400 * MB, formatBytes),
  },
  {
    size: MILLION,
    what: "unlock to first answer, with checkpoint",
    goal: "≤ 4 s",
    read: ({ daemon }) => atMost(daemon.unlock.p50, 4_000, formatMs),
  },
  {
    size: MILLION,
    what: "resident memory of the engine, peak of the import",
    goal: "< 1.5 GB",
    read: ({ daemon }) => atMost(daemon.importPeakBytes, 1_500 * MB, formatBytes),
  },
  lockGoal(MILLION),
  stallGoal(MILLION),
];

const PROGRAM_GOALS: readonly (readonly [ProgramName, number])[] = [
  ["hook", 2],
  ["sealedHook", 2],
  ["status", 2],
  ["search", 2],
  ["mcp", 2.2],
];

/** A row for every goal, those of sizes this run did not measure included. */
export function goalRows(
  all: readonly SizeFigures[],
  processes: readonly ProcessFigures[],
): readonly GoalRow[] {
  const sized = GOALS.map(({ size, what, goal, why, read }) => {
    const figures = all.find((one) => one.size === size);
    const reading = figures === undefined ? { measured: "–", isReached: undefined } : read(figures);
    const isMissed = reading.isReached === false;
    return {
      what: `${size.toLocaleString("en")}: ${what}`,
      goal,
      ...reading,
      why: isMissed ? why : undefined,
    };
  });
  return [...sized, ...processes.flatMap(programGoals)];
}

function programGoals({ node, programs }: ProcessFigures): readonly GoalRow[] {
  return PROGRAM_GOALS.map(([name, most]) => {
    const { cpu, floor } = programs[name];
    return {
      what: `Node ${node}: ${PROGRAM_TITLES[name]}, processor time against an empty Node process, p50`,
      goal: `≤ ${most} ×`,
      measured: formatRatio(cpu.p50, floor.cpu.p50),
      isReached: cpu.p50 <= most * floor.cpu.p50,
      why: undefined,
    };
  });
}

function lockGoal(size: number): Goal {
  return {
    size,
    what: "lock until a new sealed engine answers, longest",
    goal: "< 200 ms",
    read: ({ daemon }) => atMost(daemon.lock.max, 200, formatMs),
  };
}

function stallGoal(size: number): Goal {
  return {
    size,
    what: "longest that another request waits",
    goal: "≤ 50 ms",
    read: (figures) => {
      const { ms, meanwhile } = worstStall(figures);
      return { measured: `${formatMs(ms)}, during ${meanwhile}`, isReached: ms <= 50 };
    },
  };
}

function twice({ prompt, emptyNode }: HookFigures["sealed"]): Reading {
  return {
    measured: formatRatio(prompt.p50, emptyNode.p50),
    isReached: prompt.p50 <= 2 * emptyNode.p50,
  };
}

function atMost(value: number, most: number, format: (value: number) => string): Reading {
  return { measured: format(value), isReached: value <= most };
}

function within(slow: Summary, floor: Summary, most50: number, most95: number): Reading {
  const isReached = slow.p50 <= most50 * floor.p50 && slow.p95 <= most95 * floor.p95;
  return { measured: ratios(slow, floor), isReached };
}

function faster(slow: Summary, fast: Summary, least50: number, least95: number): Reading {
  const isReached = slow.p50 >= least50 * fast.p50 && slow.p95 >= least95 * fast.p95;
  return { measured: ratios(slow, fast), isReached };
}

function ratios(slow: Summary, fast: Summary): string {
  return `${formatRatio(slow.p50, fast.p50)} / ${formatRatio(slow.p95, fast.p95)}`;
}
