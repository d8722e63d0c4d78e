import { createDecipheriv } from "node:crypto";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { concatBytes, equalBytes, utf8 } from "../../src/base/bytes.ts";
import { NONCE_BYTES, open, seal, TAG_BYTES } from "../../src/crypto/aead.ts";
import { unhex, wycheproof } from "./support.ts";

const key = new Uint8Array(32).fill(1);
const nonce = new Uint8Array(NONCE_BYTES).fill(2);
const plaintext = utf8("what was said");
const associatedData = utf8("where it belongs");

const vectors = wycheproof(
  "aes_gcm_test.json",
  z.object({ keySize: z.int(), ivSize: z.int(), tagSize: z.int() }),
  z.object({
    tcId: z.int(),
    key: z.string(),
    iv: z.string(),
    aad: z.string(),
    msg: z.string(),
    ct: z.string(),
    tag: z.string(),
    result: z.enum(["valid", "invalid"]),
  }),
);

describe("AES-256-GCM", () => {
  test.skipIf(vectors === undefined)("agrees with all 66 Wycheproof vectors of its sizes", () => {
    const own = vectors!.filter(({ group }) => group.keySize === 256 && group.ivSize === 96);
    expect(own).toHaveLength(66);
    for (const { test: vector } of own) {
      const sealed = unhex(vector.ct + vector.tag);
      const opened = open(unhex(vector.key), unhex(vector.iv), sealed, unhex(vector.aad));
      expect(opened, `open ${vector.tcId}`).toEqual(
        vector.result === "valid" ? unhex(vector.msg) : undefined,
      );
      const resealed = seal(unhex(vector.key), unhex(vector.iv), unhex(vector.msg), unhex(vector.aad));
      expect(equalBytes(resealed, sealed), `seal ${vector.tcId}`).toBe(vector.result === "valid");
    }
  });

  test("adds 16 bytes and opens to what was sealed", () => {
    const sealed = seal(key, nonce, plaintext, associatedData);
    expect(sealed).toHaveLength(plaintext.length + TAG_BYTES);
    expect(open(key, nonce, sealed, associatedData)).toEqual(plaintext);
  });

  test("seals an empty plaintext to a tag alone", () => {
    const sealed = seal(key, nonce, new Uint8Array(0), associatedData);
    expect(sealed).toHaveLength(TAG_BYTES);
    expect(open(key, nonce, sealed, associatedData)).toEqual(new Uint8Array(0));
  });

  test.each(Array.from({ length: TAG_BYTES }, (_, length) => length))(
    "refuses a tag of %i bytes",
    (length) => {
      const sealed = seal(key, nonce, plaintext, associatedData);
      const cut = sealed.subarray(0, plaintext.length + length);
      expect(open(key, nonce, cut, associatedData)).toBeUndefined();
      expect(
        open(key, nonce, sealed.subarray(plaintext.length).subarray(0, length), associatedData),
      ).toBeUndefined();
    },
  );

  test("needs its own check of the tag's length: Node by itself is content with four bytes", () => {
    const sealed = seal(key, nonce, plaintext, associatedData);
    const decipher = createDecipheriv("aes-256-gcm", key, nonce);
    decipher.setAAD(associatedData);
    decipher.setAuthTag(sealed.subarray(plaintext.length, plaintext.length + 4));
    decipher.update(sealed.subarray(0, plaintext.length));
    expect(() => decipher.final()).not.toThrow();
  });

  test("opens with no other key, nonce, associated data or bit", () => {
    const sealed = seal(key, nonce, plaintext, associatedData);
    const flipped = (bytes: Uint8Array, at: number) =>
      bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
    expect(open(flipped(key, 0), nonce, sealed, associatedData)).toBeUndefined();
    expect(open(key, flipped(nonce, 11), sealed, associatedData)).toBeUndefined();
    expect(open(key, nonce, sealed, concatBytes(associatedData, Uint8Array.of(0)))).toBeUndefined();
    for (let at = 0; at < sealed.length; at += 1) {
      expect(open(key, nonce, flipped(sealed, at), associatedData), `byte ${at}`).toBeUndefined();
    }
  });

  test.each([0, 1, 8, 11, 13, 16])("refuses a nonce of %i bytes", (length) => {
    const sealed = seal(key, nonce, plaintext, associatedData);
    expect(open(key, new Uint8Array(length), sealed, associatedData)).toBeUndefined();
    expect(() => seal(key, new Uint8Array(length), plaintext, associatedData)).toThrow(TypeError);
  });
});
