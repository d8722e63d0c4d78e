import { argon2id as referenceArgon2id } from "hash-wasm";
import { describe, expect, test, vi } from "vitest";
import { toHex, utf8 } from "../../src/base/bytes.ts";
import { Secret } from "../../src/base/secret.ts";
import type { KdfParameters } from "../../src/crypto/argon2.ts";
import { argon2id, checkKdfBounds, KDF_BOUNDS, rawArgon2id } from "../../src/crypto/argon2.ts";
import { RFC_9106_ARGON2ID } from "../vectors/published.ts";
import { seededRandomness } from "../vectors/seeded-randomness.ts";
import { rejectedCode, thrownCode, unhex } from "./support.ts";

const least: KdfParameters = { memoryKiB: 64 << 10, passes: 3, parallelism: 1 };
const salt = new Uint8Array(16).fill(1);

describe("Argon2id", () => {
  test("gives the tag of RFC 9106", async () => {
    const { password, secret, associatedData, tag, ...parameters } = RFC_9106_ARGON2ID;
    const output = await rawArgon2id(unhex(password), unhex(RFC_9106_ARGON2ID.salt), parameters, {
      secret: unhex(secret),
      associatedData: unhex(associatedData),
    });
    expect(toHex(output)).toBe(tag);
  });

  test("agrees with a second implementation in 200 cases", async () => {
    const random = seededRandomness("argon2 differential");
    const pick = (from: number, to: number) =>
      from + (new DataView(random.bytes(4).buffer).getUint32(0) % (to - from + 1));
    for (let round = 0; round < 200; round += 1) {
      const parallelism = pick(1, 4);
      const parameters = { memoryKiB: pick(8 * parallelism, 96), passes: pick(1, 4), parallelism };
      const [password, ownSalt, length] = [
        random.bytes(pick(1, 100)),
        random.bytes(pick(8, 64)),
        pick(4, 80),
      ];
      const expected = await referenceArgon2id({
        password,
        salt: ownSalt,
        iterations: parameters.passes,
        parallelism,
        memorySize: parameters.memoryKiB,
        hashLength: length,
        outputType: "hex",
      });
      const output = await rawArgon2id(password, ownSalt, parameters, { length });
      expect(toHex(output), `case ${round}`).toBe(expected);
    }
  });

  test("derives 32 bytes that depend on passphrase, salt and each parameter, and leaves the passphrase alone", async () => {
    const passphrase = new Secret(utf8("correct horse"));
    const derived = [
      await argon2id.derive(passphrase, salt, least),
      await argon2id.derive(new Secret(utf8("correct horsf")), salt, least),
      await argon2id.derive(passphrase, new Uint8Array(16).fill(2), least),
      await argon2id.derive(passphrase, salt, { ...least, memoryKiB: least.memoryKiB + 8 }),
      await argon2id.derive(passphrase, salt, { ...least, passes: 4 }),
      await argon2id.derive(passphrase, salt, { ...least, parallelism: 2 }),
    ];
    expect(derived.every(({ length }) => length === 32)).toBe(true);
    expect(new Set(derived.map(({ bytes }) => toHex(bytes))).size).toBe(derived.length);
    expect(passphrase.bytes).toEqual(utf8("correct horse"));
  });

  test("wipes its own copy of the passphrase, and hands over nothing around it", async () => {
    const given: ArrayBuffer[] = [];
    const from = Buffer.from.bind(Buffer);
    const spy = vi.spyOn(Buffer, "from").mockImplementation(((first: ArrayBuffer, ...rest: []) => {
      if (first instanceof ArrayBuffer && rest.length === 0) given.push(first);
      return from(first, ...rest);
    }) as typeof Buffer.from);
    const inPool = Buffer.from("before a passphrase after");
    const password = inPool.subarray(7, 19);
    const parameters = { memoryKiB: 8, passes: 1, parallelism: 1 };
    const output = await rawArgon2id(password, salt, parameters);
    spy.mockRestore();
    expect(given.map((buffer) => new Uint8Array(buffer))).toEqual([new Uint8Array(12)]);
    expect(inPool.toString()).toBe("before a passphrase after");
    expect(output).toEqual(await rawArgon2id(utf8("a passphrase"), salt, parameters));
  });
});

describe("the bounds of a slot's parameters", () => {
  const bounded = Object.entries(KDF_BOUNDS) as [keyof typeof KDF_BOUNDS, { least: number; most: number }][];
  const check = (name: string, value: number) => () => {
    const { saltBytes, ...parameters } = { ...least, saltBytes: 32, [name]: value };
    checkKdfBounds(parameters, saltBytes);
  };

  test.each(bounded)("let %s be its least and its most, and nothing beyond", (name, { least: low, most }) => {
    expect(thrownCode(check(name, low))).toBeUndefined();
    expect(thrownCode(check(name, most))).toBeUndefined();
    for (const value of [
      low - 1,
      most + 1,
      0,
      -1,
      low + 0.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2 ** 40,
    ]) {
      expect(thrownCode(check(name, value)), `${name} = ${value}`).toBe("KDF_OUT_OF_BOUNDS");
    }
  });

  test("are named by the refusal", () => {
    expect(check("passes", 2)).toThrow(/: passes must be 3 to 16$/);
    expect(check("passes", 2)).toThrow(
      expect.objectContaining({ facts: { parameter: "passes", least: 3, most: 16 } }),
    );
  });

  test("are 64 MiB to 2 GiB, 3 to 16 passes, 1 to 8 lanes, 16 to 64 bytes of salt", () => {
    expect(KDF_BOUNDS).toEqual({
      memoryKiB: { least: 65_536, most: 2_097_152 },
      passes: { least: 3, most: 16 },
      parallelism: { least: 1, most: 8 },
      saltBytes: { least: 16, most: 64 },
    });
  });

  test("are checked in no time and before any memory is taken", async () => {
    const passphrase = new Secret(utf8("a passphrase"));
    const before = process.memoryUsage.rss();
    for (const hostile of [
      { ...least, memoryKiB: 2 ** 31 },
      { ...least, memoryKiB: 8 },
      { ...least, passes: 2 ** 31 },
      { ...least, passes: 1 },
      { ...least, parallelism: 255 },
    ]) {
      const started = process.cpuUsage();
      expect(await rejectedCode(argon2id.derive(passphrase, salt, hostile))).toBe("KDF_OUT_OF_BOUNDS");
      expect(process.cpuUsage(started).user / 1_000).toBeLessThan(30);
    }
    expect(process.memoryUsage.rss() - before).toBeLessThan(32 << 20);
  });
});
