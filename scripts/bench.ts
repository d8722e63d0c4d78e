/**
 * `npm run bench [-- --sizes 1000,10000] [--large]`: measures the built product as its users meet it and writes
 * `docs/benchmarks.md`. Every figure stands beside a floor of the same run: machines differ and are noisy, ratios less so.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PROJECT_ROOT } from "../test/support/throw-away-home.ts";
import { conversationTurns, questionsAbout } from "./bench/corpus.ts";
import { measureDaemon } from "./bench/daemon-figures.ts";
import type { DaemonFigures } from "./bench/daemon-figures.ts";
import { argonFloor, echoFloor, emptyNodeFloor, fsyncFloor } from "./bench/floors.ts";
import { measureServerMemory } from "./bench/peer-memory.ts";
import type { PeerFigures } from "./bench/peer-memory.ts";
import { measureProcesses } from "./bench/process-figures.ts";
import type { ProcessFigures } from "./bench/process-figures.ts";
import { openAllFloor } from "./bench/open-all-floor.ts";
import { formatBytes, formatMs, formatRatio, table } from "./bench/statistics.ts";
import type { Summary } from "./bench/statistics.ts";
import { installPeer } from "./peers.mjs";

/** Above this size the reference server's own search takes minutes and tells nothing new. */
const PEER_SIZE_MOST = 10_000;

interface Floors {
  readonly fsync: Summary;
  readonly echo: Summary;
  readonly argon2: Summary;
  readonly emptyNode: Summary;
  /** Milliseconds to open as many records as the largest size has, in memory. */
  readonly openAllMs: number;
}

const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "1000,10000,100000" },
    large: { type: "boolean", default: false },
  },
});
const sizes = [...values.sizes.split(",").map(Number), ...(values.large ? [1_000_000] : [])];
const say = (text: string) => process.stderr.write(`${text}\n`);

spawnSync("npm", ["run", "--silent", "build"], { cwd: PROJECT_ROOT, stdio: "inherit" });
const peerEntry = installPeer("@modelcontextprotocol/server-memory", "2026.8.31", "dist/index.js");

const daemon: DaemonFigures[] = [];
const peers: PeerFigures[] = [];
let processes: ProcessFigures | undefined;
for (const size of sizes) {
  const isFirst = daemon.length === 0;
  daemon.push(
    await measureDaemon(size, say, async (home) => {
      if (isFirst)
        processes = await measureProcesses(
          home,
          questionsAbout(
            [...conversationTurns(200)].map(({ text }) => text),
            30,
          ),
        );
    }),
  );
  if (size <= PEER_SIZE_MOST) {
    say(`${size}: server-memory`);
    peers.push(await measureServerMemory(peerEntry, size));
  }
}
const [first] = daemon;
if (first === undefined || processes === undefined) throw new Error("no size was measured");

say("floors");
const folder = mkdtempSync(join(tmpdir(), "ks-floor-"));
const largest = Math.max(...sizes);
const floors: Floors = {
  fsync: await fsyncFloor(folder),
  echo: await echoFloor(folder),
  argon2: await argonFloor(first.kdf),
  emptyNode: await emptyNodeFloor(),
  openAllMs: openAllFloor(largest),
};
rmSync(folder, { recursive: true });

const page = writePage(daemon, processes, peers, floors);
writeFileSync(join(PROJECT_ROOT, "docs/benchmarks.md"), page);
process.stdout.write(page);

