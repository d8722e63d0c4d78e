/** `docs/benchmarks.md` from the figures of one run. */
import { goalRows } from "./goals.ts";
import type { SaveFigures } from "../bench-save/save-parts.ts";
import type { GoalRow } from "./goals.ts";
import type { GrowthPlot } from "./growth.ts";
import { hookSection } from "./page-hooks.ts";
import { formatMachine } from "./machine.ts";
import type { Machine } from "./machine.ts";
import { saveSection } from "./page-save.ts";
import { programSection } from "./page-programs.ts";
import { searchSections } from "./page-search.ts";
import type { ProcessFigures } from "./process-figures.ts";
import { PHASES } from "./size-figures.ts";
import type { SizeFigures } from "./size-figures.ts";
import { formatAgainst, formatBytes, formatMs, formatPair, formatRatio, table } from "./statistics.ts";

export interface RunFigures {
  readonly machine: Machine;
  readonly minutes: number;
  readonly save: SaveFigures;
  readonly sizes: readonly SizeFigures[];
  readonly processes: readonly ProcessFigures[];
  readonly plots: readonly GrowthPlot[];
}

export function renderPage(run: RunFigures): string {
  const { sizes } = run;
  return `# Benchmarks

${formatMachine(run.machine)} The run took ${run.minutes.toFixed(0)} minutes.
Times are p50 / p95; in brackets both as multiples of their floor, which was measured at the same size just before.
Memories are made-up turns of about 280 bytes in sessions of 24, questions are natural ones with words of some turn;
every engine gets the same ones. After imports, saves, locks and unlocks the daemon is left alone until it is idle, unless it says otherwise.

## Goals

${table(
  ["memories: what", "goal", "measured", "reached"],
  goalRows(sizes, run.processes).map(({ what, goal, measured, isReached }) => [
    what,
    goal,
    measured,
    isReached === undefined ? "not measured" : isReached ? "yes" : "**no**",
  ]),
)}

${reasons(goalRows(sizes, run.processes))}How much a search costs in tokens is measured on real conversations, in [recall.md](recall.md).

## Growth

${run.plots.map(({ file, title }) => `![${title} against the number of memories](${file})`).join("\n\n")}

## Floors

${table(header(sizes), [
  rowOf(sizes, "append 512 bytes and fdatasync", ({ daemon }) => formatPair(daemon.floors.fsync)),
  rowOf(sizes, "echo 200 bytes over a UNIX socket", ({ daemon }) => formatPair(daemon.floors.echo)),
  rowOf(sizes, "Argon2id alone, at the cost this vault was given", argonCell),
  rowOf(sizes, "open as many sealed records, in memory", ({ daemon }) => formatMs(daemon.floors.openAllMs)),
])}

## The daemon over its socket

${daemonTable(sizes)}

${saveSection(run.save)}

## What others wait for

A second client, in a process of its own, asks for the status every 5 ms while the daemon does something long, without
waiting for earlier answers; p50 / p99 / longest. In brackets the longest of an echo server asked at the same moments: what
the machine itself made wait.

${table(
  ["meanwhile", ...header(sizes).slice(1)],
  PHASES.map(([phase, meanwhile]) =>
    rowOf(sizes, meanwhile, ({ daemon }) => {
      const { daemon: waited, echo } = daemon.stalls[phase];
      return `${[waited.p50, waited.p99, waited.max].map(formatMs).join(" / ")} (${formatMs(echo.max)})`;
    }),
  ),
)}

${hookSection(sizes)}

${searchSections(sizes)}

${programSection(run.processes)}`;
}

function daemonTable(sizes: readonly SizeFigures[]): string {
  const row = (name: string, value: (figures: SizeFigures) => string) => rowOf(sizes, name, value);
  const work = (ms: number, { size, daemon }: SizeFigures) =>
    `${formatMs(ms)}, ${perSecond(size, ms)} (${formatRatio(ms, daemon.floors.openAllMs)})`;
  return table(header(sizes), [
    row("save one (floor: fsync)", ({ daemon }) => formatAgainst(daemon.save, daemon.floors.fsync)),
    row("saves a second, 7 clients at once", ({ daemon }) => daemon.parallelSaves.toFixed(0)),
    row("search (floor: echo)", ({ daemon }) => formatAgainst(daemon.search, daemon.floors.echo)),
    row("search with plain BM25 (floor: echo)", ({ daemon }) =>
      formatAgainst(daemon.plainSearch, daemon.floors.echo),
    ),
    row("search (floor: the daemon's own status)", ({ daemon }) =>
      formatAgainst(daemon.search, daemon.status),
    ),
    row("get one (floor: echo)", ({ daemon }) => formatAgainst(daemon.get, daemon.floors.echo)),
    row("brief (floor: the daemon's own status)", ({ daemon }) => formatAgainst(daemon.brief, daemon.status)),
    row("status (floor: echo)", ({ daemon }) => formatAgainst(daemon.status, daemon.floors.echo)),
    row("lock until a new sealed engine answers", ({ daemon }) => formatPair(daemon.lock)),
    row("the same the moment the vault is open", ({ daemon }) => formatPair(daemon.hastyLock)),
    row("unlock to first complete answer (floor: Argon2)", ({ daemon }) =>
      formatAgainst(daemon.unlock, daemon.floors.argon2),
    ),
    row("the same the moment the vault is locked", ({ daemon }) =>
      formatAgainst(daemon.hastyUnlock, daemon.floors.argon2),
    ),
    row("unlock to first complete answer (floor: opening every record)", ({ daemon }) =>
      formatRatio(daemon.unlock.p50, daemon.floors.openAllMs),
    ),
    row(
      "import, fsynced",
      ({ size, daemon }) => `${formatMs(daemon.importMs)}, ${perSecond(size, daemon.importMs)}`,
    ),
    row("verify everything (floor: opening every record)", (one) => work(one.daemon.verifyMs, one)),
    row("purge: re-seal everything (floor: opening every record)", (one) => work(one.daemon.purgeMs, one)),
    row("engine's resident memory, peak of the import", ({ daemon }) => formatBytes(daemon.importPeakBytes)),
    row(
      "engine's resident memory after an unlock, and the part not mapped from files",
      ({ daemon }) => `${formatBytes(daemon.unlockedBytes)}, ${formatBytes(daemon.unlockedOwnBytes)}`,
    ),
    row("vault on disk", ({ daemon }) => formatBytes(daemon.diskBytes)),
  ]);
}

function header(sizes: readonly SizeFigures[]): readonly string[] {
  return ["", ...sizes.map(({ size }) => `${size.toLocaleString("en")} memories`)];
}

function rowOf(
  sizes: readonly SizeFigures[],
  name: string,
  value: (figures: SizeFigures) => string,
): readonly string[] {
  return [name, ...sizes.map(value)];
}

function argonCell({ daemon: { floors, kdf } }: SizeFigures): string {
  const { memoryKiB, passes, parallelism } = kdf;
  return `${formatPair(floors.argon2)} (m = ${memoryKiB / 1_024} MiB, t = ${passes}, p = ${parallelism})`;
}

function perSecond(count: number, ms: number): string {
  return `${Math.round((count / ms) * 1_000).toLocaleString("en")} a second`;
}

/** Why goals were missed, as far as that is known. */
function reasons(goals: readonly GoalRow[]): string {
  const known = goals.flatMap(({ what, why }) => (why === undefined ? [] : [`- ${what}: ${why}`]));
  return known.length === 0 ? "" : `Why not:\n\n${known.join("\n")}\n\n`;
}
