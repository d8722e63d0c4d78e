/**
 * `node scripts/run-ts.mjs scripts/bench-search.ts [--sizes 1000,10000] [--bytes 280,1000]`: the search index in one
 * process, beside SQLite's FTS5 and MiniSearch on the same turns and questions. The functions behind it return plain
 * figures for other pages.
 */
import { parseArgs } from "node:util";
import { measureIndex } from "./bench-search/index-figures.ts";
import type { IndexFigures } from "./bench-search/index-figures.ts";
import { measureFts5, measureMiniSearch, MINISEARCH_TURNS_MOST } from "./bench-search/peer-figures.ts";
import type { PeerFigures } from "./bench-search/peer-figures.ts";
import { formatBytes, formatMs, formatRatio, table } from "./bench/statistics.ts";

export interface SearchFigures {
  readonly index: IndexFigures;
  readonly fts5: PeerFigures;
  /** Not measured where it would not fit. */
  readonly miniSearch: PeerFigures | undefined;
}

/** Everything about one size, one engine after the other. */
export async function measureSearch(turns: number, turnBytes: number): Promise<SearchFigures> {
  return {
    index: await measureIndex(turns, turnBytes),
    fts5: await measureFts5(turns, turnBytes),
    miniSearch: turns > MINISEARCH_TURNS_MOST ? undefined : measureMiniSearch(turns, turnBytes),
  };
}

/** The figures as tables of Markdown. */
export function searchTables(all: readonly SearchFigures[]): string {
  const pair = ({ p50, p95 }: { readonly p50: number; readonly p95: number }) =>
    `${formatMs(p50)} / ${formatMs(p95)}`;
  const ratio = (slow: { p50: number; p95: number }, fast: { p50: number; p95: number }) =>
    `${formatRatio(slow.p50, fast.p50)} / ${formatRatio(slow.p95, fast.p95)}`;
  const size = ({ turns, turnBytes }: IndexFigures) => `${turns.toLocaleString("en")} of ${turnBytes} bytes`;
  const searches = all.map(({ index, fts5, miniSearch }) => [
    size(index),
    pair(index.plain),
    pair(index.full),
    ratio(index.full, index.plain),
    pair(index.scoped),
    pair(fts5.search),
    ratio(fts5.search, index.plain),
    miniSearch === undefined ? "–" : pair(miniSearch.search),
  ]);
  const costs = all.map(({ index, fts5, miniSearch }) => [
    size(index),
    `${index.addMicroseconds.toPrecision(3)} µs`,
    formatMs(index.buildMs),
    formatBytes(index.indexBytes),
    formatMs(index.serializeMs),
    formatBytes(index.checkpointBytes),
    formatMs(index.loadMs),
    formatMs(index.compactMs),
    [index.longestAddMs, index.longestChunkMs, index.longestCompactMs].map(formatMs).join(" / "),
    `${formatMs(fts5.buildMs)}, ${formatBytes(fts5.bytes)}`,
    miniSearch === undefined ? "–" : `${formatMs(miniSearch.buildMs)}, ${formatBytes(miniSearch.bytes)}`,
  ]);
  return [
    table(
      [
        "turns",
        "plain BM25, p50 / p95",
        "full ranking",
        "full over plain",
        "full, one project of twelve",
        "FTS5",
        "FTS5 over plain",
        "MiniSearch",
      ],
      searches,
    ),
    table(
      [
        "turns",
        "add one",
        "build",
        "memory",
        "write checkpoint",
        "its size",
        "load it",
        "compact a tenth",
        "longest add / chunk / step",
        "FTS5 builds",
        "MiniSearch builds",
      ],
      costs,
    ),
  ].join("\n\n");
}

const isMain = process.argv[1]?.endsWith("bench-search.ts") === true;
if (isMain) {
  const { values } = parseArgs({
    options: {
      sizes: { type: "string", default: "1000,10000,100000" },
      bytes: { type: "string", default: "280" },
    },
  });
  const all: SearchFigures[] = [];
  for (const bytes of values.bytes.split(",").map(Number))
    for (const turns of values.sizes.split(",").map(Number)) all.push(await measureSearch(turns, bytes));
  process.stdout.write(`${searchTables(all)}\n`);
}
