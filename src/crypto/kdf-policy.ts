/**
 * What a new passphrase slot should cost on this machine: three passes, up to four lanes, and memory doubled from 64 MiB
 * until a derivation takes about a second. RFC 9106 section 4 gives the order: fix the lanes, then as much memory as can be
 * afforded, then the passes.
 */
import type { Clock } from "../base/clock.ts";
import { Secret } from "../base/secret.ts";
import { KDF_BOUNDS } from "./argon2.ts";
import type { KdfParameters, PassphraseKdf } from "./argon2.ts";

/** What calibration may choose from. */
export interface KdfPolicy {
  readonly passes: number;
  readonly parallelism: number;
  /** Memory is doubled from here… */
  readonly minMemoryKiB: number;
  /** …to here at most. */
  readonly maxMemoryKiB: number;
  /** How long a derivation should take, in milliseconds. */
  readonly targetMs: number;
}

export interface Calibration {
  readonly parameters: KdfParameters;
  /** What one derivation with them took here. */
  readonly milliseconds: number;
}

/** A derivation is slow enough from this share of the target on: doubling it would land further above than it is below. */
const ENOUGH = Math.SQRT1_2;
const MAX_MEMORY_KIB = 1 << 20;

/**
 * Today's policy for a machine.
 *
 * @param cores - processors keepsake may use
 * @param memoryBytes - memory of the machine
 */
export function kdfPolicyFor(cores: number, memoryBytes: number): KdfPolicy {
  const quarter = Math.floor(memoryBytes / 4 / 1024);
  const least = KDF_BOUNDS.memoryKiB.least;
  return {
    passes: 3,
    parallelism: Math.max(1, Math.min(4, cores)),
    minMemoryKiB: least,
    maxMemoryKiB: Math.max(least, Math.min(MAX_MEMORY_KIB, quarter)),
    targetMs: 1_000,
  };
}

/**
 * Finds the parameters of a new slot by running derivations of a throw-away passphrase.
 *
 * @param progress - told after each derivation how many of at most how many are done
 */
export async function calibrateKdf(
  kdf: PassphraseKdf,
  policy: KdfPolicy,
  clock: Clock,
  progress: (done: number, total: number) => void = () => {},
): Promise<Calibration> {
  const { passes, parallelism } = policy;
  const total = 1 + Math.floor(Math.log2(policy.maxMemoryKiB / policy.minMemoryKiB));
  const sample = new Secret(new Uint8Array(16));
  const salt = new Uint8Array(KDF_BOUNDS.saltBytes.least);
  for (let memoryKiB = policy.minMemoryKiB, done = 1; ; memoryKiB *= 2, done += 1) {
    const parameters = { memoryKiB, passes, parallelism };
    const started = clock.monotonic();
    (await kdf.derive(sample, salt, parameters)).wipe();
    const milliseconds = clock.monotonic() - started;
    if (done === total || milliseconds >= policy.targetMs * ENOUGH) {
      progress(total, total);
      return { parameters, milliseconds };
    }
    progress(done, total);
  }
}

/**
 * Stronger parameters for a slot that today's policy finds too cheap, judged by what its derivation just took.
 *
 * @param milliseconds - what deriving with `current` took here
 * @returns undefined when the slot is up to the policy; never anything weaker in any parameter
 */
export function strongerParameters(
  current: KdfParameters,
  milliseconds: number,
  policy: KdfPolicy,
): KdfParameters | undefined {
  const passes = Math.max(current.passes, policy.passes);
  let memoryKiB = Math.max(current.memoryKiB, policy.minMemoryKiB);
  const perKiB = milliseconds / (current.memoryKiB * current.passes);
  while (memoryKiB * 2 <= policy.maxMemoryKiB && perKiB * memoryKiB * passes < policy.targetMs * ENOUGH) {
    memoryKiB *= 2;
  }
  const isStronger = passes > current.passes || memoryKiB > current.memoryKiB;
  return isStronger ? { memoryKiB, passes, parallelism: current.parallelism } : undefined;
}
