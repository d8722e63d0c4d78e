/**
 * `npm run bench [-- --sizes 1000,10000] [--large]`: measures the built product as its users meet it, and its search
 * beside other engines, and writes `docs/benchmarks.md` with its plots. Every figure stands beside a floor of the same
 * run: machines differ and are noisy, ratios less so. `--large` adds a million memories.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PROJECT_ROOT } from "../test/support/throw-away-home.ts";
import { measureSearch } from "./bench-search/search-figures.ts";
import { questionsAbout } from "./bench-search/talk.ts";
import { measureSave } from "./bench-save/save-parts.ts";
import { measureDaemon } from "./bench/daemon-figures.ts";
import { growthPlots } from "./bench/growth.ts";
import { isBusy, readMachine } from "./bench/machine.ts";
import { renderPage } from "./bench/page.ts";
import { measureServerMemory, SERVER_MEMORY_MOST } from "./bench/peer-memory.ts";
import { measureProcesses } from "./bench/process-figures.ts";
import type { ProcessFigures } from "./bench/process-figures.ts";
import type { SizeFigures } from "./bench/size-figures.ts";
import { installPeer } from "./peers.mjs";

const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "1000,10000,100000" },
    large: { type: "boolean", default: false },
  },
});
const sizes = [...values.sizes.split(",").map(Number), ...(values.large ? [1_000_000] : [])];
const started = performance.now();
const say = (text: string) =>
  process.stderr.write(`${((performance.now() - started) / 1_000).toFixed(0).padStart(5)} s  ${text}\n`);

const machine = readMachine(process.argv.slice(2));
if (isBusy(machine)) say(`the machine is busy: load ${machine.load.toFixed(2)}`);
const { status } = spawnSync("npm", ["run", "--silent", "build"], { cwd: PROJECT_ROOT, stdio: "inherit" });
if (status !== 0) throw new Error("the product does not build");
const peerEntry = installPeer("@modelcontextprotocol/server-memory", "2026.8.31", "dist/index.js");

say("a save, taken apart");
const save = await measureSave();
const measured: SizeFigures[] = [];
let processes: readonly ProcessFigures[] | undefined;
for (const size of sizes) {
  const daemon = await measureDaemon(size, say, async (home) => {
    processes ??= await measureProcesses(home, questionsAbout(size, 30), say);
  });
  const search = await measureSearch(size, say);
  if (size <= SERVER_MEMORY_MOST) say(`${size}: server-memory`);
  const peer = size <= SERVER_MEMORY_MOST ? await measureServerMemory(peerEntry, size) : undefined;
  measured.push({ size, daemon, search, peer });
  // After every size, so that a run cut short leaves what it found out.
  if (processes !== undefined) writePage(processes);
}
say("done");

function writePage(programs: readonly ProcessFigures[]): void {
  const plots = growthPlots(measured);
  const minutes = (performance.now() - started) / 60_000;
  const page = renderPage({ machine, minutes, save, sizes: measured, processes: programs, plots });
  for (const { file, svg } of plots) writeFileSync(join(PROJECT_ROOT, "docs", file), svg);
  writeFileSync(join(PROJECT_ROOT, "docs/benchmarks.md"), page);
  say(`docs/benchmarks.md holds ${measured.length} of ${sizes.length} sizes`);
}
