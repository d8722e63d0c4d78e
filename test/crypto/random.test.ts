import { expect, test } from "vitest";
import { toHex } from "../../src/base/bytes.ts";
import { systemRandomness } from "../../src/crypto/random.ts";

test("the system's randomness gives as many bytes as asked for, different each time", () => {
  expect(systemRandomness.bytes(0)).toHaveLength(0);
  const drawn = new Set(Array.from({ length: 1_000 }, () => toHex(systemRandomness.bytes(16))));
  expect(drawn.size).toBe(1_000);
});
