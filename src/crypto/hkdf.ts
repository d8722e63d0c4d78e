/**
 * HKDF-SHA256 (RFC 5869) and the purposes keepsake derives keys for.
 *
 * A derived key is `Expand(Extract(salt = "", key), info, 32)` with
 * `info = parts("keepsake/key/v1", purpose, context)`, each part behind its length, so that no two pairs of purpose and
 * context share a key.
 */
import { encodeParts, utf8 } from "../base/bytes.ts";
import { Secret, secretBytes } from "../base/secret.ts";
import { hmacSha256, SHA256_BYTES } from "./hmac.ts";

/** Bytes of every symmetric key: master, data, wrapping and derived keys. */
export const KEY_BYTES = 32;

/** What a derived key is for; spelled here once, because two uses must never share a key. */
export type KeyPurpose =
  // from the secret of a slot: wraps the master key
  | "slot-wrap"
  // from the master key
  | "keyring-mac"
  | "anchor-mac"
  | "data-key-wrap"
  | "identity-key-wrap"
  | "inbox-key-wrap"
  // from a data key: one key for each use, so that each counts its own nonces
  | "record-seal"
  | "backup-seal"
  // from the identity key, which stays the same when data keys change
  | "record-id"
  | "head-hash"
  | "named-mac";

const INFO_DOMAIN = utf8("keepsake/key/v1");
const NO_BYTES = new Uint8Array(0);

/**
 * Derives the key of one purpose.
 *
 * @param key - 32 random bytes; the caller keeps and wipes it
 * @param context - tells keys of one purpose apart, such as a slot's or a name's bytes
 * @returns 32 bytes; the caller wipes it
 */
export function deriveKey(key: Secret, purpose: KeyPurpose, context: Uint8Array = NO_BYTES): Secret {
  const pseudorandomKey = hkdfExtract(NO_BYTES, key.bytes);
  try {
    return new Secret(
      hkdfExpand(pseudorandomKey, encodeParts(INFO_DOMAIN, utf8(purpose), context), KEY_BYTES),
    );
  } finally {
    pseudorandomKey.fill(0);
  }
}

/** RFC 5869 section 2.2. @returns 32 bytes; the caller wipes them */
export function hkdfExtract(salt: Uint8Array, inputKey: Uint8Array): Uint8Array {
  return hmacSha256(salt, inputKey);
}

/**
 * RFC 5869 section 2.3.
 *
 * @param length - at most 8,160 bytes (255 blocks)
 * @returns `length` bytes; the caller wipes them
 * @throws RangeError when `length` is over that
 */
export function hkdfExpand(pseudorandomKey: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  if (length > 255 * SHA256_BYTES) throw new RangeError("HKDF gives at most 8160 bytes");
  const output = secretBytes(length);
  const message = secretBytes(SHA256_BYTES + info.length + 1);
  message.set(info, SHA256_BYTES);
  for (let counter = 1, written = 0; written < length; counter += 1, written += SHA256_BYTES) {
    message[message.length - 1] = counter;
    const block = hmacSha256(pseudorandomKey, counter === 1 ? message.subarray(SHA256_BYTES) : message);
    output.set(block.subarray(0, length - written), written);
    message.set(block);
    block.fill(0);
  }
  message.fill(0);
  return output;
}
