/** Workers killed at a random moment of a change, and what is there afterwards. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codeOf } from "../../../src/base/errors.ts";
import { newRecordId } from "../../../src/base/record-id.ts";
import { Program } from "../../support/child-program.ts";
import { Ledger } from "./ledger.ts";
import { createAt, plaintextOf } from "./vault-at.ts";

/** A new vault now and then: an old one grows and makes each round slower. */
const ROUNDS_PER_VAULT = 25;
/** What a vault holds before the first worker: re-sealing it takes some time. */
const FIRST_MEMORIES = 300;
/** How far the numbers of a worker's memories reach, and how many of them its writers may use. */
const NUMBERS_PER_ROUND = 200_000;
const WRITES_PER_ROUND = 100_000;
const SHORTEST_WAIT_MS = 60;

export interface Killed {
  readonly kills: number;
  /** Kills at which the change had begun and not ended. */
  readonly inside: number;
  readonly acknowledged: number;
  readonly bad: {
    readonly lost: number;
    readonly wrong: number;
    readonly damaged: number;
    readonly unopenable: number;
    readonly severalGenerations: number;
    /** Changes that the vault refused: a kill in them would be a kill in nothing. */
    readonly refused: number;
  };
}

/**
 * @param kind - of change to kill in, as the worker knows it
 * @param count - called after each kill
 */
export async function killIn(
  worker: string,
  kind: string,
  kills: number,
  count: () => void = () => undefined,
): Promise<Killed> {
  const bad = { lost: 0, wrong: 0, damaged: 0, unopenable: 0, severalGenerations: 0, refused: 0 };
  let inside = 0;
  let acknowledged = 0;
  for (let done = 0; done < kills;) {
    const root = await mkdtemp(join(tmpdir(), "ks-kill-"));
    const directory = join(root, "vault");
    const ledger = await newVault(directory);
    for (let round = 0; round < ROUNDS_PER_VAULT && done < kills; round += 1) {
      done += 1;
      ledger.read(await killOnce([worker, directory, `${ledger.passphrase}`], kind, round + 1));
      if (ledger.running.includes(kind) || (kind === "write" && ledger.openWrites > 0)) inside += 1;
      try {
        const verdict = await ledger.check(directory);
        bad.lost += verdict.lost;
        bad.wrong += verdict.wrong;
        bad.damaged += verdict.isDamaged ? 1 : 0;
        bad.severalGenerations += verdict.generations === 1 ? 0 : 1;
      } catch (error) {
        console.error(`after a kill in ${kind}: ${codeOf(error)}`, error);
        bad.unopenable += 1;
        break;
      } finally {
        count();
      }
    }
    acknowledged += ledger.acknowledged;
    bad.refused += ledger.refusals.length;
    await rm(root, { recursive: true });
  }
  return { kills, inside, acknowledged, bad };
}

async function newVault(directory: string): Promise<Ledger> {
  await mkdir(directory, { mode: 0o700 });
  const { door, vault } = await createAt(directory);
  const numbers = Array.from({ length: FIRST_MEMORIES }, (_, number) => number);
  await vault.write(
    numbers.map((number) => ({
      type: "put",
      keyspace: "memory",
      id: newRecordId(),
      plaintext: plaintextOf(number),
    })),
  );
  await door.close();
  const ledger = new Ledger();
  ledger.read(numbers.map((number) => `w ${number}\nW ${number}\n`).join(""));
  ledger.acknowledged = 0;
  return ledger;
}

/** Lets the worker end one change, so that it is known how long one takes, and kills it somewhere in the next one. */
async function killOnce(program: readonly string[], kind: string, round: number): Promise<string> {
  const numbers = [`${round * NUMBERS_PER_ROUND}`, kind, `${WRITES_PER_ROUND}`];
  const worker = new Program([process.execPath, ...program, ...numbers]);
  const isWriter = kind === "write" || kind.includes("lie");
  await worker.said(isWriter ? "W " : "E ");
  const took = Number(/^E \S+ (\d+)$/m.exec(worker.output)?.[1] ?? 0);
  await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.max(took, SHORTEST_WAIT_MS)));
  worker.child.kill("SIGKILL");
  const { output, errors } = await worker.ended();
  if (errors !== "") throw new Error(`the worker failed: ${errors}`);
  return output;
}
