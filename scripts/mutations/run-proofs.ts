/** Runs named tests of a copy of the project and says of each whether it passed. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";

/** Titles by file. */
export type Proofs = Readonly<Record<string, readonly string[]>>;

/** `absent`: there is no such test, it was skipped, or its file does not load. */
export type Outcome = "passed" | "failed" | "absent";

export interface ProofOutcome {
  readonly file: string;
  readonly title: string;
  readonly outcome: Outcome;
}

/** Their tests start the built programs. */
const NEEDS_BUILD = /^test\/(?:e2e|faults|security)\//;
const TAKES_LONG = /^test\/(?:e2e|faults|security)\/|\.slow\.test\.ts$/;
/** For what a mutation makes wait for ever, where no test takes long. */
const TEST_TIMEOUT_MS = 60_000;
const RUN_TIMEOUT_MS = 900_000;

const report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      assertionResults: z.array(z.object({ title: z.string(), status: z.string() })),
    }),
  ),
});
export type Report = z.infer<typeof report>;

/** Builds the programs when one of the files needs them. @throws when they do not build */
export async function buildFor(folder: string, files: readonly string[]): Promise<void> {
  if (!files.some((file) => NEEDS_BUILD.test(file))) return;
  const { code, output } = await run(folder, [join(folder, "scripts/build.mjs")]);
  if (code !== 0) throw new Error(`does not build\n${output}`);
}

/** @throws when vitest gives no report */
export async function runProofs(folder: string, proofs: Proofs): Promise<readonly ProofOutcome[]> {
  const files = Object.keys(proofs);
  const titles = Object.values(proofs).flat();
  const reports = mkdtempSync(join(tmpdir(), "ks-proofs-"));
  try {
    const file = join(reports, "report.json");
    const { output } = await run(folder, [
      join(folder, "node_modules/vitest/vitest.mjs"),
      "run",
      "--reporter=json",
      `--outputFile=${file}`,
      "--maxWorkers=1",
      ...(files.some((name) => TAKES_LONG.test(name)) ? [] : [`--testTimeout=${TEST_TIMEOUT_MS}`]),
      `--testNamePattern=${titles.map((title) => `(?:^| )${titlePattern(title)}$`).join("|")}`,
      ...files,
    ]);
    return readOutcomes(proofs, parseReport(file, output), folder);
  } finally {
    rmSync(reports, { recursive: true });
  }
}

/**
 * A title as it stands in the source, as a pattern of the titles it has when it runs: `%s` and `$name` stand for anything,
 * and properties have their seed behind it.
 */
export function titlePattern(title: string): string {
  const literal = title.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
  const filled = literal.replaceAll(/%[sdifjoOc]|\\\$[A-Za-z_][\w.]*/g, String.raw`[\s\S]*`);
  return String.raw`${filled}(?: \(with seed=-?\d+\))?`;
}

/** One failure among the cases of a title is a failure of it. */
export function readOutcomes(
  proofs: Proofs,
  { testResults }: Report,
  folder: string,
): readonly ProofOutcome[] {
  return Object.entries(proofs).flatMap(([file, titles]) => {
    const tests = testResults
      .filter(({ name }) => name === join(folder, file))
      .flatMap(({ assertionResults }) => assertionResults);
    return titles.map((title): ProofOutcome => {
      const pattern = new RegExp(`^${titlePattern(title)}$`, "u");
      const ran = tests
        .filter((test) => pattern.test(test.title))
        .map(({ status }) => status)
        .filter((status) => status === "passed" || status === "failed");
      const outcome = ran.includes("failed") ? "failed" : ran.length > 0 ? "passed" : "absent";
      return { file, title, outcome };
    });
  });
}

function parseReport(path: string, output: string): Report {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new Error(`gives no report\n${output}`);
  }
  return report.parse(JSON.parse(text));
}

function run(folder: string, args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: RUN_TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  return new Promise((resolve) => {
    child.once("close", (code) => resolve({ code, output }));
  });
}
