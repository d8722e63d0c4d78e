import { describe, expect, test } from "vitest";
import * as z from "zod";
import { toHex, utf8 } from "../../src/base/bytes.ts";
import { equalInConstantTime, hmacSha256, sha256 } from "../../src/crypto/hmac.ts";
import { unhex, wycheproof } from "./support.ts";

const vectors = wycheproof(
  "hmac_sha256_test.json",
  z.object({ tagSize: z.int() }),
  z.object({
    tcId: z.int(),
    key: z.string(),
    msg: z.string(),
    tag: z.string(),
    result: z.enum(["valid", "invalid"]),
  }),
);

describe("HMAC-SHA256", () => {
  test.skipIf(vectors === undefined)("agrees with all 174 Wycheproof vectors", () => {
    expect(vectors).toHaveLength(174);
    for (const { group, test: vector } of vectors!) {
      const tag = hmacSha256(unhex(vector.key), unhex(vector.msg)).subarray(0, group.tagSize / 8);
      const isEqual = equalInConstantTime(tag, unhex(vector.tag));
      expect(isEqual, `case ${vector.tcId}`).toBe(vector.result === "valid");
    }
  });
});

test("SHA-256 has the digest of the standard's example", () => {
  expect(toHex(sha256(utf8("abc")))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("comparison knows equal, different and differently long byte strings", () => {
  const bytes = utf8("secret");
  expect(equalInConstantTime(bytes, utf8("secret"))).toBe(true);
  expect(equalInConstantTime(bytes, utf8("secreT"))).toBe(false);
  expect(equalInConstantTime(bytes, utf8("secrets"))).toBe(false);
});
