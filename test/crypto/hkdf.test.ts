import { hkdfSync } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { toHex, utf8 } from "../../src/base/bytes.ts";
import { Secret } from "../../src/base/secret.ts";
import type { KeyPurpose } from "../../src/crypto/hkdf.ts";
import { deriveKey, hkdfExpand, hkdfExtract, KEY_BYTES } from "../../src/crypto/hkdf.ts";
import { unhex, wycheproof } from "./support.ts";

const vectors = wycheproof(
  "hkdf_sha256_test.json",
  z.object({ keySize: z.int() }),
  z.object({
    tcId: z.int(),
    ikm: z.string(),
    salt: z.string(),
    info: z.string(),
    size: z.int(),
    okm: z.string(),
    result: z.enum(["valid", "invalid"]),
  }),
);

describe("HKDF-SHA256", () => {
  test.skipIf(vectors === undefined)("agrees with all 86 Wycheproof vectors", () => {
    expect(vectors).toHaveLength(86);
    for (const { test: vector } of vectors!.filter((each) => each.test.result === "valid")) {
      const prk = hkdfExtract(unhex(vector.salt), unhex(vector.ikm));
      const output = hkdfExpand(prk, unhex(vector.info), vector.size);
      expect(output, `case ${vector.tcId}`).toEqual(unhex(vector.okm));
    }
    for (const { test: vector } of vectors!.filter((each) => each.test.result === "invalid")) {
      const prk = hkdfExtract(unhex(vector.salt), unhex(vector.ikm));
      expect(() => hkdfExpand(prk, unhex(vector.info), vector.size), `case ${vector.tcId}`).toThrow(
        RangeError,
      );
    }
  });

  test("agrees with Node's own, for any input and over several blocks", () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(bytes, bytes, bytes, fc.integer({ min: 1, max: 300 }), (salt, key, info, length) => {
        const expected = new Uint8Array(hkdfSync("sha256", key, salt, info, length));
        expect(hkdfExpand(hkdfExtract(salt, key), info, length)).toEqual(expected);
      }),
    );
  });

  test("gives 8,160 bytes and not one more", () => {
    const prk = new Uint8Array(32);
    expect(hkdfExpand(prk, utf8("x"), 8_160)).toHaveLength(8_160);
    expect(() => hkdfExpand(prk, utf8("x"), 8_161)).toThrow(RangeError);
  });
});

describe("a derived key", () => {
  const key = () => new Secret(new Uint8Array(KEY_BYTES).fill(7));

  test("differs for every key, purpose and context", () => {
    const purposes: readonly KeyPurpose[] = ["keyring-mac", "anchor-mac", "record-seal"];
    const contexts = [new Uint8Array(0), utf8("a"), utf8("b"), utf8("ab")];
    const keys = [key(), new Secret(new Uint8Array(KEY_BYTES).fill(8))];
    const derived = keys.flatMap((each) =>
      purposes.flatMap((purpose) =>
        contexts.map((context) => toHex(deriveKey(each, purpose, context).bytes)),
      ),
    );
    expect(new Set(derived).size).toBe(2 * 3 * 4);
  });

  test("is the same each time, has 32 bytes, and leaves the key alone", () => {
    const from = key();
    const first = deriveKey(from, "head-hash");
    expect(first.bytes).toEqual(deriveKey(from, "head-hash", new Uint8Array(0)).bytes);
    expect(first).toHaveLength(KEY_BYTES);
    expect(from.bytes).toEqual(key().bytes);
  });
});
