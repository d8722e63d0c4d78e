/** A worker one or more of whose system calls fail, and what is there afterwards. */
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "../../support/child-program.ts";
import { Ledger } from "./ledger.ts";
import { createAt } from "./vault-at.ts";

/** Well past the last call that fails, so that going on can be seen. */
const WRITES = 150;

export interface Faulted {
  readonly lost: number;
  readonly wrong: number;
  readonly refusals: readonly string[];
  readonly acknowledged: number;
  /** How many calls failed. */
  readonly struck: number;
  /** Whether something was acknowledged after the last refusal, if there was one. */
  readonly hasGoneOn: boolean;
  readonly output: string;
}

/** @param fault - as strace takes it, such as `fdatasync:error=EIO:when=3`; @param kinds - of changes, as the worker knows them */
export async function withFault(worker: string, fault: string, kinds = "write"): Promise<Faulted> {
  return inNewVault(async (directory, root) => {
    const log = join(root, "calls");
    const paths = vaultPaths(directory).flatMap((path) => ["-P", path]);
    const trace = ["strace", "-f", "-qq", "-o", log, ...paths, "-e", `inject=${fault}`];
    const program = new Program([...trace, process.execPath, worker, ...argumentsOf(directory, kinds)], {
      // One thread: calls come one after the other, so that the Nth is the same in every run.
      UV_THREADPOOL_SIZE: "1",
    });
    const ended = await program.ended();
    const struck = readFileSync(log, "utf8").split("(INJECTED)").length - 1;
    return { ...ended, struck };
  });
}

/**
 * A limit on the size of a file, met in the middle of a write: the kernel writes as much as fits, says so, and refuses the
 * rest. The limit goes once a change was refused.
 *
 * @param bytes - a log or a table may have
 */
export async function withShortWrites(worker: string, bytes: number): Promise<Faulted> {
  return inNewVault(async (directory, root) => {
    const log = join(root, "calls");
    const trace = ["strace", "-f", "-qq", "-y", "-s", "0", "-o", log, "-e", "trace=write,pwrite64"];
    const program = new Program(
      [...trace, process.execPath, worker, ...argumentsOf(directory, "write,wait")],
      { UV_THREADPOOL_SIZE: "1" },
    );
    await program.said("ready ");
    const pid = /^ready (\d+)$/m.exec(program.output)?.[1] ?? "";
    const limit = async (soft: string) => {
      await new Program(["prlimit", "--pid", pid, `--fsize=${soft}:`]).ended();
    };
    await limit(String(bytes));
    program.child.stdin?.end();
    await program.said("\nR ");
    await limit("unlimited");
    const ended = await program.ended();
    return { ...ended, struck: countShort(readFileSync(log, "utf8")) };
  });
}

/** Writes into the vault's store of which only the first part was taken. */
function countShort(log: string): number {
  const writes = log.matchAll(
    /write(?:64)?\(\d+<[^>]*\/store\.\d+\/[^>]*>, .*, (\d+)(?:, \d+)?\)\s*= (\d+)$/gm,
  );
  return [...writes].filter(([, asked, taken]) => Number(taken) < Number(asked)).length;
}

function argumentsOf(directory: string, kinds: string): readonly string[] {
  return [directory, "0", "0", kinds, String(WRITES)];
}

/** Files of the vault that are written: strace makes calls fail only on these paths. */
function vaultPaths(directory: string): readonly string[] {
  const numbers = Array.from({ length: 30 }, (_, number) => String(number).padStart(6, "0"));
  const names = numbers.flatMap((number) => [
    `${number}.log`,
    `${number}.ldb`,
    `${number}.dbtmp`,
    `MANIFEST-${number}`,
  ]);
  const inStores = ["store.1", "store.2"].flatMap((store) =>
    [...names, "CURRENT"].map((name) => join(directory, store, name)),
  );
  const around = ["keyring.a", "keyring.b", "anchor", "inbox.tally"].map((name) => join(directory, name));
  return [...inStores, ...around];
}

async function inNewVault(
  run: (
    directory: string,
    root: string,
  ) => Promise<{ readonly output: string; readonly errors: string; readonly struck: number }>,
): Promise<Faulted> {
  const root = await mkdtemp(join(tmpdir(), "ks-fault-"));
  try {
    const directory = join(root, "vault");
    await mkdir(directory, { mode: 0o700 });
    const { door } = await createAt(directory);
    await door.close();
    const { output, errors, struck } = await run(directory, root);
    if (errors !== "") throw new Error(`the worker failed: ${errors}`);
    const ledger = new Ledger();
    ledger.read(output);
    const { lost, wrong } = await ledger.check(directory);
    const { refusals, acknowledged } = ledger;
    const hasGoneOn = refusals.length === 0 || output.slice(output.lastIndexOf("\nR ")).includes("\nW ");
    return { lost, wrong, refusals, acknowledged, struck, hasGoneOn, output };
  } finally {
    await rm(root, { recursive: true });
  }
}
