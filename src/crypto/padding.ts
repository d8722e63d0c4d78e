/**
 * Padding to Padmé buckets, so that the size of a record says little: `length(4, big-endian) ‖ plaintext ‖ zeros`, in
 * all at least 256 bytes and at most 12 % more than what goes in.
 * Source: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", 2019, section 4.
 */
import { readUint32, uint32 } from "../base/bytes.ts";
import { KeepsakeError } from "../base/errors.ts";

export const MIN_PADDED_BYTES = 256;

const LENGTH_BYTES = 4;

/** @returns `paddedLength(plaintext.length)` bytes, owned by the caller */
export function pad(plaintext: Uint8Array): Uint8Array {
  const padded = new Uint8Array(paddedLength(plaintext.length));
  padded.set(uint32(plaintext.length));
  padded.set(plaintext, LENGTH_BYTES);
  return padded;
}

/**
 * @returns a view of the plaintext inside `padded`
 * @throws RECORD_DAMAGED when `padded` is not what `pad` makes: wrong bucket, or padding that is not zero
 */
export function unpad(padded: Uint8Array): Uint8Array {
  const length = padded.length < LENGTH_BYTES ? Number.NaN : readUint32(padded, 0);
  if (paddedLength(length) !== padded.length) throw new KeepsakeError("RECORD_DAMAGED");
  const end = LENGTH_BYTES + length;
  if (padded.subarray(end).some((byte) => byte !== 0)) throw new KeepsakeError("RECORD_DAMAGED");
  return padded.subarray(LENGTH_BYTES, end);
}

/**
 * Bytes of the bucket for a plaintext of `length` bytes: of `length + 4` only the leading bits survive, as many as the
 * exponent has bits, plus one; the rest is rounded up.
 */
export function paddedLength(length: number): number {
  const whole = Math.max(length + LENGTH_BYTES, MIN_PADDED_BYTES);
  const exponent = Math.floor(Math.log2(whole));
  const kept = Math.floor(Math.log2(exponent)) + 1;
  const step = 2 ** (exponent - kept);
  return Math.ceil(whole / step) * step;
}