function writePage(
  figures: readonly DaemonFigures[],
  programs: ProcessFigures,
  others: readonly PeerFigures[],
  floor: Floors,
): string {
  const cell = (summary: Summary, against: Summary) =>
    `${formatMs(summary.p50)} / ${formatMs(summary.p95)} (${formatRatio(summary.p50, against.p50)})`;
  const rows = (name: string, value: (figure: DaemonFigures) => string) => [name, ...figures.map(value)];
  const { memoryKiB, passes, parallelism } = first?.kdf ?? { memoryKiB: 0, passes: 0, parallelism: 0 };
  return `# Benchmarks

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus().length} processors,
${process.platform} ${process.arch}. Times are p50 / p95; in brackets the median as a multiple of its floor, measured in the same
run. Memories are synthetic turns of about 280 bytes.

## Floors

${table(
  ["floor", "p50", "p95"],
  [
    ["append 512 bytes and fdatasync", formatMs(floor.fsync.p50), formatMs(floor.fsync.p95)],
    ["echo 200 bytes over a UNIX socket", formatMs(floor.echo.p50), formatMs(floor.echo.p95)],
    [
      `Argon2id alone, m = ${memoryKiB / 1_024} MiB, t = ${passes}, p = ${parallelism}`,
      formatMs(floor.argon2.p50),
      formatMs(floor.argon2.p95),
    ],
    ["a Node process that does nothing", formatMs(floor.emptyNode.p50), formatMs(floor.emptyNode.p95)],
    [`open ${largest.toLocaleString("en")} sealed records in memory`, formatMs(floor.openAllMs), "–"],
  ],
)}

## The daemon over its socket

${table(
  ["", ...figures.map(({ size }) => `${size.toLocaleString("en")} memories`)],
  [
    rows("save one (floor: fsync)", ({ save }) => cell(save, floor.fsync)),
    rows("saves a second, 7 clients at once", ({ parallelSaves }) => parallelSaves.toFixed(0)),
    rows("search (floor: echo)", ({ search }) => cell(search, floor.echo)),
    rows("get one (floor: echo)", ({ get }) => cell(get, floor.echo)),
    rows("status (floor: echo)", ({ status }) => cell(status, floor.echo)),
    rows(
      "lock until a new sealed engine answers",
      ({ lock }) => `${formatMs(lock.p50)} / ${formatMs(lock.p95)}`,
    ),
    rows("unlock to first complete answer (floor: Argon2)", ({ unlock }) => cell(unlock, floor.argon2)),
    rows("import, fsynced", ({ size, importMs }) => `${formatMs(importMs)}, ${perSecond(size, importMs)}`),
    rows("verify everything", ({ size, verifyMs }) => `${formatMs(verifyMs)}, ${perSecond(size, verifyMs)}`),
    rows(
      "purge (re-seal everything)",
      ({ size, purgeMs }) => `${formatMs(purgeMs)}, ${perSecond(size, purgeMs)}`,
    ),
    rows("purge against opening alone", ({ size, purgeMs }) =>
      formatRatio(purgeMs, (floor.openAllMs * size) / largest),
    ),
    rows("engine's resident memory", ({ engineBytes }) => formatBytes(engineBytes)),
    rows("vault on disk", ({ diskBytes }) => formatBytes(diskBytes)),
  ],
)}

## Programs (floor: a Node process that does nothing)

${table(
  ["", "p50 / p95"],
  [
    ["`keepsake status`", cell(programs.cliStatus, floor.emptyNode)],
    ["`keepsake search`", cell(programs.cliSearch, floor.emptyNode)],
    ["`keepsake-mcp` from start to the list of tools", cell(programs.mcpHandshake, floor.emptyNode)],
  ],
)}

An answer of \`memory_search\` over MCP costs a model ${Math.round(programs.tokens.counted.p50)} tokens at the median and
${Math.round(programs.tokens.counted.p95)} at p95 as counted by gpt-tokenizer; the estimate the server keeps its budget by (characters / 4) says
${Math.round(programs.tokens.estimated.p50)} and ${Math.round(programs.tokens.estimated.p95)}. The words here are made up, which costs more tokens a character than English.

## Beside the reference memory server

\`@modelcontextprotocol/server-memory\` over stdio with the official client: the same turns stored as entities, 500 a
call, then single saves and searches. It keeps one plaintext JSON Lines file, rewrites it on every save without syncing it,
and finds substrings, so it is asked for one word where keepsake is asked whole questions.

${table(
  ["", ...others.map(({ size }) => `${size.toLocaleString("en")} memories`)],
  [
    ["import", ...others.map(({ importMs }) => formatMs(importMs))],
    ["save one", ...others.map(({ save }) => `${formatMs(save.p50)} / ${formatMs(save.p95)}`)],
    ["search", ...others.map(({ search }) => `${formatMs(search.p50)} / ${formatMs(search.p95)}`)],
    [
      "keepsake's search of the same size",
      ...others.map(({ size }) => {
        const own = figures.find((figure) => figure.size === size)?.search;
        return own === undefined ? "–" : `${formatMs(own.p50)} / ${formatMs(own.p95)}`;
      }),
    ],
    ["on disk, in plaintext", ...others.map(({ diskBytes }) => formatBytes(diskBytes))],
  ],
)}
`;
}

function perSecond(count: number, milliseconds: number): string {
  return `${Math.round((count / milliseconds) * 1_000).toLocaleString("en")} a second`;
}
