/** A process that is killed in the middle of anything loses nothing that it acknowledged. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleProgram, Program } from "../support/child-program.ts";
import { report, rounds } from "../support/rounds.ts";
import { Ledger } from "./support/ledger.ts";
import { createAt } from "./support/vault-at.ts";

/** A new vault now and then: an old one grows and makes each round slower. */
const ROUNDS_PER_VAULT = 25;
let worker: string;

beforeAll(async () => {
  worker = await bundleProgram(fileURLToPath(new URL("support/vault-worker.ts", import.meta.url)), "worker");
});
afterAll(() => rm(worker, { force: true }));

interface Killed {
  readonly acknowledged: number;
  readonly purges: number;
  readonly lost: number;
  readonly wrong: number;
  readonly damaged: number;
  readonly severalGenerations: number;
}

async function killRepeatedly(kills: number, modes: string): Promise<Killed> {
  const total = { acknowledged: 0, purges: 0, lost: 0, wrong: 0, damaged: 0, severalGenerations: 0 };
  for (let done = 0; done < kills;) {
    const root = await mkdtemp(join(tmpdir(), "ks-kill-"));
    const directory = join(root, "vault");
    await mkdir(directory, { mode: 0o700 });
    const { door } = await createAt(directory);
    await door.close();
    const ledger = new Ledger();
    let passphrase = 0;
    for (let round = 0; round < ROUNDS_PER_VAULT && done < kills; round += 1, done += 1) {
      const program = new Program([
        process.execPath,
        worker,
        directory,
        `${passphrase}`,
        `${done * 10_000}`,
        modes,
      ]);
      await program.said("W ");
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 120));
      program.child.kill("SIGKILL");
      const { output, errors } = await program.ended();
      expect(errors).toBe("");
      ledger.read(output);
      const verdict = await ledger.check(directory);
      ({ passphrase } = verdict);
      total.lost += verdict.lost;
      total.wrong += verdict.wrong;
      total.damaged += verdict.isDamaged ? 1 : 0;
      total.severalGenerations += verdict.generations === 1 ? 0 : 1;
    }
    total.acknowledged += ledger.acknowledged;
    total.purges += ledger.purges;
    await rm(root, { recursive: true });
  }
  return total;
}

test("kill -9 during writes, purges and passphrase changes loses nothing acknowledged", async () => {
  const kills = rounds({ short: 100, long: 1_000 });
  const { acknowledged, purges, ...bad } = await killRepeatedly(kills, "write,purge,rekey");
  expect(bad).toEqual({ lost: 0, wrong: 0, damaged: 0, severalGenerations: 0 });
  expect(acknowledged).toBeGreaterThan(kills);
  expect(purges).toBeGreaterThan(0);
  report({
    title: "kill -9 in writes, purges, rotations and passphrase changes",
    done: `${kills} kills, ${acknowledged} acknowledged changes, ${purges} purges`,
    outcome: "0 acknowledged lost, 0 wrong, 0 unopenable, exactly one generation after each start",
    control: "a worker that acknowledges before the write is durable loses some (own test)",
  });
});

test("the same test finds losses when a worker acknowledges too early", async () => {
  const { lost } = await killRepeatedly(30, "write,lie");
  expect(lost).toBeGreaterThan(0);
});
