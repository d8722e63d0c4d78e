import { createHmac } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { toBase64, toHex } from "../../src/base/bytes.ts";
import { Secret } from "../../src/base/secret.ts";
import type { Transcript } from "../../src/protocol/hello-proofs.ts";
import { bytes32, chooseVersion, helloParams, helloResult } from "../../src/protocol/handshake.ts";
import {
  isClientProof,
  isDaemonProof,
  newNonce,
  proveClient,
  proveDaemon,
} from "../../src/protocol/hello-proofs.ts";

const token = () => new Secret(new Uint8Array(32).fill(7));
const nonceOf = (byte: number) => toBase64(new Uint8Array(32).fill(byte));
const TRANSCRIPT: Transcript = {
  versions: [2, 1],
  version: 1,
  client: "claude-code",
  clientNonce: nonceOf(1),
  daemonNonce: nonceOf(2),
};

/** The statement as an independent implementation would put it together. */
function statement(domain: string, extra: readonly Buffer[] = []): Buffer {
  const uint32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const parts = [
    Buffer.from(domain),
    Buffer.concat(TRANSCRIPT.versions.map((version) => uint32(version))),
    uint32(TRANSCRIPT.version),
    Buffer.from(TRANSCRIPT.client),
    Buffer.alloc(32, 1),
    Buffer.alloc(32, 2),
    ...extra,
  ];
  return Buffer.concat(parts.flatMap((part) => [uint32(part.length), part]));
}

describe("the proofs of the hello", () => {
  test("are HMAC-SHA256 under the token over a domain and the whole transcript", async () => {
    const key = Buffer.alloc(32, 7);
    const daemon = createHmac("sha256", key).update(statement("keepsake hello daemon")).digest();
    const client = createHmac("sha256", key)
      .update(statement("keepsake hello client", [daemon]))
      .digest();
    expect(await proveDaemon(token(), TRANSCRIPT)).toBe(daemon.toString("base64"));
    expect(await proveClient(token(), TRANSCRIPT, daemon.toString("base64"))).toBe(client.toString("base64"));
  });

  test("hold for the side and the hello they were made for", async () => {
    const daemonProof = await proveDaemon(token(), TRANSCRIPT);
    expect(await isDaemonProof(token(), TRANSCRIPT, daemonProof)).toBe(true);
    const clientProof = await proveClient(token(), TRANSCRIPT, daemonProof);
    expect(await isClientProof(token(), TRANSCRIPT, daemonProof, clientProof)).toBe(true);
  });

  test("cannot be reflected", async () => {
    const daemonProof = await proveDaemon(token(), TRANSCRIPT);
    expect(await isClientProof(token(), TRANSCRIPT, daemonProof, daemonProof)).toBe(false);
    const clientProof = await proveClient(token(), TRANSCRIPT, daemonProof);
    expect(await isDaemonProof(token(), TRANSCRIPT, clientProof)).toBe(false);
  });

  test.each<[string, Partial<Transcript>]>([
    ["the offered versions", { versions: [1] }],
    ["the order of the versions", { versions: [1, 2] }],
    ["the chosen version", { version: 2 }],
    ["the client", { client: "claude-cod" }],
    ["the client's nonce", { clientNonce: nonceOf(9) }],
    ["the daemon's nonce", { daemonNonce: nonceOf(9) }],
  ])("do not hold when %s differ", async (_name, change) => {
    const daemonProof = await proveDaemon(token(), TRANSCRIPT);
    const clientProof = await proveClient(token(), TRANSCRIPT, daemonProof);
    const changed = { ...TRANSCRIPT, ...change };
    expect(await isDaemonProof(token(), changed, daemonProof)).toBe(false);
    expect(await isClientProof(token(), changed, daemonProof, clientProof)).toBe(false);
  });

  test("do not hold under another token or for another proof of the daemon", async () => {
    const other = new Secret(new Uint8Array(32).fill(8));
    const daemonProof = await proveDaemon(token(), TRANSCRIPT);
    expect(await isDaemonProof(other, TRANSCRIPT, daemonProof)).toBe(false);
    const clientProof = await proveClient(token(), TRANSCRIPT, daemonProof);
    expect(await isClientProof(token(), TRANSCRIPT, nonceOf(3), clientProof)).toBe(false);
    expect(await isClientProof(other, TRANSCRIPT, daemonProof, clientProof)).toBe(false);
  });

  test("do not hold with one bit changed, and never show the token", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat(255), async (bytes, bit) => {
        const secret = new Secret(Uint8Array.from(bytes));
        const proof = await proveDaemon(secret, TRANSCRIPT);
        expect(proof).not.toContain(toBase64(bytes));
        expect(toHex(secret.bytes)).toBe(toHex(bytes));
        const flipped = Buffer.from(proof, "base64");
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        expect(await isDaemonProof(secret, TRANSCRIPT, flipped.toString("base64"))).toBe(false);
      }),
    );
  });
});

test("the token is copied only into a key that cannot be read out, and the copy is wiped", async () => {
  const importKey = vi.spyOn(crypto.subtle, "importKey");
  try {
    await proveDaemon(token(), TRANSCRIPT);
    const [format, copy, algorithm, isExtractable, usages] = importKey.mock.calls[0] ?? [];
    expect([format, algorithm, isExtractable, usages]).toEqual([
      "raw",
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign"],
    ]);
    expect(Uint8Array.from(copy as unknown as Uint8Array)).toEqual(new Uint8Array(32));
  } finally {
    importKey.mockRestore();
  }
});

describe("the fields of the hello", () => {
  test("spell 32 bytes in one way only", () => {
    for (let round = 0; round < 200; round++) expect(bytes32.safeParse(newNonce()).success).toBe(true);
    const nonce = nonceOf(1);
    for (const wrong of [
      nonce.slice(0, -1),
      `${nonce} `,
      `${nonce.slice(0, -2)}F=`,
      nonce.replace("=", ""),
      "",
    ]) {
      expect(bytes32.safeParse(wrong).error?.issues[0]?.message).toBe("not 32 bytes in base64");
    }
    for (const length of [31, 33])
      expect(bytes32.safeParse(toBase64(new Uint8Array(length))).success).toBe(false);
  });

  test("are strict", () => {
    const hello = { versions: [1], client: "cli", nonce: newNonce() };
    expect(helloParams.safeParse(hello).success).toBe(true);
    expect(helloParams.safeParse({ ...hello, token: nonceOf(7) }).success).toBe(false);
    expect(helloParams.safeParse({ ...hello, client: "../cli" }).success).toBe(false);
    expect(helloParams.safeParse({ ...hello, versions: [] }).success).toBe(false);
    expect(helloParams.safeParse({ ...hello, versions: Array.from({ length: 17 }, () => 1) }).success).toBe(
      false,
    );
    expect(helloResult.safeParse({ version: 1, nonce: newNonce(), proof: "" }).success).toBe(false);
  });

  test("agree on the newest version both sides speak", () => {
    expect(chooseVersion([1, 2, 3], [2, 1])).toBe(2);
    expect(chooseVersion([1], [2, 1])).toBe(1);
    expect(chooseVersion([3], [2, 1])).toBeUndefined();
    expect(chooseVersion([1])).toBe(1);
  });
});
