/** Where the time of a save goes, for the page. */
import type { SaveFigures, SaveParts } from "../bench-save/save-parts.ts";
import { formatBytes, formatMs, formatRatio, table } from "./statistics.ts";
import type { Summary } from "./statistics.ts";

const ROWS: readonly (readonly [name: string, read: (parts: SaveParts) => Summary])[] = [
  ["floor: append 512 bytes and fdatasync", ({ floors }) => floors.append],
  ["floor: LevelDB alone, one synced put of as many bytes", ({ floors }) => floors.put],
  ["a save", ({ whole }) => whole],
  ["of it: client", ({ client }) => client],
  ["of it: socket, both ways", ({ socket }) => socket],
  ["of it: engine before the sync", ({ engineBefore }) => engineBefore],
  ["of it: the synced write", ({ sync }) => sync],
  ["of it: engine after the sync", ({ engineAfter }) => engineAfter],
];

export function saveSection({ first, later, batchBytes }: SaveFigures): string {
  return `## Where the time of a save goes

One client, one save after the other, in turns with its floors, over a socket of an engine whose store and socket are watched; the batch has
${formatBytes(batchBytes)}. p10 / p50 / p95, in brackets p10 and p50 as multiples of the first floor's. What V8 has run some thousand times it has compiled;
the first saves of an engine it interprets.

${table(
  ["", "saves 50 to 350 of an engine", "after 5,000"],
  ROWS.map(([name, read]) => [name, cell(read(first), first), cell(read(later), later)]),
)}`;
}

function cell({ p10, p50, p95 }: Summary, { floors: { append } }: SaveParts): string {
  const ratios = `${formatRatio(p10, append.p10)} / ${formatRatio(p50, append.p50)}`;
  return `${[p10, p50, p95].map(formatMs).join(" / ")} (${ratios})`;
}
