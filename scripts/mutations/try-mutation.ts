/** One control taken away, and what its proofs say to that. */
import type { Mutation } from "../../test/security/support/mutation-files.ts";
import { buildFor, runProofs } from "./run-proofs.ts";
import type { ProofOutcome, Proofs } from "./run-proofs.ts";
import type { WorkingCopy } from "./working-copy.ts";

export interface Tried {
  readonly mutation: Mutation;
  /** Every proof passed without the mutation and failed with it. */
  readonly isCaught: boolean;
  /** Why it is not caught. */
  readonly reasons: readonly string[];
  readonly seconds: number;
}

/** Enough of them to be worth a start of vitest. */
const FILES_AT_ONCE = 10;

export async function tryMutation(copy: WorkingCopy, mutation: Mutation): Promise<Tried> {
  const started = performance.now();
  const { folder } = copy;
  const reasons = await copy
    .whileMutated(mutation, async () => {
      await buildFor(folder, Object.keys(mutation.proofs));
      return (await runProofs(folder, mutation.proofs)).flatMap((proof) => complaint(proof, "failed"));
    })
    .catch((error: unknown) => [String(error)]);
  const seconds = (performance.now() - started) / 1_000;
  return { mutation, isCaught: reasons.length === 0, reasons, seconds };
}

/** The complaints of the proofs that do not pass although nothing is changed; the proofs are shared out among the copies. */
export async function findFailing(
  copies: readonly WorkingCopy[],
  mutations: readonly Mutation[],
): Promise<readonly string[]> {
  const waiting = Object.entries(proofsOf(mutations));
  const failing: string[] = [];
  const lane = async ({ folder }: WorkingCopy) => {
    await buildFor(
      folder,
      waiting.map(([file]) => file),
    );
    while (waiting.length > 0) {
      const proofs = Object.fromEntries(waiting.splice(0, FILES_AT_ONCE));
      failing.push(...(await runProofs(folder, proofs)).flatMap((proof) => complaint(proof, "passed")));
    }
  };
  await Promise.all(copies.map(lane));
  return failing;
}

function complaint({ file, title, outcome }: ProofOutcome, expected: "passed" | "failed"): readonly string[] {
  if (outcome === expected) return [];
  const did = { passed: "passes", failed: "fails", absent: "does not run" }[outcome];
  return [`${file} ${did} ${expected === "passed" ? "without" : "with"} it: "${title}"`];
}

/** All proofs of all mutations, each once. */
function proofsOf(mutations: readonly Mutation[]): Proofs {
  const titles = new Map<string, Set<string>>();
  for (const { proofs } of mutations) {
    for (const [file, named] of Object.entries(proofs)) {
      titles.set(file, new Set([...(titles.get(file) ?? []), ...named]));
    }
  }
  return Object.fromEntries([...titles].map(([file, named]) => [file, [...named]]));
}
