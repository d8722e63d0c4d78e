/**
 * Keys wrapped by keys: `nonce(12) ‖ ciphertext(32) ‖ tag(16)`, AES-256-GCM under a wrapping key of one purpose, with
 * associated data that says which key it is.
 */
import { concatBytes } from "../base/bytes.ts";
import { Secret } from "../base/secret.ts";
import { NONCE_BYTES, open, seal } from "../crypto/aead.ts";
import type { Randomness } from "../crypto/random.ts";

/**
 * @param wrappingKey - 32 bytes; the caller keeps and wipes it
 * @param key - 32 bytes; the caller keeps and wipes it
 * @returns 60 bytes
 */
export function wrapKey(
  wrappingKey: Secret,
  associatedData: Uint8Array,
  key: Secret,
  randomness: Randomness,
): Uint8Array {
  const nonce = randomness.bytes(NONCE_BYTES);
  return concatBytes(nonce, seal(wrappingKey.bytes, nonce, key.bytes, associatedData));
}

/** @returns the key, which the caller wipes; undefined when it does not authenticate */
export function unwrapKey(
  wrappingKey: Secret,
  associatedData: Uint8Array,
  wrapped: Uint8Array,
): Secret | undefined {
  const nonce = wrapped.subarray(0, NONCE_BYTES);
  const key = open(wrappingKey.bytes, nonce, wrapped.subarray(NONCE_BYTES), associatedData);
  return key === undefined ? undefined : new Secret(key);
}
