/**
 * `npm run test:mutation`: Stryker, with whatever arguments follow.
 *
 * `npm run test:mutation -- --map [ROW…] [--concurrency 2]`: takes away the control of every file of
 * `test/security/mutations`, or of those whose names begin with one of the rows, in a copy of the project, and runs the
 * tests it names: they must pass before and fail then. Exits 1 unless all of them do. A run of all writes what came of it
 * into `docs/mutation-score.md`.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Mutation } from "../test/security/support/mutation-files.ts";
import { readMutations } from "../test/security/support/mutation-files.ts";
import { PROJECT_ROOT } from "../test/support/throw-away-home.ts";
import { renderTable, renderScoreInto } from "./mutations/report.ts";
import { WorkingCopy } from "./mutations/working-copy.ts";
import { findFailing, tryMutation } from "./mutations/try-mutation.ts";
import type { Tried } from "./mutations/try-mutation.ts";

const SCORE_PAGE = join(PROJECT_ROOT, "docs/mutation-score.md");

const given = process.argv.slice(2);
process.exitCode = given.includes("--map") ? await testMap(given) : testWithStryker(given);

function testWithStryker(args: readonly string[]): number {
  const stryker = join(PROJECT_ROOT, "node_modules/@stryker-mutator/core/bin/stryker.js");
  const { status } = spawnSync(process.execPath, [stryker, "run", "stryker.config.json", ...args], {
    cwd: PROJECT_ROOT,
    stdio: "inherit",
  });
  return status ?? 1;
}

async function testMap(args: readonly string[]): Promise<number> {
  const { values, positionals: rows } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { map: { type: "boolean" }, concurrency: { type: "string", default: "2" } },
  });
  const lanes = Number(values.concurrency);
  if (!Number.isSafeInteger(lanes) || lanes < 1) throw new Error("--concurrency takes a whole number");
  const mutations = chooseMutations(rows);
  const { failing, tried } = await inCopies(lanes, mutations);
  process.stdout.write(renderTable(tried, failing));
  if (rows.length === 0) {
    writeFileSync(SCORE_PAGE, renderScoreInto(readFileSync(SCORE_PAGE, "utf8"), tried, new Date()));
  }
  return failing.length === 0 && tried.every(({ isCaught }) => isCaught) ? 0 : 1;
}

/** `F1` is not `F10`: a row ends where its file's name goes on with a hyphen. */
function chooseMutations(rows: readonly string[]): readonly Mutation[] {
  const all = readMutations(PROJECT_ROOT);
  for (const row of rows) {
    if (!all.some((mutation) => belongsTo(mutation, row))) throw new Error(`there is no mutation for ${row}`);
  }
  return rows.length === 0 ? all : all.filter((mutation) => rows.some((row) => belongsTo(mutation, row)));
}

function belongsTo({ name }: Mutation, row: string): boolean {
  return name === row || name.startsWith(`${row}-`);
}

/** `tried` in the order of the mutations; `failing`: what fails without any. */
async function inCopies(lanes: number, mutations: readonly Mutation[]) {
  const copies = Array.from(
    { length: Math.min(lanes, mutations.length) },
    () => new WorkingCopy(PROJECT_ROOT),
  );
  process.once("exit", () => {
    for (const copy of copies) copy.remove();
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
  const failing = await findFailing(copies, mutations);
  const tried = new Map<Mutation, Tried>();
  const waiting = [...mutations];
  const lane = async (copy: WorkingCopy) => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      tried.set(next, await tryMutation(copy, next));
      process.stderr.write(`${tried.size} of ${mutations.length}: ${next.name}\n`);
    }
  };
  await Promise.all(copies.map(lane));
  return { failing, tried: mutations.flatMap((mutation) => tried.get(mutation) ?? []) };
}
