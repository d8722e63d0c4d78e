/** The sections of `docs/benchmarks.md` that set keepsake's search beside other engines. */
import { MINISEARCH_TURNS_MOST } from "../bench-search/search-figures.ts";
import { SERVER_MEMORY_MOST } from "./peer-memory.ts";
import type { SizeFigures } from "./size-figures.ts";
import { formatAgainst, formatBytes, formatMs, formatPair, table } from "./statistics.ts";
import type { Summary } from "./statistics.ts";

const NOT_MEASURED = "–";

export function searchSections(sizes: readonly SizeFigures[]): string {
  const row = (name: string, value: (figures: SizeFigures) => string) => [name, ...sizes.map(value)];
  const head = ["", ...sizes.map(({ size }) => `${size.toLocaleString("en")} turns`)];
  const than = (slow: Summary | undefined, fast: Summary) =>
    slow === undefined ? NOT_MEASURED : formatAgainst(slow, fast);
  const mini =
    (value: (figures: NonNullable<SizeFigures["search"]["miniSearch"]>) => string) =>
    ({ search: { miniSearch } }: SizeFigures) =>
      miniSearch === undefined ? NOT_MEASURED : value(miniSearch);
  const peer =
    (value: (figures: NonNullable<SizeFigures["peer"]>) => string) =>
    ({ peer }: SizeFigures) =>
      peer === undefined ? NOT_MEASURED : value(peer);
  return `## Search in one process

Each engine in a process of its own, over the same turns, asked the same questions for 20 hits: as many of 200 (keepsake:
300) as 20 s allow. In brackets: as a multiple of plain BM25 on keepsake's index, the floor of this table. FTS5 is SQLite's, as the newest Node has it built in, in memory,
with its Porter tokenizer. MiniSearch was not asked above ${MINISEARCH_TURNS_MOST.toLocaleString("en")} turns, where it takes minutes.

${table(head, [
  row("keepsake, plain BM25", ({ search }) => formatPair(search.index.plain)),
  row("keepsake, full ranking", ({ search }) => than(search.index.full, search.index.plain)),
  row("keepsake, full ranking in one of twelve projects", ({ search }) =>
    than(search.index.scoped, search.index.plain),
  ),
  row("FTS5 by default: every word must match", ({ search }) => than(search.fts5.every, search.index.plain)),
  row("FTS5, any word", ({ search }) => than(search.fts5.any, search.index.plain)),
  row("FTS5's best query: any word but stop words", ({ search }) =>
    than(search.fts5.best, search.index.plain),
  ),
  row("MiniSearch", ({ search }) => than(search.miniSearch?.search, search.index.plain)),
])}

What the engines cost otherwise. keepsake's index and MiniSearch hold no texts; FTS5's database does.

${table(head, [
  row("keepsake: build from texts", ({ search }) => formatMs(search.index.buildMs)),
  row("keepsake: add a turn, mean / p95 / longest", ({ size, search: { index } }) =>
    [index.buildMs / size, index.add.p95, index.add.max].map(formatMs).join(" / "),
  ),
  row("keepsake: memory", ({ search }) => formatBytes(search.index.indexBytes)),
  row("keepsake: memory per 100,000 turns", ({ size, search }) =>
    formatBytes((search.index.indexBytes / size) * 100_000),
  ),
  row(
    "keepsake: write a checkpoint / longest chunk",
    ({ search: { index } }) => `${formatMs(index.serializeMs)} / ${formatMs(index.longestChunkMs)}`,
  ),
  row("keepsake: size of the checkpoint", ({ search }) => formatBytes(search.index.checkpointBytes)),
  row("keepsake: load the checkpoint", ({ search }) => formatMs(search.index.loadMs)),
  row(
    "keepsake: compact a tenth / longest step",
    ({ search: { index } }) => `${formatMs(index.compactMs)} / ${formatMs(index.longestCompactMs)}`,
  ),
  row(
    "FTS5: build, database",
    ({ search: { fts5 } }) => `${formatMs(fts5.buildMs)}, ${formatBytes(fts5.bytes)}`,
  ),
  row(
    "MiniSearch: build, memory",
    mini(({ buildMs, bytes }) => `${formatMs(buildMs)}, ${formatBytes(bytes)}`),
  ),
])}

## Beside the reference memory server

\`@modelcontextprotocol/server-memory\` over stdio with the official client: the same turns stored as entities, 500 a
call, then single saves and searches. It keeps one plaintext JSON Lines file, rewrites it on every save without syncing it,
and finds substrings, so it is asked for one word where keepsake is asked whole questions. Above ${SERVER_MEMORY_MOST.toLocaleString("en")}
memories it was not asked: its import takes minutes.

${table(head, [
  row(
    "import",
    peer(({ importMs }) => formatMs(importMs)),
  ),
  row(
    "save one",
    peer(({ save }) => formatPair(save)),
  ),
  row(
    "search",
    peer(({ search }) => formatPair(search)),
  ),
  row(
    "on disk, in plaintext",
    peer(({ diskBytes }) => formatBytes(diskBytes)),
  ),
  row("keepsake: import", ({ daemon }) => formatMs(daemon.importMs)),
  row("keepsake: save one", ({ daemon }) => formatPair(daemon.save)),
  row("keepsake: search", ({ daemon }) => formatPair(daemon.search)),
  row("keepsake: on disk, sealed", ({ daemon }) => formatBytes(daemon.diskBytes)),
])}`;
}
