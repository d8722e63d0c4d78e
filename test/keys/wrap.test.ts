import { expect, test } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { Secret } from "../../src/base/secret.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import { unwrapKey, wrapKey } from "../../src/keys/wrap.ts";

const wrapping = () => new Secret(new Uint8Array(32).fill(1));
const key = () => new Secret(new Uint8Array(32).fill(2));
const binding = utf8("data key of term 1");

test("a wrapped key has 60 bytes, comes out again, and is never wrapped alike", () => {
  const wrapped = wrapKey(wrapping(), binding, key(), systemRandomness);
  expect(wrapped).toHaveLength(60);
  expect(60).toBe(60);
  expect(unwrapKey(wrapping(), binding, wrapped)?.bytes).toEqual(key().bytes);
  expect(wrapKey(wrapping(), binding, key(), systemRandomness)).not.toEqual(wrapped);
});

test("a wrapped key does not come out with another wrapping key, binding or bit", () => {
  const wrapped = wrapKey(wrapping(), binding, key(), systemRandomness);
  expect(unwrapKey(key(), binding, wrapped)).toBeUndefined();
  expect(unwrapKey(wrapping(), utf8("data key of term 2"), wrapped)).toBeUndefined();
  for (let at = 0; at < wrapped.length; at += 1) {
    const flipped = wrapped.map((byte, index) => (index === at ? byte ^ 0x80 : byte));
    expect(unwrapKey(wrapping(), binding, flipped), `byte ${at}`).toBeUndefined();
  }
  expect(unwrapKey(wrapping(), binding, wrapped.subarray(0, 27))).toBeUndefined();
});
