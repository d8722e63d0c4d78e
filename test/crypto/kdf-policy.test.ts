import { describe, expect, test } from "vitest";
import type { Clock } from "../../src/base/clock.ts";
import { Secret } from "../../src/base/secret.ts";
import type { KdfParameters, PassphraseKdf } from "../../src/crypto/argon2.ts";
import { checkKdfBounds } from "../../src/crypto/argon2.ts";
import type { KdfPolicy } from "../../src/crypto/kdf-policy.ts";
import { calibrateKdf, kdfPolicyFor, strongerParameters } from "../../src/crypto/kdf-policy.ts";

const MIB = 1 << 10;
const policy: KdfPolicy = {
  passes: 3,
  parallelism: 2,
  minMemoryKiB: 64 * MIB,
  maxMemoryKiB: 1024 * MIB,
  targetMs: 1_000,
};

/** A machine on which a derivation takes `msPer64MiB` for each 64 MiB. */
function machine(msPer64MiB: number): {
  clock: Clock;
  kdf: PassphraseKdf;
  asked: KdfParameters[];
  given: Secret[];
} {
  let now = 0;
  const asked: KdfParameters[] = [];
  const given: Secret[] = [];
  const kdf: PassphraseKdf = {
    derive: async (_, salt, parameters) => {
      checkKdfBounds(parameters, salt.length);
      asked.push(parameters);
      now += (msPer64MiB * parameters.memoryKiB) / (64 * MIB);
      const key = new Secret(new Uint8Array(32));
      given.push(key);
      return key;
    },
  };
  return { clock: { now: () => now, monotonic: () => now }, kdf, asked, given };
}

describe("today's policy", () => {
  test.each([
    [1, 8, 1, 1_024],
    [2, 4, 2, 1_024],
    [4, 2, 4, 512],
    [64, 24, 4, 1_024],
    [4, 0.125, 4, 64],
  ])("on %i cores and %f GiB: %i lanes, at most %i MiB", (cores, gib, lanes, mib) => {
    const found = kdfPolicyFor(cores, gib * 2 ** 30);
    expect(found).toEqual({
      passes: 3,
      parallelism: lanes,
      minMemoryKiB: 64 * MIB,
      maxMemoryKiB: mib * MIB,
      targetMs: 1_000,
    });
  });

  test("never has no lane", () => {
    expect(kdfPolicyFor(0, 2 ** 30).parallelism).toBe(1);
  });

  test("is not lowered by the environment", () => {
    process.env["KEEPSAKE_KDF_MEMORY"] = "8";
    try {
      expect(kdfPolicyFor(4, 2 ** 34).minMemoryKiB).toBe(64 * MIB);
    } finally {
      delete process.env["KEEPSAKE_KDF_MEMORY"];
    }
  });
});

describe("calibration", () => {
  test.each([
    [2_000, 64],
    [708, 64],
    [707, 128],
    [354, 128],
    [200, 256],
    [88, 1_024],
    [89, 512],
    [1, 1_024],
  ])("where 64 MiB take %i ms settles on %i MiB", async (ms, mib) => {
    const { clock, kdf } = machine(ms);
    expect(await calibrateKdf(kdf, policy, clock)).toEqual({
      parameters: { memoryKiB: mib * MIB, passes: 3, parallelism: 2 },
      milliseconds: (ms * mib) / 64,
    });
  });

  test("takes what just reaches the share of the target that is enough", async () => {
    const enough = policy.targetMs * Math.SQRT1_2;
    const { clock, kdf } = machine(enough);
    expect((await calibrateKdf(kdf, policy, clock)).parameters.memoryKiB).toBe(64 * MIB);
    const current = { memoryKiB: 1, passes: 1, parallelism: 1 };
    const unbounded = { ...policy, minMemoryKiB: 1, passes: 1 };
    expect(strongerParameters(current, enough, unbounded)).toBeUndefined();
  });

  test("doubles from 64 MiB, tells how far it is, and wipes what it derived", async () => {
    const { clock, kdf, asked, given } = machine(200);
    const told: [number, number][] = [];
    const { parameters, milliseconds } = await calibrateKdf(kdf, policy, clock, (done, total) => {
      told.push([done, total]);
    });
    expect(asked.map(({ memoryKiB }) => memoryKiB / MIB)).toEqual([64, 128, 256]);
    expect(parameters.memoryKiB).toBe(256 * MIB);
    expect(milliseconds).toBe(800);
    expect(told).toEqual([
      [1, 5],
      [2, 5],
      [5, 5],
    ]);
    expect(given.every(({ isWiped }) => isWiped)).toBe(true);
  });

  test("stops at the most memory, also when that is no power of two", async () => {
    const { clock, kdf, asked } = machine(1);
    await calibrateKdf(kdf, { ...policy, maxMemoryKiB: 300 * MIB }, clock);
    expect(asked.map(({ memoryKiB }) => memoryKiB / MIB)).toEqual([64, 128, 256]);
  });
});

describe("a slot's parameters", () => {
  const current: KdfParameters = { memoryKiB: 64 * MIB, passes: 3, parallelism: 4 };

  test("stay when a derivation takes about as long as it should", () => {
    expect(strongerParameters(current, 1_000, policy)).toBeUndefined();
    expect(strongerParameters(current, 708, policy)).toBeUndefined();
    expect(strongerParameters(current, 60_000, policy)).toBeUndefined();
  });

  test("get more memory on a faster machine, and keep their lanes", () => {
    expect(strongerParameters(current, 700, policy)).toEqual({ ...current, memoryKiB: 128 * MIB });
    expect(strongerParameters(current, 90, policy)).toEqual({ ...current, memoryKiB: 512 * MIB });
    expect(strongerParameters(current, 1, policy)).toEqual({ ...current, memoryKiB: 1_024 * MIB });
  });

  test("get the passes and the least memory of the policy, however slow that is", () => {
    const raised = { ...policy, passes: 4, minMemoryKiB: 128 * MIB };
    expect(strongerParameters(current, 5_000, raised)).toEqual({
      ...current,
      passes: 4,
      memoryKiB: 128 * MIB,
    });
  });

  test("never get weaker", () => {
    const strong = { memoryKiB: 2_048 * MIB, passes: 16, parallelism: 8 };
    expect(strongerParameters(strong, 10, policy)).toBeUndefined();
  });
});
