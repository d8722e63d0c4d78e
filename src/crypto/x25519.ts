/**
 * X25519 (RFC 7748) on raw 32-byte keys, by way of the DER wrappings of RFC 8410 that Node reads and writes.
 */
import { createPrivateKey, createPublicKey, diffieHellman } from "node:crypto";
import { concatBytes } from "../base/bytes.ts";
import { Secret } from "../base/secret.ts";
import type { Randomness } from "./random.ts";

export const X25519_BYTES = 32;

/** PKCS #8 header of a raw X25519 private key. */
const PRIVATE_HEADER = Buffer.from("302e020100300506032b656e04220420", "hex");
/** SubjectPublicKeyInfo header of a raw X25519 public key. */
const PUBLIC_HEADER = Buffer.from("302a300506032b656e032100", "hex");

export interface X25519KeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 32 bytes; the owner of the pair wipes it. */
  readonly privateKey: Secret;
}

/** A new key pair; the caller wipes the private key. */
export function newX25519KeyPair(randomness: Randomness): X25519KeyPair {
  const privateKey = new Secret(randomness.bytes(X25519_BYTES));
  return { publicKey: x25519PublicKey(privateKey), privateKey };
}

/** @returns the 32-byte public key of a private key */
export function x25519PublicKey(privateKey: Secret): Uint8Array {
  const spki = createPublicKey(importPrivateKey(privateKey)).export({ format: "der", type: "spki" });
  return new Uint8Array(spki.subarray(PUBLIC_HEADER.length));
}

/**
 * The shared secret of two keys.
 *
 * @param publicKey - 32 bytes from the other side, trusted for nothing
 * @returns 32 bytes; the caller wipes them. Undefined when `publicKey` is a point of low order, which would make the
 *   secret known to everyone (RFC 9180 section 7.1.4), or not 32 bytes
 */
export function x25519Agree(privateKey: Secret, publicKey: Uint8Array): Secret | undefined {
  if (publicKey.length !== X25519_BYTES) return undefined;
  const theirs = createPublicKey({
    key: Buffer.from(concatBytes(PUBLIC_HEADER, publicKey)),
    format: "der",
    type: "spki",
  });
  const ours = importPrivateKey(privateKey);
  try {
    const shared = diffieHellman({ privateKey: ours, publicKey: theirs });
    return new Secret(new Uint8Array(shared.buffer, shared.byteOffset, shared.byteLength));
  } catch {
    return undefined;
  }
}

function importPrivateKey(privateKey: Secret): ReturnType<typeof createPrivateKey> {
  const der = Buffer.alloc(PRIVATE_HEADER.length + X25519_BYTES);
  try {
    der.set(PRIVATE_HEADER);
    der.set(privateKey.bytes, PRIVATE_HEADER.length);
    return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  } finally {
    der.fill(0);
  }
}
