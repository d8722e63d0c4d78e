import { describe, expect, test } from "vitest";
import * as z from "zod";
import { Secret } from "../../src/base/secret.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import { importX25519, newX25519KeyPair } from "../../src/crypto/x25519.ts";
import { unhex, wycheproof } from "./support.ts";

const vectors = wycheproof(
  "x25519_test.json",
  z.object({ curve: z.literal("curve25519") }),
  z.object({
    tcId: z.int(),
    public: z.string(),
    private: z.string(),
    shared: z.string(),
    result: z.string(),
  }),
);

describe("X25519", () => {
  test.skipIf(vectors === undefined)(
    "agrees with all 518 Wycheproof vectors, and refuses a shared secret of zeros",
    () => {
      expect(vectors).toHaveLength(518);
      const zero = "00".repeat(32);
      for (const { test: vector } of vectors!) {
        const shared = importX25519(new Secret(unhex(vector.private))).agree(unhex(vector.public));
        expect(shared?.bytes, `case ${vector.tcId}`).toEqual(
          vector.shared === zero ? undefined : unhex(vector.shared),
        );
      }
    },
  );

  test("gives both sides the same secret", () => {
    const [one, other] = [newX25519KeyPair(systemRandomness), newX25519KeyPair(systemRandomness)];
    const shared = importX25519(one.privateKey).agree(other.publicKey);
    expect(shared?.bytes).toEqual(importX25519(other.privateKey).agree(one.publicKey)?.bytes);
    expect(shared).toHaveLength(32);
  });

  test.each([0, 31, 33])("takes no public key of %i bytes", (length) => {
    expect(
      importX25519(newX25519KeyPair(systemRandomness).privateKey).agree(new Uint8Array(length)),
    ).toBeUndefined();
  });
});
