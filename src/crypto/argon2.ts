/**
 * Argon2id version 1.3 (RFC 9106): from a passphrase to a wrapping key.
 *
 * The parameters of a slot come from a file that anyone may have written, so they are checked against fixed bounds before
 * anything is allocated. The package copies what it is given: handing it the passphrase as an ArrayBuffer makes that
 * copy a view, and its native copy is cleared by the algorithm itself. Its native output is freed without being cleared: the
 * wrapping key may stay in the memory of an open engine, which holds what it wraps, until the engine ends.
 */
import { argon2id as argon2idType, hash } from "argon2";
import { KeepsakeError } from "../base/errors.ts";
import { concatSecretBytes, Secret } from "../base/secret.ts";
import { KEY_BYTES } from "./hkdf.ts";

export interface KdfParameters {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly parallelism: number;
}

export interface PassphraseKdf {
  /**
   * @param passphrase - the caller keeps and wipes it
   * @param salt - 16 to 64 random bytes
   * @returns 32 bytes; the caller wipes them
   * @throws KDF_OUT_OF_BOUNDS before running or allocating anything
   */
  derive(passphrase: Secret, salt: Uint8Array, parameters: KdfParameters): Promise<Secret>;
}

/** What a slot may ask for; anything else is refused. */
export const KDF_BOUNDS = {
  memoryKiB: { least: 64 << 10, most: 2 << 20 },
  passes: { least: 3, most: 16 },
  parallelism: { least: 1, most: 8 },
  saltBytes: { least: 16, most: 64 },
} as const;

/** The one real `PassphraseKdf`. */
export const argon2id: PassphraseKdf = {
  derive: async (passphrase, salt, parameters) => {
    checkKdfBounds(parameters, salt.length);
    return new Secret(await rawArgon2id(passphrase.bytes, salt, parameters));
  },
};

/** @param saltBytes - length of the salt; @throws KDF_OUT_OF_BOUNDS naming the parameter and its bounds */
export function checkKdfBounds(parameters: KdfParameters, saltBytes: number): void {
  const asked = { ...parameters, saltBytes };
  for (const name of ["memoryKiB", "passes", "parallelism", "saltBytes"] as const) {
    const { least, most } = KDF_BOUNDS[name];
    if (!Number.isInteger(asked[name]) || asked[name] < least || asked[name] > most) {
      throw new KeepsakeError(
        "KDF_OUT_OF_BOUNDS",
        `a slot asks for key derivation outside the accepted bounds: ${name} must be ${least} to ${most}`,
        { facts: { parameter: name, least, most } },
      );
    }
  }
}

/** Inputs of RFC 9106 that keepsake does not use and published vectors do. */
export interface Argon2Extras {
  /** Bytes of output, 32 by default. */
  readonly length?: number;
  readonly secret?: Uint8Array;
  readonly associatedData?: Uint8Array;
}

/**
 * The bare algorithm, without bounds.
 *
 * @param password - the caller keeps and wipes it; the copy made here is wiped here
 * @returns the output; the caller wipes it
 */
export async function rawArgon2id(
  password: Uint8Array,
  salt: Uint8Array,
  parameters: KdfParameters,
  extras: Argon2Extras = {},
): Promise<Uint8Array> {
  const copy = concatSecretBytes(password);
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the package's types leave ArrayBuffer out
    const output = await hash(copy.buffer as unknown as Buffer, {
      raw: true,
      type: argon2idType,
      version: 0x13,
      hashLength: extras.length ?? KEY_BYTES,
      memoryCost: parameters.memoryKiB,
      timeCost: parameters.passes,
      parallelism: parameters.parallelism,
      salt: asBuffer(salt),
      ...(extras.secret !== undefined && { secret: asBuffer(extras.secret) }),
      ...(extras.associatedData !== undefined && { associatedData: asBuffer(extras.associatedData) }),
    });
    return new Uint8Array(output.buffer, output.byteOffset, output.byteLength);
  } finally {
    copy.fill(0);
  }
}

/** A view, not a copy. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
