/**
 * Record ids: 16 bytes, written as 26 characters of Crockford's base32 in lower case (the alphabet without i, l, o, u).
 * The two spare bits at the end are zero, so every id has exactly one spelling.
 */
export const RECORD_ID_BYTES = 16;
export const RECORD_ID_PATTERN = /^[0-9a-hjkmnp-tv-z]{25}[048cgmrw]$/;

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** Spells 16 bytes as an id. */
export function formatRecordId(bytes: Uint8Array): string {
  let text = "";
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(buffer >>> bits) & 31];
    }
    buffer &= (1 << bits) - 1;
  }
  return bits > 0 ? text + ALPHABET[(buffer << (5 - bits)) & 31] : text;
}

/** The 16 bytes of an id. @throws TypeError when `text` is not an id */
export function parseRecordId(text: string): Uint8Array {
  if (!RECORD_ID_PATTERN.test(text)) throw new TypeError("not a record id");
  const bytes = new Uint8Array(RECORD_ID_BYTES);
  let buffer = 0;
  let bits = 0;
  let written = 0;
  for (const character of text) {
    buffer = (buffer << 5) | ALPHABET.indexOf(character);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      if (written < RECORD_ID_BYTES) bytes[written++] = (buffer >>> bits) & 255;
    }
    buffer &= (1 << bits) - 1;
  }
  return bytes;
}

export function newRecordId(): string {
  return formatRecordId(crypto.getRandomValues(new Uint8Array(RECORD_ID_BYTES)));
}
