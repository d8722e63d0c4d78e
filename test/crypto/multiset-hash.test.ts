import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex, utf8 } from "../../src/base/bytes.ts";
import { hmacSha256 } from "../../src/crypto/hmac.ts";
import { MultisetHash } from "../../src/crypto/multiset-hash.ts";

const key = new Uint8Array(32).fill(9);
const elements = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 30 });

function hashOf(list: readonly Uint8Array[], hashKey: Uint8Array = key): string {
  const hash = new MultisetHash(hashKey);
  for (const element of list) hash.add(element);
  return toHex(hash.digest());
}

function sumModulo(list: readonly Uint8Array[]): string {
  const sum = list.reduce((total, element) => total + BigInt(`0x${toHex(hmacSha256(key, element))}`), 0n);
  return (sum % 2n ** 256n).toString(16).padStart(64, "0");
}

describe("the hash of a multiset", () => {
  test("is the sum of the HMACs modulo 2^256", () => {
    fc.assert(
      fc.property(elements, (list) => {
        expect(hashOf(list)).toBe(sumModulo(list));
      }),
    );
  });

  test("knows no order", () => {
    fc.assert(
      fc.property(elements, fc.array(fc.nat(), { minLength: 30, maxLength: 30 }), (list, order) => {
        const shuffled = list
          .map((element, index) => ({ element, rank: order[index]! }))
          .toSorted((a, b) => a.rank - b.rank)
          .map(({ element }) => element);
        expect(hashOf(shuffled)).toBe(hashOf(list));
      }),
    );
  });

  test("forgets what is removed, in any order", () => {
    fc.assert(
      fc.property(elements, elements, (kept, removed) => {
        const hash = new MultisetHash(key);
        for (const element of [...removed, ...kept]) hash.add(element);
        for (const element of removed.toReversed()) hash.remove(element);
        expect(toHex(hash.digest())).toBe(hashOf(kept));
      }),
    );
  });

  test("counts an element as often as it is there", () => {
    const once = [utf8("a")];
    expect(hashOf([...once, ...once])).not.toBe(hashOf(once));
    expect(hashOf([])).toBe("0".repeat(64));
  });

  test("carries and borrows over all its limbs", () => {
    const element = utf8("x");
    const value = BigInt(`0x${toHex(hmacSha256(key, element))}`);
    const from = (number: bigint) =>
      Uint8Array.from(Buffer.from(number.toString(16).padStart(64, "0"), "hex"));
    const full = new MultisetHash(key, from(2n ** 256n - value));
    full.add(element);
    expect(toHex(full.digest())).toBe("0".repeat(64));
    full.remove(element);
    expect(toHex(full.digest())).toBe((2n ** 256n - value).toString(16).padStart(64, "0"));
  });

  test("does not carry out of a limb that is just full", () => {
    const element = utf8("x");
    const value = BigInt(`0x${toHex(hmacSha256(key, element))}`);
    const rest = (2n ** 256n - 1n - value).toString(16).padStart(64, "0");
    const hash = new MultisetHash(key, Uint8Array.from(Buffer.from(rest, "hex")));
    hash.add(element);
    expect(toHex(hash.digest())).toBe("f".repeat(64));
  });

  test("goes on from a digest, and a copy goes its own way", () => {
    const hash = new MultisetHash(key);
    hash.add(utf8("a"));
    const copy = hash.clone();
    copy.add(utf8("b"));
    expect(toHex(hash.digest())).toBe(hashOf([utf8("a")]));
    expect(toHex(copy.digest())).toBe(hashOf([utf8("b"), utf8("a")]));
  });

  test("depends on the key, and takes only 32 bytes to go on from", () => {
    expect(hashOf([utf8("a")], new Uint8Array(32).fill(1))).not.toBe(hashOf([utf8("a")]));
    expect(() => new MultisetHash(key, new Uint8Array(31))).toThrow(TypeError);
  });
});
