/** How figures grow with the number of memories, as plots. */
import { renderPlot } from "./plot.ts";
import type { Series } from "./plot.ts";
import type { SizeFigures } from "./size-figures.ts";
import { formatBytes, formatMs } from "./statistics.ts";
import type { Summary } from "./statistics.ts";

export interface GrowthPlot {
  /** Name in `docs/`. */
  readonly file: string;
  readonly title: string;
  readonly svg: string;
}

type Read<T> = (figures: SizeFigures) => T | undefined;

export function growthPlots(all: readonly SizeFigures[]): readonly GrowthPlot[] {
  const line = (name: string, read: Read<number>): Series => ({ name, points: pointsOf(all, read) });
  const pair = (name: string, read: Read<Summary>): readonly Series[] => [
    { name: `${name}, p50`, points: pointsOf(all, (one) => read(one)?.p50) },
    { name: "p95", points: pointsOf(all, (one) => read(one)?.p95), isCompanion: true },
  ];
  const drawn = (file: string, title: string, formatY: (y: number) => string, series: readonly Series[]) => ({
    file,
    title,
    svg: renderPlot({
      title,
      xTitle: "memories",
      series: series.filter(({ points }) => points.length > 0),
      formatX: (count) => count.toLocaleString("en"),
      formatY: (y) => formatY(y).replace(/\.0+(?= )/, ""),
    }),
  });
  return [
    drawn("growth-search.svg", "Time of a search", formatMs, [
      ...pair("keepsake over its socket", ({ daemon }) => daemon.search),
      ...pair("its index in one process", ({ search }) => search.index.full),
      ...pair("plain BM25 on that index", ({ search }) => search.index.plain),
      ...pair("FTS5, any word", ({ search }) => search.fts5.any),
      ...pair("FTS5, best query", ({ search }) => search.fts5.best),
      ...pair("MiniSearch", ({ search }) => search.miniSearch?.search),
    ]),
    drawn("growth-unlock.svg", "Time of long work", formatMs, [
      line("unlock to first answer", ({ daemon }) => daemon.unlock.p50),
      line("lock", ({ daemon }) => daemon.lock.p50),
      line("verify", ({ daemon }) => daemon.verifyMs),
      line("purge", ({ daemon }) => daemon.purgeMs),
      line("Argon2id alone", ({ daemon }) => daemon.floors.argon2.p50),
      line("opening every record alone", ({ daemon }) => daemon.floors.openAllMs),
    ]),
    drawn("growth-import.svg", "Memories imported a second", (rate) => rate.toLocaleString("en"), [
      line("keepsake, sealed and synced", ({ size, daemon }) => (size / daemon.importMs) * 1_000),
      line("its index alone", ({ size, search }) => (size / search.index.buildMs) * 1_000),
      line("FTS5 alone, in memory", ({ size, search }) => (size / search.fts5.buildMs) * 1_000),
      line("MiniSearch alone", ({ size, search }) =>
        search.miniSearch === undefined ? undefined : (size / search.miniSearch.buildMs) * 1_000,
      ),
      line("server-memory, plain text", ({ size, peer }) =>
        peer === undefined ? undefined : (size / peer.importMs) * 1_000,
      ),
    ]),
    drawn("growth-memory.svg", "Memory and disk", formatBytes, [
      line("engine, peak of the import", ({ daemon }) => daemon.importPeakBytes),
      line("engine after an unlock", ({ daemon }) => daemon.unlockedBytes),
      line("the index alone", ({ search }) => search.index.indexBytes),
      line("vault on disk", ({ daemon }) => daemon.diskBytes),
      line("MiniSearch", ({ search }) => search.miniSearch?.bytes),
    ]),
  ];
}

/** What cannot stand on a logarithmic axis is left out. */
function pointsOf(all: readonly SizeFigures[], read: Read<number>): Series["points"] {
  return all.flatMap((figures) => {
    const value = read(figures);
    return value === undefined || !(value > 0) ? [] : [[figures.size, value] as const];
  });
}
