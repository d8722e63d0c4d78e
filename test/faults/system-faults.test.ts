/** System calls on the store's files fail: nothing acknowledged is lost, writing stops at once and goes on by itself. */
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleProgram, Program } from "../support/child-program.ts";
import { report, rounds } from "../support/rounds.ts";
import { Ledger } from "./support/ledger.ts";
import { createAt } from "./support/vault-at.ts";

const hasStrace = spawnSync("strace", ["-e", "trace=fdatasync", "true"]).status === 0;
if (!hasStrace) console.warn("SKIPPED: injected system call faults need strace and the right to trace");
/** Well past the last call that fails, so that going on can be seen. */
const WRITES = 150;
let worker: string;

beforeAll(async () => {
  worker = await bundleProgram(fileURLToPath(new URL("support/vault-worker.ts", import.meta.url)), "faulty");
});
afterAll(() => rm(worker, { force: true }));

/** Names LevelDB may give to files of the first generations; strace injects only on these paths. */
function storePaths(directory: string): readonly string[] {
  const numbers = Array.from({ length: 40 }, (_, number) => String(number).padStart(6, "0"));
  const names = numbers.flatMap((number) => [`${number}.log`, `${number}.ldb`, `MANIFEST-${number}`]);
  return names.map((name) => join(directory, "store.1", name));
}

interface Faulted {
  readonly lost: number;
  readonly wrong: number;
  readonly refusals: readonly string[];
  readonly acknowledged: number;
  readonly hasGoneOn: boolean;
}

async function withFault(fault: string): Promise<Faulted> {
  const root = await mkdtemp(join(tmpdir(), "ks-fault-"));
  const directory = join(root, "vault");
  await mkdir(directory, { mode: 0o700 });
  const { door } = await createAt(directory);
  await door.close();
  const paths = storePaths(directory).flatMap((path) => ["-P", path]);
  const trace = ["strace", "-f", "-qq", "-o", "/dev/null", ...paths, "-e", `inject=${fault}`];
  const arguments_ = [directory, "0", "0", "write", String(WRITES)];
  const program = new Program([...trace, process.execPath, worker, ...arguments_], {
    UV_THREADPOOL_SIZE: "1",
  });
  const { output, errors } = await program.ended();
  expect(errors).toBe("");
  const ledger = new Ledger();
  ledger.read(output);
  const { lost, wrong } = await ledger.check(directory);
  await rm(root, { recursive: true });
  const afterRefusal = output.slice(output.lastIndexOf("\nR "));
  // A vault whose unlock met the fault stays read-only until the next unlock; one that had written goes on by itself.
  const hasGoneOn =
    ledger.acknowledged === 0 || ledger.refusals.length === 0 || afterRefusal.includes("\nW ");
  return { lost, wrong, refusals: ledger.refusals, acknowledged: ledger.acknowledged, hasGoneOn };
}

describe.skipIf(!hasStrace)("a system call that fails", () => {
  const calls = ["write", "fdatasync", "openat", "rename"];
  const errors = ["EIO", "ENOSPC", "EMFILE"];

  test("once, at any point, costs no acknowledged record and writing goes on", async () => {
    const positions = rounds({ short: 2, long: 12 });
    const total = { lost: 0, wrong: 0, stuck: 0 };
    let acknowledged = 0;
    let refused = 0;
    for (const call of calls) {
      for (const error of errors) {
        for (let position = 0; position < positions; position += 1) {
          const when = 1 + Math.floor(Math.random() * (call === "write" || call === "fdatasync" ? 60 : 6));
          const fault = await withFault(`${call}:error=${error}:when=${when}`);
          total.lost += fault.lost;
          total.wrong += fault.wrong;
          total.stuck += fault.hasGoneOn ? 0 : 1;
          acknowledged += fault.acknowledged;
          refused += fault.refusals.length;
        }
      }
    }
    expect(total).toEqual({ lost: 0, wrong: 0, stuck: 0 });
    expect(refused).toBeGreaterThan(0);
    report({
      title: "system calls that fail once (EIO, ENOSPC, EMFILE on write, fdatasync, openat, rename)",
      done: `${calls.length * errors.length * positions} faults at random calls, ${acknowledged} acknowledged changes, ${refused} refused`,
      outcome: "0 acknowledged lost, 0 wrong; writing went on by itself after each",
    });
  }, 3_600_000);

  test("stops writing at once: what waits is refused as read-only until it has recovered", async () => {
    const { refusals } = await withFault("fdatasync:error=EIO:when=12..30");
    expect(refusals.length).toBeGreaterThan(0);
    for (const code of refusals) expect(["WRITE_FAILED", "VAULT_READ_ONLY", "DISK_FULL"]).toContain(code);
  });
});
