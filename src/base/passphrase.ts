/**
 * How long a new passphrase must be. Characters are counted as code points, on its UTF-8 bytes: every byte begins one but
 * those that go on with one (RFC 3629), so that no string is made. The CLI counts after NFC, the daemon what it is sent, which
 * is the same bytes; what is not UTF-8 has no more characters than bytes.
 */
import { LIMITS } from "./limits.ts";
import type { Secret } from "./secret.ts";

export function isLongEnough(passphrase: Secret): boolean {
  let characters = 0;
  for (const byte of passphrase.bytes) if ((byte & 0xc0) !== 0x80) characters += 1;
  return characters >= LIMITS.passphraseCharactersLeast;
}
