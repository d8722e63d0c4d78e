/**
 * `npm run test:long [-- --share 0.2]`: the fault tests again with many more rounds, and a page of what came of it,
 * `docs/reliability.md`. The share scales the long numbers; the page says how many rounds were run.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Experiment } from "../test/support/rounds.ts";
import { PROJECT_ROOT } from "../test/support/throw-away-home.ts";

const SUITES = ["test/faults", "test/vault/mutations"];
const MUTATION_NOTES = join(PROJECT_ROOT, "docs/mutation-score.md");

const { values } = parseArgs({ options: { share: { type: "string", default: "1" } } });
const folder = mkdtempSync(join(tmpdir(), "ks-long-"));
const reportFile = join(folder, "report");
writeFileSync(reportFile, "");

const started = performance.now();
const { status } = spawnSync("npx", ["vitest", "run", "--testTimeout", "7200000", ...SUITES], {
  cwd: PROJECT_ROOT,
  stdio: "inherit",
  env: { ...process.env, KEEPSAKE_LONG_SHARE: values.share, KEEPSAKE_LONG_REPORT: reportFile },
});
const minutes = Math.round((performance.now() - started) / 60_000);
const experiments = readFileSync(reportFile, "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Experiment);
rmSync(folder, { recursive: true });
if (status !== 0) process.exit(status ?? 1);

const sections = experiments.map(
  ({ title, done, outcome, control }) =>
    `## ${title}\n\n- done: ${done}\n- outcome: ${outcome}\n${control === undefined ? "" : `- control: ${control}\n`}`,
);
const page = `# Reliability

Written by \`npm run test:long -- --share ${values.share}\` on ${new Date().toISOString().slice(0, 10)}, Node
${process.versions.node}, ${process.platform} ${process.arch}, in ${minutes} minutes. A run that finds a loss fails and writes no page.

${sections.join("\n")}
${readNotes()}`;
writeFileSync(join(PROJECT_ROOT, "docs/reliability.md"), page);
process.stdout.write(page);

/** What \`npm run test:mutation\` gave when it was last run; kept by hand beside the command. */
function readNotes(): string {
  try {
    return readFileSync(MUTATION_NOTES, "utf8");
  } catch {
    return "";
  }
}
