/** Byte strings: concatenation, fixed-width integers, length-prefixed parts and text encodings. */

const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 bytes of a string; lone surrogates become U+FFFD. */
export function utf8(text: string): Uint8Array {
  return utf8Encoder.encode(text);
}

/** @throws TypeError when the bytes are not UTF-8 */
export function fromUtf8(bytes: Uint8Array): string {
  return utf8Decoder.decode(bytes);
}

/** As many whole characters of a text as take at most `maxBytes` in UTF-8; lone surrogates become U+FFFD. */
export function cutToBytes(text: string, maxBytes: number): string {
  // A character takes at least a byte.
  const bytes = utf8Encoder.encode(text.slice(0, maxBytes));
  let end = Math.min(bytes.length, maxBytes);
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return utf8Decoder.decode(bytes.subarray(0, end));
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** 4 bytes, big-endian. `value` is an integer from 0 to 2^32 - 1. */
export function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** 8 bytes, big-endian. `value` is a safe integer, 0 or more. */
export function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(value / 2 ** 32));
  view.setUint32(4, value % 2 ** 32);
  return bytes;
}

export function readUint32(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(offset);
}

/**
 * An injective encoding of a list: each part behind its 4-byte length. Two different lists never encode alike, so the
 * result is safe as associated data and as input of a MAC.
 */
export function encodeParts(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += 4 + part.length;
  const encoded = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    encoded[offset] = part.length >>> 24;
    encoded[offset + 1] = part.length >>> 16;
    encoded[offset + 2] = part.length >>> 8;
    encoded[offset + 3] = part.length;
    encoded.set(part, offset + 4);
    offset += 4 + part.length;
  }
  return encoded;
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** @throws TypeError when `text` is not canonical base64 */
export function fromBase64(text: string): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(text, "base64"));
  if (toBase64(bytes) !== text) throw new TypeError("not canonical base64");
  return bytes;
}

/** Whether two byte strings are equal. Not constant-time: never for secrets or MACs. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
