/**
 * HMAC-SHA256 (RFC 2104), SHA-256 (FIPS 180-4) and comparison in constant time.
 *
 * A message made of several fields must be built with `encodeParts`, so that two different lists of fields are never the
 * same message.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

export const SHA256_BYTES = 32;

/** @param key - any length; the caller keeps and wipes it; @returns 32 bytes, owned by the caller */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return ownBytes(createHmac("sha256", key).update(message).digest());
}

/** @returns 32 bytes */
export function sha256(message: Uint8Array): Uint8Array {
  return ownBytes(createHash("sha256").update(message).digest());
}

/** Whether two byte strings are equal, in a time that depends on their lengths alone. */
export function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** A plain view of a digest: Node gives each digest a buffer of its own, so wiping the view wipes the bytes. */
function ownBytes(digest: Buffer): Uint8Array {
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.byteLength);
}
