/** What is derived on the way to a key is gone afterwards. The real functions run; their outputs are watched. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { Secret } from "../../src/base/secret.ts";
import type * as hkdfModule from "../../src/crypto/hkdf.ts";
import { deriveKey } from "../../src/crypto/hkdf.ts";
import type * as hmacModule from "../../src/crypto/hmac.ts";
import { hpkeOpen, hpkeSeal } from "../../src/crypto/hpke.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import { importX25519, newX25519KeyPair } from "../../src/crypto/x25519.ts";

const { hmacs, expanded } = vi.hoisted(() => {
  const seen: { hmacs: Uint8Array[]; expanded: Uint8Array[] } = { hmacs: [], expanded: [] };
  return seen;
});

vi.mock("../../src/crypto/hmac.ts", async (original) => {
  const real = await original<typeof hmacModule>();
  return {
    ...real,
    hmacSha256: (key: Uint8Array, message: Uint8Array) => {
      const output = real.hmacSha256(key, message);
      hmacs.push(output);
      return output;
    },
  };
});

vi.mock("../../src/crypto/hkdf.ts", async (original) => {
  const real = await original<typeof hkdfModule>();
  return {
    ...real,
    hkdfExpand: (key: Uint8Array, info: Uint8Array, length: number) => {
      const output = real.hkdfExpand(key, info, length);
      expanded.push(output);
      return output;
    },
  };
});

const isZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);

beforeEach(() => {
  hmacs.length = 0;
  expanded.length = 0;
});

describe("what is wiped", () => {
  test("all that comes before a derived key", () => {
    const derived = deriveKey(new Secret(new Uint8Array(32).fill(7)), "record-seal");
    expect(hmacs).toHaveLength(2);
    expect(hmacs.every(isZero)).toBe(true);
    expect(isZero(derived.bytes)).toBe(false);
  });

  test("every secret of a message to the inbox, sealed or opened", () => {
    const pair = newX25519KeyPair(systemRandomness);
    const [info, data] = [utf8("info"), utf8("data")];
    const sealed = hpkeSeal(pair.publicKey, info, utf8("text"), data, systemRandomness);
    hpkeOpen(importX25519(pair.privateKey), info, sealed, data);
    const ofOneContext = 3;
    expect(expanded).toHaveLength(2 * ofOneContext);
    const secrets = expanded.filter(({ length }) => length === 32);
    expect(secrets).toHaveLength(4);
    expect(secrets.every(isZero)).toBe(true);
    const left = hmacs.filter((output) => !isZero(output));
    const publicHashes = 2;
    expect(left).toHaveLength(2 * publicHashes);
  });

  test("the encoded private key", () => {
    const given: Buffer[] = [];
    const real = Buffer.from.bind(Buffer);
    const spy = vi.spyOn(Buffer, "from").mockImplementation(((first: ArrayBuffer, ...rest: []) => {
      const buffer = real(first, ...rest);
      given.push(buffer);
      return buffer;
    }) as typeof Buffer.from);
    newX25519KeyPair(systemRandomness);
    spy.mockRestore();
    const encoded = given.filter(({ length }) => length === 48);
    expect(encoded).toHaveLength(1);
    expect(encoded.every(isZero)).toBe(true);
  });
});
