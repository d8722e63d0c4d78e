import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, toHex, utf8 } from "../../src/base/bytes.ts";
import { Secret } from "../../src/base/secret.ts";
import { hkdfExpand, hkdfExtract } from "../../src/crypto/hkdf.ts";
import { hpkeOpen, hpkeSeal } from "../../src/crypto/hpke.ts";
import { HPKE_OVERHEAD_BYTES } from "../../src/crypto/hpke-sizes.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import { importX25519, newX25519KeyPair } from "../../src/crypto/x25519.ts";
import { RFC_9180_KEY_PAIRS, RFC_9180_X25519_SHA256_AES256GCM as vector } from "../vectors/published.ts";
import { thrownCode, unhex } from "./support.ts";

const info = utf8("keepsake/inbox/v1");
const associatedData = utf8("entry 1");
const text = utf8("what was said");

/** DeriveKeyPair of RFC 9180 section 7.1.3; keepsake draws its private keys at random instead. */
function derivePrivateKey(seed: string): Secret {
  const suite = concatBytes(utf8("HPKE-v1"), utf8("KEM"), Uint8Array.of(0, 0x20));
  const prk = hkdfExtract(new Uint8Array(0), concatBytes(suite, utf8("dkp_prk"), unhex(seed)));
  return new Secret(hkdfExpand(prk, concatBytes(Uint8Array.of(0, 32), suite, utf8("sk")), 32));
}

describe("HPKE, published vectors", () => {
  test.each([...RFC_9180_KEY_PAIRS, { seed: vector.ikmR, privateKey: vector.skRm, publicKey: vector.pkRm }])(
    "derive key pair $publicKey",
    ({ seed, privateKey, publicKey }) => {
      expect(toHex(derivePrivateKey(seed).bytes)).toBe(privateKey);
      expect(toHex(importX25519(new Secret(unhex(privateKey))).publicKey)).toBe(publicKey);
    },
  );

  test("seal to the same encapsulated key and ciphertext", () => {
    const ephemeral = derivePrivateKey(vector.ikmE);
    const sealed = hpkeSeal(
      unhex(vector.pkRm),
      unhex(vector.info),
      unhex(vector.plaintext),
      unhex(vector.associatedData),
      { bytes: () => ephemeral.bytes.slice() },
    );
    expect(toHex(sealed)).toBe(vector.enc + vector.ciphertext);
  });

  test("open to the same plaintext", () => {
    const opened = hpkeOpen(
      importX25519(new Secret(unhex(vector.skRm))),
      unhex(vector.info),
      unhex(vector.enc + vector.ciphertext),
      unhex(vector.associatedData),
    );
    expect(opened).toEqual(unhex(vector.plaintext));
  });
});

describe("HPKE against a second implementation", () => {
  const suite = new CipherSuite({
    kem: new DhkemX25519HkdfSha256(),
    kdf: new HkdfSha256(),
    aead: new Aes256Gcm(),
  });
  const buffer = (bytes: Uint8Array) => new Uint8Array(bytes).buffer;
  const bytes = fc.uint8Array({ maxLength: 300 });

  test("is opened by it", async () => {
    await fc.assert(
      fc.asyncProperty(bytes, bytes, bytes, async (about, plaintext, data) => {
        const pair = newX25519KeyPair(systemRandomness);
        const sealed = hpkeSeal(pair.publicKey, about, plaintext, data, systemRandomness);
        const recipient = await suite.createRecipientContext({
          recipientKey: await suite.kem.deserializePrivateKey(buffer(pair.privateKey.bytes)),
          enc: buffer(sealed.subarray(0, 32)),
          info: buffer(about),
        });
        const opened = await recipient.open(buffer(sealed.subarray(32)), buffer(data));
        expect(new Uint8Array(opened)).toEqual(plaintext);
      }),
      { numRuns: 50 },
    );
  });

  test("opens what it seals", async () => {
    await fc.assert(
      fc.asyncProperty(bytes, bytes, bytes, async (about, plaintext, data) => {
        const pair = newX25519KeyPair(systemRandomness);
        const sender = await suite.createSenderContext({
          recipientPublicKey: await suite.kem.deserializePublicKey(buffer(pair.publicKey)),
          info: buffer(about),
        });
        const body = await sender.seal(buffer(plaintext), buffer(data));
        const sealed = concatBytes(new Uint8Array(sender.enc), new Uint8Array(body));
        expect(hpkeOpen(importX25519(pair.privateKey), about, sealed, data)).toEqual(plaintext);
      }),
      { numRuns: 50 },
    );
  });
});

describe("HPKE", () => {
  const pair = newX25519KeyPair(systemRandomness);
  const seal = () => hpkeSeal(pair.publicKey, info, text, associatedData, systemRandomness);

  test("adds 48 bytes and never seals alike", () => {
    expect(HPKE_OVERHEAD_BYTES).toBe(48);
    expect(seal()).toHaveLength(text.length + 48);
    expect(seal()).not.toEqual(seal());
  });

  test("opens with no other key, purpose, associated data or bit", () => {
    const sealed = seal();
    const other = newX25519KeyPair(systemRandomness);
    expect(hpkeOpen(importX25519(pair.privateKey), info, sealed, associatedData)).toEqual(text);
    expect(hpkeOpen(importX25519(other.privateKey), info, sealed, associatedData)).toBeUndefined();
    expect(hpkeOpen(importX25519(pair.privateKey), utf8("else"), sealed, associatedData)).toBeUndefined();
    expect(hpkeOpen(importX25519(pair.privateKey), info, sealed, utf8("entry 2"))).toBeUndefined();
    for (let at = 0; at < sealed.length; at += 1) {
      const flipped = sealed.map((byte, index) => (index === at ? byte ^ 1 : byte));
      expect(
        hpkeOpen(importX25519(pair.privateKey), info, flipped, associatedData),
        `byte ${at}`,
      ).toBeUndefined();
    }
  });

  test("opens nothing that is cut", () => {
    const sealed = seal();
    for (let length = 0; length < sealed.length; length += 1) {
      expect(
        hpkeOpen(importX25519(pair.privateKey), info, sealed.subarray(0, length), associatedData),
      ).toBeUndefined();
    }
  });

  test("seals to no point of low order and to nothing that is no key", () => {
    const one = new Uint8Array(32);
    one[0] = 1;
    for (const publicKey of [
      new Uint8Array(32),
      one,
      new Uint8Array(31),
      new Uint8Array(33),
      new Uint8Array(0),
    ]) {
      const attempt = () => hpkeSeal(publicKey, info, text, associatedData, systemRandomness);
      expect(thrownCode(attempt)).toBe("KEYRING_TAMPERED");
    }
    const toLowOrder = concatBytes(new Uint8Array(32), new Uint8Array(48));
    expect(hpkeOpen(importX25519(pair.privateKey), info, toLowOrder, associatedData)).toBeUndefined();
  });

  test("wipes the ephemeral private key", () => {
    const drawn: Uint8Array[] = [];
    hpkeSeal(pair.publicKey, info, text, associatedData, {
      bytes: (length) => {
        const bytes = systemRandomness.bytes(length);
        drawn.push(bytes);
        return bytes;
      },
    });
    expect(drawn).toEqual([new Uint8Array(32)]);
  });
});
