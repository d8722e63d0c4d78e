import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, encodeParts, utf8 } from "../../src/base/bytes.ts";
import { Secret } from "../../src/base/secret.ts";
import type { KeychainRequest } from "../../src/keys/keychain-messages.ts";
import {
  decodeKeychainAnswer,
  decodeKeychainRequest,
  encodeKeychainAnswer,
  encodeKeychainRequest,
  MAX_KEYCHAIN_MESSAGE_BYTES,
} from "../../src/keys/keychain-messages.ts";

const account = fc.string({ minLength: 1, maxLength: 100 });
const secret = fc.uint8Array({ minLength: 1, maxLength: 100 });
const requests: fc.Arbitrary<{ request: KeychainRequest; plain: unknown }> = fc.oneof(
  fc.record({ operation: fc.constantFrom("get" as const, "remove" as const), account }).map((plain) => ({
    request: plain,
    plain,
  })),
  fc.record({ account, secret }).map((fields) => ({
    request: {
      operation: "set" as const,
      account: fields.account,
      secret: new Secret(fields.secret.slice()),
    },
    plain: { operation: "set", ...fields },
  })),
);

function plainOf(decoded: KeychainRequest | undefined): unknown {
  return decoded?.operation === "set" ? { ...decoded, secret: decoded.secret.bytes } : decoded;
}

describe("a request to the keychain", () => {
  test("reads back, and only once it is whole", () => {
    fc.assert(
      fc.property(requests, (sample) => {
        const encoded = encodeKeychainRequest(sample.request);
        expect(plainOf(decodeKeychainRequest(encoded))).toEqual(sample.plain);
        expect(encoded.length).toBeLessThan(MAX_KEYCHAIN_MESSAGE_BYTES);
        for (let length = 0; length < encoded.length; length += 1) {
          expect(decodeKeychainRequest(encoded.subarray(0, length))).toBeUndefined();
        }
      }),
    );
  });

  test.each([
    "",
    "{}",
    "null",
    '{"operation":"list","account":"x"}',
    '{"operation":"get","account":""}',
    '{"operation":"get","account":"x","more":1}',
  ])("is refused when it says %j", (head) => {
    expect(() => decodeKeychainRequest(encodeParts(utf8(head), new Uint8Array(0)))).toThrow(Error);
  });

  test("is refused when it is not UTF-8", () => {
    expect(() => decodeKeychainRequest(encodeParts(Uint8Array.of(0xff), new Uint8Array(0)))).toThrow(
      TypeError,
    );
  });
});

describe("an answer of the keychain", () => {
  test("reads back", () => {
    expect(decodeKeychainAnswer(encodeKeychainAnswer({ status: "done", message: "" }))).toEqual({
      status: "done",
      message: "",
    });
    expect(decodeKeychainAnswer(encodeKeychainAnswer({ status: "none", message: "" }))).toEqual({
      status: "none",
      message: "",
    });
    expect(decodeKeychainAnswer(encodeKeychainAnswer({ status: "failed", message: "locked ü" }))).toEqual({
      status: "failed",
      message: "locked ü",
    });
    fc.assert(
      fc.property(secret, (bytes) => {
        const encoded = encodeKeychainAnswer({
          status: "done",
          message: "",
          secret: new Secret(bytes.slice()),
        });
        expect(decodeKeychainAnswer(encoded).secret?.bytes).toEqual(bytes);
      }),
    );
  });

  test("keeps its secret when the bytes that arrived are wiped, be they a Buffer", () => {
    const encoded = encodeKeychainAnswer({ status: "done", message: "", secret: new Secret(utf8("secret")) });
    for (const arrived of [encoded.slice(), Buffer.from(encoded)]) {
      const { secret: kept } = decodeKeychainAnswer(arrived);
      arrived.fill(0);
      expect(kept?.bytes).toEqual(utf8("secret"));
    }
    const request = Buffer.from(
      encodeKeychainRequest({ operation: "set", account: "x", secret: new Secret(utf8("secret")) }),
    );
    const decoded = decodeKeychainRequest(request);
    request.fill(0);
    expect(plainOf(decoded)).toEqual({ operation: "set", account: "x", secret: utf8("secret") });
  });

  test.each([[[]], [[3]], [[255, 1, 2]], [[2]]])("that is %j has failed", (bytes) => {
    expect(decodeKeychainAnswer(Uint8Array.from(bytes))).toMatchObject({ status: "failed" });
    expect(
      decodeKeychainAnswer(concatBytes(Uint8Array.from(bytes), Uint8Array.of(0xff))).secret,
    ).toBeUndefined();
  });
});
