import { CipherSuite, Aes256Gcm, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import { expect, test } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { hpkeOpen, hpkeSeal } from "../../src/crypto/hpke.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import { newX25519KeyPair } from "../../src/crypto/x25519.ts";

const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});
test("another implementation opens what this one seals", async () => {
  const pair = newX25519KeyPair(systemRandomness);
  const sealed = hpkeSeal(pair.publicKey, utf8("info"), utf8("plain"), utf8("aad"), systemRandomness);
  expect(hpkeOpen(pair.privateKey, utf8("info"), sealed, utf8("aad"))).toEqual(utf8("plain"));
  const sk = await suite.kem.deserializePrivateKey(pair.privateKey.bytes.slice().buffer);
  const ctx = await suite.createRecipientContext({
    recipientKey: sk,
    enc: sealed.slice(0, 32).buffer,
    info: utf8("info").slice().buffer,
  });
  expect(new Uint8Array(await ctx.open(sealed.slice(32).buffer, utf8("aad").slice().buffer))).toEqual(
    utf8("plain"),
  );
});
