/**
 * X25519 (RFC 7748) on raw 32-byte keys. Public keys pass to Node as JWK (RFC 8037), which it reads many times faster than DER;
 * private keys as PKCS #8 (RFC 8410), because a JWK would make a string of them.
 */
import { createPrivateKey, createPublicKey, diffieHellman } from "node:crypto";
import { concatSecretBytes, Secret } from "../base/secret.ts";
import { X25519_BYTES } from "./hpke-sizes.ts";
import type { Randomness } from "./random.ts";

/** PKCS #8 header of a raw X25519 private key. */
const PRIVATE_HEADER = Buffer.from("302e020100300506032b656e04220420", "hex");

export interface X25519KeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 32 bytes; the owner of the pair wipes it. */
  readonly privateKey: Secret;
}

/** A private key ready for use. Node keeps a copy of it, which is wiped when the garbage collector takes this. */
export interface X25519Private {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /**
   * The secret shared with the owner of another key.
   *
   * @param theirs - 32 bytes from the other side, trusted for nothing
   * @returns 32 bytes; the caller wipes them. Undefined when `theirs` is a point of low order, which would make the secret
   *   known to everyone (RFC 9180 section 7.1.4), or not 32 bytes
   */
  agree(theirs: Uint8Array): Secret | undefined;
}

/** A new key pair; the caller wipes the private key. */
export function newX25519KeyPair(randomness: Randomness): X25519KeyPair {
  const privateKey = new Secret(randomness.bytes(X25519_BYTES));
  return { publicKey: importX25519(privateKey).publicKey, privateKey };
}

/** @param privateKey - 32 bytes; the caller keeps and wipes it */
export function importX25519(privateKey: Secret): X25519Private {
  const ours = importPrivateKey(privateKey);
  const { x } = createPublicKey(ours).export({ format: "jwk" });
  return {
    publicKey: new Uint8Array(Buffer.from(String(x), "base64url")),
    agree: (theirs) => {
      if (theirs.length !== X25519_BYTES) return undefined;
      try {
        const shared = diffieHellman({ privateKey: ours, publicKey: importPublicKey(theirs) });
        return new Secret(new Uint8Array(shared.buffer, shared.byteOffset, shared.byteLength));
      } catch {
        return undefined;
      }
    },
  };
}

function importPublicKey(publicKey: Uint8Array): ReturnType<typeof createPublicKey> {
  const x = Buffer.from(publicKey).toString("base64url");
  return createPublicKey({ key: { kty: "OKP", crv: "X25519", x }, format: "jwk" });
}

function importPrivateKey(privateKey: Secret): ReturnType<typeof createPrivateKey> {
  const der = concatSecretBytes(PRIVATE_HEADER, privateKey.bytes);
  try {
    return createPrivateKey({ key: Buffer.from(der.buffer), format: "der", type: "pkcs8" });
  } finally {
    der.fill(0);
  }
}
