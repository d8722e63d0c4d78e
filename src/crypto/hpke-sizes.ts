/** What HPKE as keepsake uses it adds to a plaintext (RFC 9180, sections 4.1 and 7.1): for layouts that hold its output. */
import { TAG_BYTES } from "./aead.ts";

/** Of a public key of X25519, RFC 7748, and so of the encapsulated key. */
export const X25519_BYTES = 32;
export const HPKE_OVERHEAD_BYTES = X25519_BYTES + TAG_BYTES;
