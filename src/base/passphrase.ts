/**
 * How long a new passphrase must be, in code points. They are counted in its UTF-8 bytes, so that no string is made: every
 * byte but a continuation byte begins one (RFC 3629). The CLI normalises to NFC and sends the bytes that it counted.
 */
import { LIMITS } from "./limits.ts";
import type { Secret } from "./secret.ts";

export function isLongEnough(passphrase: Secret): boolean {
  let characters = 0;
  for (const byte of passphrase.bytes) if ((byte & 0xc0) !== 0x80) characters += 1;
  return characters >= LIMITS.minPassphraseCharacters;
}
