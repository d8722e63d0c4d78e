/**
 * `npm run test:long [-- --share 0.2]`: the fault tests again with many more rounds, two files of them at a time, and a page
 * of what came of it, `docs/reliability.md`. The share scales the long numbers; the page says how many rounds were run.
 * Progress goes to standard error.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Experiment, Step } from "../test/support/rounds.ts";
import { PROGRESS_NAME, REPORT_NAME } from "../test/support/rounds.ts";
import { PROJECT_ROOT } from "../test/support/throw-away-home.ts";

/** In the order of the page. */
const SUITES = [
  "test/faults/kill.test.ts",
  "test/vault/mutations.slow.test.ts",
  "test/faults/power-cut.test.ts",
  "test/faults/system-faults.test.ts",
  "test/faults/full-disk.test.ts",
  "test/faults/daemon-kill.test.ts",
  "test/faults/many-captures.test.ts",
  "test/faults/hook-kill.test.ts",
  "test/faults/hook-troubles.test.ts",
  "test/faults/drops.test.ts",
  "test/security/erased.test.ts",
  "test/security/dumps.test.ts",
  "test/security/attacker.test.ts",
  "test/server/fuzz.slow.test.ts",
  "test/protocol/frame.test.ts",
  "test/crypto/record-seal.slow.test.ts",
];
const SUITES_AT_A_TIME = 2;
const PROGRESS_EVERY_MS = 15_000;
const TEST_TIMEOUT_MS = 7_200_000;
const MUTATION_NOTES = join(PROJECT_ROOT, "docs/mutation-score.md");

interface Ran {
  readonly isPassed: boolean;
  readonly output: string;
}

const { values } = parseArgs({ options: { share: { type: "string", default: "1" } } });
// Some of the tests run the built programs.
const built = spawnSync("npm", ["run", "--silent", "build"], { cwd: PROJECT_ROOT, stdio: "inherit" });
if (built.status !== 0) process.exit(1);
const folder = mkdtempSync(join(tmpdir(), "ks-long-"));
const folderOf = (suite: string) => join(folder, suite.replaceAll("/", "-"));
const started = performance.now();
const failed = await runAll();
const minutes = Math.max(1, Math.round((performance.now() - started) / 60_000));
const experiments = SUITES.flatMap((suite) => lines(suite, REPORT_NAME) as Experiment[]);
rmSync(folder, { recursive: true });
if (failed.length > 0) {
  for (const { output } of failed) process.stderr.write(output);
  process.exit(1);
}
const page = `# Reliability

Written by \`npm run test:long${values.share === "1" ? "" : ` -- --share ${values.share}`}\` on ${new Date().toISOString().slice(0, 10)}, Node
${process.versions.node}, ${process.platform} ${process.arch}, in ${minutes} minutes. A run that finds a loss fails and writes no page.

${experiments.map(section).join("\n")}
${readNotes()}`;
writeFileSync(join(PROJECT_ROOT, "docs/reliability.md"), page);
process.stdout.write(page);

/** @returns what failed */
async function runAll(): Promise<readonly Ran[]> {
  const waiting = [...SUITES];
  const bad: Ran[] = [];
  const lane = async () => {
    for (let suite = waiting.shift(); suite !== undefined; suite = waiting.shift()) {
      const ran = await run(suite);
      if (!ran.isPassed) bad.push(ran);
      tell(`${suite}: ${ran.isPassed ? "passed" : "FAILED"}`);
    }
  };
  const ticking = setInterval(tellProgress, PROGRESS_EVERY_MS);
  await Promise.all(Array.from({ length: SUITES_AT_A_TIME }, lane));
  clearInterval(ticking);
  return bad;
}

function run(suite: string): Promise<Ran> {
  mkdirSync(folderOf(suite));
  const child = spawn("npx", ["vitest", "run", "--testTimeout", String(TEST_TIMEOUT_MS), suite], {
    cwd: PROJECT_ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, KEEPSAKE_LONG_SHARE: values.share, KEEPSAKE_LONG_FOLDER: folderOf(suite) },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  return new Promise((resolve) => {
    child.once("close", (code) => resolve({ isPassed: code === 0, output }));
  });
}

function tellProgress(): void {
  for (const suite of SUITES) {
    const newest = new Map((lines(suite, PROGRESS_NAME) as Step[]).map((step) => [step.title, step]));
    for (const { title, done, total } of newest.values()) {
      if (done < total) tell(`${title}: ${done} of ${total}`);
    }
  }
}

function tell(text: string): void {
  const seconds = Math.round((performance.now() - started) / 1_000);
  process.stderr.write(`${String(seconds).padStart(5)} s  ${text}\n`);
}

function lines(suite: string, name: string): unknown[] {
  let text: string;
  try {
    text = readFileSync(join(folderOf(suite), name), "utf8");
  } catch {
    return [];
  }
  const whole = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  return whole.filter((line) => line !== "").map((line) => JSON.parse(line) as unknown);
}

function section({ title, done, outcome, control, table }: Experiment): string {
  const said = [`- done: ${done}`, `- outcome: ${outcome}`];
  if (control !== undefined) said.push(`- control: ${control}`);
  return `## ${title}\n\n${said.join("\n")}\n${table === undefined ? "" : `\n${tableOf(table)}\n`}`;
}

function tableOf([heads = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = heads.map((_head, column) => (column === 0 ? "---" : "---:"));
  return [heads, rule, ...rows].map(line).join("\n");
}

/** What `npm run test:mutation` gave when it was last run; kept by hand beside the command. */
function readNotes(): string {
  try {
    return readFileSync(MUTATION_NOTES, "utf8");
  } catch {
    return "";
  }
}
