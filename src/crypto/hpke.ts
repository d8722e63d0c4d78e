/**
 * HPKE (RFC 9180), base mode, one message a context: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
 * Sealed: `encapsulated key(32) ‖ ciphertext ‖ tag(16)`.
 *
 * Whoever holds the public key can seal; only the private key opens. Each message has a fresh ephemeral key, so the nonce
 * of its one encryption is the context's base nonce.
 */
import { concatBytes, utf8 } from "../base/bytes.ts";
import { KeepsakeError } from "../base/errors.ts";
import { concatSecretBytes, Secret } from "../base/secret.ts";
import { NONCE_BYTES, open, seal } from "./aead.ts";
import { hkdfExpand, hkdfExtract, KEY_BYTES } from "./hkdf.ts";
import type { Randomness } from "./random.ts";
import type { X25519Private } from "./x25519.ts";
import { X25519_BYTES } from "./hpke-sizes.ts";
import { importX25519 } from "./x25519.ts";

const VERSION = utf8("HPKE-v1");
/** "KEM" and the id of DHKEM(X25519, HKDF-SHA256). */
const KEM_SUITE = concatBytes(utf8("KEM"), Uint8Array.of(0x00, 0x20));
/** "HPKE" and the ids of the KEM, of HKDF-SHA256 and of AES-256-GCM. */
const HPKE_SUITE = concatBytes(utf8("HPKE"), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x02));
const MODE_BASE = Uint8Array.of(0);
const NO_BYTES = new Uint8Array(0);

/**
 * @param publicKey - 32 bytes of the recipient
 * @param info - what the message is for; the same bytes are needed to open
 * @param associatedData - authenticated, not stored; the same bytes are needed to open
 * @returns `plaintext.length + 48` bytes
 * @throws KEYRING_TAMPERED when `publicKey` is none that keepsake makes (a point of low order, or not 32 bytes)
 */
export function hpkeSeal(
  publicKey: Uint8Array,
  info: Uint8Array,
  plaintext: Uint8Array,
  associatedData: Uint8Array,
  randomness: Randomness,
): Uint8Array {
  const ephemeralKey = new Secret(randomness.bytes(X25519_BYTES));
  try {
    const ephemeral = importX25519(ephemeralKey);
    const shared = ephemeral.agree(publicKey);
    if (shared === undefined) throw new KeepsakeError("KEYRING_TAMPERED");
    const context = keySchedule(shared, ephemeral.publicKey, publicKey, info);
    try {
      const body = seal(context.key, context.nonce, plaintext, associatedData);
      return concatBytes(ephemeral.publicKey, body);
    } finally {
      context.key.fill(0);
    }
  } finally {
    ephemeralKey.wipe();
  }
}

/**
 * @param recipient - the private key, imported once for any number of messages
 * @param sealed - what `hpkeSeal` made
 * @returns the plaintext, owned by the caller; undefined when it does not authenticate
 */
export function hpkeOpen(
  recipient: X25519Private,
  info: Uint8Array,
  sealed: Uint8Array,
  associatedData: Uint8Array,
): Uint8Array | undefined {
  const encapsulated = sealed.subarray(0, X25519_BYTES);
  const shared = recipient.agree(encapsulated);
  if (shared === undefined) return undefined;
  const context = keySchedule(shared, encapsulated, recipient.publicKey, info);
  try {
    return open(context.key, context.nonce, sealed.subarray(X25519_BYTES), associatedData);
  } finally {
    context.key.fill(0);
  }
}

/**
 * RFC 9180 sections 4.1 (ExtractAndExpand) and 5.1 (KeySchedule of base mode). Wipes `agreed`.
 *
 * @returns key (32 bytes, the caller wipes it) and base nonce (12 bytes)
 */
function keySchedule(
  agreed: Secret,
  encapsulated: Uint8Array,
  publicKey: Uint8Array,
  info: Uint8Array,
): { readonly key: Uint8Array; readonly nonce: Uint8Array } {
  const prk = labeledExtract(KEM_SUITE, NO_BYTES, "eae_prk", agreed.bytes);
  agreed.wipe();
  const kemContext = concatBytes(encapsulated, publicKey);
  const shared = labeledExpand(KEM_SUITE, prk, "shared_secret", kemContext, KEY_BYTES);
  const secret = labeledExtract(HPKE_SUITE, shared, "secret", NO_BYTES);
  const scheduleContext = concatBytes(
    MODE_BASE,
    labeledExtract(HPKE_SUITE, NO_BYTES, "psk_id_hash", NO_BYTES),
    labeledExtract(HPKE_SUITE, NO_BYTES, "info_hash", info),
  );
  const key = labeledExpand(HPKE_SUITE, secret, "key", scheduleContext, KEY_BYTES);
  const nonce = labeledExpand(HPKE_SUITE, secret, "base_nonce", scheduleContext, NONCE_BYTES);
  for (const intermediate of [prk, shared, secret]) intermediate.fill(0);
  return { key, nonce };
}

/** RFC 9180 section 4. The joined input is wiped: it may hold the agreed secret. */
function labeledExtract(
  suite: Uint8Array,
  salt: Uint8Array,
  label: string,
  inputKey: Uint8Array,
): Uint8Array {
  const labeled = concatSecretBytes(VERSION, suite, utf8(label), inputKey);
  const pseudorandomKey = hkdfExtract(salt, labeled);
  labeled.fill(0);
  return pseudorandomKey;
}

/** RFC 9180 section 4. */
function labeledExpand(
  suite: Uint8Array,
  pseudorandomKey: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Uint8Array {
  const labeledInfo = concatBytes(Uint8Array.of(0, length), VERSION, suite, utf8(label), info);
  return hkdfExpand(pseudorandomKey, labeledInfo, length);
}
