import { describe, expect, test } from "vitest";
import * as z from "zod";
import { Secret } from "../../src/base/secret.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import { newX25519KeyPair, x25519Agree } from "../../src/crypto/x25519.ts";
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
        const shared = x25519Agree(new Secret(unhex(vector.private)), unhex(vector.public));
        expect(shared?.bytes, `case ${vector.tcId}`).toEqual(
          vector.shared === zero ? undefined : unhex(vector.shared),
        );
      }
    },
  );

  test("gives both sides the same secret", () => {
    const [one, other] = [newX25519KeyPair(systemRandomness), newX25519KeyPair(systemRandomness)];
    const shared = x25519Agree(one.privateKey, other.publicKey);
    expect(shared?.bytes).toEqual(x25519Agree(other.privateKey, one.publicKey)?.bytes);
    expect(shared).toHaveLength(32);
  });

  test.each([0, 31, 33])("takes no public key of %i bytes", (length) => {
    expect(
      x25519Agree(newX25519KeyPair(systemRandomness).privateKey, new Uint8Array(length)),
    ).toBeUndefined();
  });
});
