/** System calls on the vault's files fail: nothing acknowledged is lost, writing stops at once and goes on by itself. */
import { spawnSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleProgram } from "../support/child-program.ts";
import { counting, report, rounds } from "../support/rounds.ts";
import { withFault, withShortWrites } from "./support/fault-lab.ts";
import type { Faulted } from "./support/fault-lab.ts";

const hasStrace = spawnSync("strace", ["-e", "trace=fdatasync", "true"]).status === 0;
if (!hasStrace) console.warn("SKIPPED: injected system call faults need strace and the right to trace");
const ERRORS = ["EIO", "ENOSPC", "EMFILE"];
/** How often a worker makes a call at least, and with it the last one that is worth failing. */
const CALLS = { write: 40, fdatasync: 40, openat: 8, rename: 6, fsync: 6 };
let worker: string;

beforeAll(async () => {
  worker = await bundleProgram(fileURLToPath(new URL("support/vault-worker.ts", import.meta.url)), "faulty");
});
afterAll(() => rm(worker, { force: true }));

class Tally {
  readonly bad = { lost: 0, wrong: 0, stuck: 0 };
  faults = 0;
  struck = 0;
  acknowledged = 0;
  refused = 0;

  add({ lost, wrong, struck, acknowledged, refusals, hasGoneOn }: Faulted): void {
    this.bad.lost += lost;
    this.bad.wrong += wrong;
    // A vault whose unlock met the fault stays read-only until the next unlock; one that had written goes on by itself.
    this.bad.stuck += acknowledged === 0 || hasGoneOn ? 0 : 1;
    this.faults += 1;
    this.struck += struck > 0 ? 1 : 0;
    this.acknowledged += acknowledged;
    this.refused += refusals.length;
  }

  get done(): string {
    return `${this.faults} faults, of which ${this.struck} struck; ${this.acknowledged} acknowledged changes, ${this.refused} refused`;
  }
}

/** Every place of every call, or as many as there is time for, spread over all of them. */
function places(calls: Readonly<Record<string, number>>, most: number): readonly string[] {
  const all = Object.entries(calls).flatMap(([call, last]) =>
    Array.from({ length: last }, (_, at) => at + 1).flatMap((when) =>
      ERRORS.map((error) => `${call}:error=${error}:when=${when}`),
    ),
  );
  if (all.length <= most) return all;
  const stride = all.length / most;
  const offset = Math.random() * stride;
  return Array.from({ length: most }, (_, at) => all[Math.floor(offset + at * stride)]!);
}

describe.skipIf(!hasStrace)("a system call that fails", () => {
  test("once, at any point, costs no acknowledged record and writing goes on", async () => {
    const { write, fdatasync, openat } = CALLS;
    const faults = places({ write, fdatasync, openat }, rounds({ short: 20, long: 264 }));
    const count = counting("system calls that fail", faults.length);
    const tally = new Tally();
    for (const fault of faults) {
      tally.add(await withFault(worker, fault));
      count();
    }
    expect(tally.bad).toEqual({ lost: 0, wrong: 0, stuck: 0 });
    expect(tally.struck).toBeGreaterThan(faults.length / 2);
    expect(tally.refused).toBeGreaterThan(0);
    report({
      title:
        "system calls that fail once during writes (EIO, ENOSPC, EMFILE at the Nth write, fdatasync, openat)",
      done: tally.done,
      outcome: "0 acknowledged lost, 0 wrong; writing went on by itself after each",
      control: "a store that takes failed writes for successful ones loses acknowledged records (own test)",
    });
  }, 3_600_000);

  test("once while the vault moves to another generation or its keyring changes costs no acknowledged record", async () => {
    const { openat, rename, fsync, write } = CALLS;
    const faults = places({ rename, fsync, openat, write }, rounds({ short: 12, long: 60 }));
    const count = counting("system calls that fail in a purge or a change of the keyring", faults.length);
    const tally = new Tally();
    for (const [index, fault] of faults.entries()) {
      tally.add(await withFault(worker, fault, index % 2 === 0 ? "write,purge" : "write,rekey"));
      count();
    }
    // Where it is not known which keyring counts, writing waits for the next unlock.
    expect({ ...tally.bad, stuck: 0 }).toEqual({ lost: 0, wrong: 0, stuck: 0 });
    expect(tally.struck).toBeGreaterThan(faults.length / 2);
    report({
      title:
        "system calls that fail once during purges and changes of the passphrase (Nth rename, fsync, openat, write)",
      done: tally.done,
      outcome: "0 acknowledged lost, 0 wrong, 0 unopenable",
    });
  }, 3_600_000);

  test("for good makes the vault read-only within one operation: nothing more is acknowledged", async () => {
    for (const [call, error] of [
      ["fdatasync", "EIO"],
      ["write", "ENOSPC"],
    ]) {
      const { lost, wrong, refusals, output } = await withFault(worker, `${call}:error=${error}:when=14+`);
      expect({ lost, wrong }).toEqual({ lost: 0, wrong: 0 });
      const [before = "", ...after] = output.split("\nR ");
      expect(before).toContain("\nW ");
      expect(after.length).toBeGreaterThan(50);
      expect(after.join("\nR ")).not.toContain("\nW ");
      for (const code of refusals) expect(["WRITE_FAILED", "VAULT_READ_ONLY", "DISK_FULL"]).toContain(code);
    }
  });

  test("is felt by a vault whose store swallows it: acknowledged records are lost", async () => {
    const { struck, lost } = await withFault(worker, "write:error=EIO:when=20+", "write,deaf");
    expect(struck).toBeGreaterThan(0);
    expect(lost).toBeGreaterThan(0);
  });
});

describe.skipIf(!hasStrace)("a write that the system takes only in part", () => {
  test("costs no acknowledged record, and writing goes on once the rest is taken again", async () => {
    const times = rounds({ short: 5, long: 40 });
    const count = counting("short writes", times);
    const tally = new Tally();
    for (let round = 0; round < times; round += 1) {
      tally.add(await withShortWrites(worker, 6_000 + Math.floor(Math.random() * 40_000)));
      count();
    }
    expect(tally.bad).toEqual({ lost: 0, wrong: 0, stuck: 0 });
    expect(tally.struck).toBe(times);
    report({
      title: "writes that the system takes only in part (a limit on the size of files)",
      done: tally.done,
      outcome: "0 acknowledged lost, 0 wrong; writing went on by itself after each",
    });
  }, 3_600_000);
});
