/** The power goes at any moment: what was acknowledged is there afterwards. */
import { spawnSync } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleProgram, Program } from "../support/child-program.ts";
import { counting, report, rounds } from "../support/rounds.ts";
import { Ledger } from "./support/ledger.ts";
import { TRACED_CALLS, TracedFiles } from "./support/traced-files.ts";
import { createAt } from "./support/vault-at.ts";

const hasStrace = spawnSync("strace", ["-e", "trace=fdatasync", "true"]).status === 0;
if (!hasStrace) console.warn("SKIPPED: power cuts need strace and the right to trace");
let worker: string;

beforeAll(async () => {
  worker = await bundleProgram(fileURLToPath(new URL("support/vault-worker.ts", import.meta.url)), "power");
});
afterAll(() => rm(worker, { force: true }));

/** And more, to be shown. */
interface BadRound extends Readonly<Record<string, unknown>> {
  /** Undefined when the vault does not open. */
  readonly lost: number | undefined;
}

interface Cuts {
  readonly acknowledged: number;
  readonly cutFiles: number;
  /** What is known of rounds after which something was lost, wrong or not to be opened. */
  readonly bad: readonly BadRound[];
}

/** @returns where the vault as it was opened and the log of its calls are kept */
function keepEvidence(root: string): string {
  const kept = `${root}.evidence`;
  cpSync(root, kept, { recursive: true });
  return kept;
}

/** @param syncs - `lie`: every sync reports success and does nothing, as `sync: false` would have it */
async function cutRepeatedly(times: number, modes: string, syncs: "hold" | "lie"): Promise<Cuts> {
  const count = counting(syncs === "hold" ? "power cuts" : "power cuts with syncs that do nothing", times);
  const total = { acknowledged: 0, cutFiles: 0, bad: [] as BadRound[] };
  for (let round = 0; round < times; round += 1) {
    const root = await mkdtemp(join(tmpdir(), "ks-power-"));
    const directory = join(root, "vault");
    await mkdir(directory, { mode: 0o700 });
    const { door } = await createAt(directory);
    await door.close();
    const log = join(root, "calls");
    const inject = syncs === "lie" ? ["-e", "inject=fdatasync,fsync:retval=0"] : [];
    const trace = ["strace", "-f", "-y", "-s", "0", "-o", log, "-e", `trace=${TRACED_CALLS}`, ...inject];
    const program = new Program([...trace, process.execPath, worker, directory, "0", "0", modes]);
    await program.said("W ");
    await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 150));
    // The worker alone: strace then writes out the rest of its log and ends by itself.
    spawnSync("pkill", ["-KILL", "-P", String(program.child.pid)]);
    const { output } = await program.ended();
    const files = new TracedFiles(directory);
    files.read(readFileSync(log, "utf8"));
    const cutFiles = files.cut(round % 3 === 0 ? Math.random() : 0);
    total.cutFiles += cutFiles.length;
    // Cut to nothing it makes everybody wait as long as for a series of wrong passphrases.
    if (syncs === "lie") await rm(join(directory, "unlock.failures"), { force: true });
    const ledger = new Ledger();
    ledger.read(output);
    total.acknowledged += ledger.acknowledged;
    const verdict = await ledger.check(directory).catch((error: unknown) => ({ error }));
    if ("error" in verdict || verdict.lost + verdict.wrong > 0) {
      const kept = syncs === "hold" ? keepEvidence(root) : undefined;
      total.bad.push({
        round,
        acknowledged: ledger.acknowledged,
        lost: undefined,
        ...verdict,
        cutFiles,
        kept,
      });
    }
    await rm(root, { recursive: true });
    count();
  }
  return total;
}

describe.skipIf(!hasStrace)("a power cut", () => {
  test("during writes, purges and passphrase changes loses nothing acknowledged", async () => {
    const times = rounds({ short: 100, long: 500 });
    const { acknowledged, cutFiles, bad } = await cutRepeatedly(times, "write,purge,rekey", "hold");
    expect(bad).toEqual([]);
    expect(cutFiles).toBeGreaterThan(0);
    report({
      title: "power cut: every file cut back to what was synced",
      done: `${times} cuts, ${acknowledged} acknowledged changes, ${cutFiles} files cut`,
      outcome: "0 acknowledged lost, 0 wrong, 0 unopenable",
      control: "with syncs that do nothing the same test loses acknowledged records (own test)",
    });
  }, 3_600_000);

  test("loses something when syncs do nothing, so the test can tell", async () => {
    const { bad } = await cutRepeatedly(3, "write", "lie");
    expect(bad.filter(({ lost }) => lost !== 0)).not.toEqual([]);
  });
});
