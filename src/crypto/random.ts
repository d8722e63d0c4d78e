/** Randomness, passed in so that frozen vectors can be made again from the same bytes. */
import { randomFillSync } from "node:crypto";
import { secretBytes } from "../base/secret.ts";

export interface Randomness {
  /** A new array of `length` bytes that no one can predict; the caller owns and wipes it. */
  bytes(length: number): Uint8Array;
}

/** The operating system's generator (through OpenSSL's DRBG). */
export const systemRandomness: Randomness = { bytes: (length) => randomFillSync(secretBytes(length)) };
