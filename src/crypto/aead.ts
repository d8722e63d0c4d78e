/**
 * AES-256-GCM (NIST SP 800-38D) with 96-bit nonces and tags of exactly 16 bytes: `ciphertext ‖ tag(16)`.
 *
 * `authTagLength` is always given: without it Node takes tags of 4 bytes. A nonce must never repeat under one key;
 * whoever picks it is responsible.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";

export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

const ALGORITHM = "aes-256-gcm";
const OPTIONS = { authTagLength: TAG_BYTES } as const;

/**
 * @param key - 32 bytes; the caller keeps and wipes it
 * @param nonce - 12 bytes, never used before with this key
 * @param associatedData - authenticated, not stored; the same bytes are needed to open
 * @returns `plaintext.length + 16` bytes
 */
export function seal(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associatedData: Uint8Array,
): Uint8Array {
  const sealed = new Uint8Array(plaintext.length + TAG_BYTES);
  sealInto(sealed, key, nonce, plaintext, associatedData);
  return sealed;
}

/** Like `seal`, writing into `target`, which has `plaintext.length + 16` bytes. */
export function sealInto(
  target: Uint8Array,
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associatedData: Uint8Array,
): void {
  if (nonce.length !== NONCE_BYTES) throw new TypeError(`a nonce has ${NONCE_BYTES} bytes`);
  const cipher = createCipheriv(ALGORITHM, key, nonce, OPTIONS);
  cipher.setAAD(associatedData);
  target.set(cipher.update(plaintext));
  cipher.final();
  target.set(cipher.getAuthTag(), plaintext.length);
}

/**
 * @param key - 32 bytes; the caller keeps and wipes it
 * @param nonce - 12 bytes
 * @param sealed - `ciphertext ‖ tag(16)`
 * @returns the plaintext, owned by the caller; undefined when it does not authenticate, is too short for a tag, or the
 *   nonce is not 12 bytes. What was decrypted before the tag turned out wrong is wiped.
 */
export function open(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associatedData: Uint8Array,
): Uint8Array | undefined {
  if (sealed.length < TAG_BYTES || nonce.length !== NONCE_BYTES) return undefined;
  const tagAt = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(ALGORITHM, key, nonce, OPTIONS);
  decipher.setAAD(associatedData);
  decipher.setAuthTag(sealed.subarray(tagAt));
  const plaintext = decipher.update(sealed.subarray(0, tagAt));
  try {
    decipher.final();
  } catch {
    plaintext.fill(0);
    return undefined;
  }
  return new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength);
}
