/**
 * The recovery key on paper: 32 random bytes as 60 letters and digits in 12 groups of five:
 * `"KS" ‖ 52 symbols of the key ‖ 6 symbols of checksum`.
 *
 * Alphabet and checksum are those of bech32m (BIP 350): the checksum is a BCH code that notices every change of up to four
 * symbols, so one mistyped character is always noticed. 52 symbols hold 260 bits; the four spare ones are zero. Reading is
 * forgiving about case, white space and dashes, and takes 1 and I for L, O for 0: the alphabet has none of these.
 *
 * Everything is ASCII in byte arrays: a string could not be wiped.
 */
import { utf8 } from "../base/bytes.ts";
import { KeepsakeError } from "../base/errors.ts";
import { Secret, secretBytes } from "../base/secret.ts";
import { KEY_BYTES } from "../crypto/hkdf.ts";
import type { Randomness } from "../crypto/random.ts";
import { checksumOf, findSlip } from "./recovery-checksum.ts";

const ALPHABET = utf8("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L");
const PREFIX = [22, 16];
const KEY_SYMBOLS = 52;
const CHECK_SYMBOLS = 6;
const SYMBOLS = PREFIX.length + KEY_SYMBOLS + CHECK_SYMBOLS;
const GROUP = 5;
const GROUPS = SYMBOLS / GROUP;
const DASH = 0x2d;

/** Bytes of a recovery key as printed. */
export const RECOVERY_KEY_CHARACTERS = SYMBOLS + SYMBOLS / GROUP - 1;

/** Tells a slip from a whole recovery key that opens nothing here. */
const MISTYPED = { mistyped: true } as const;

/** What each ASCII byte stands for: a symbol, nothing (-1: skipped), or no part of a recovery key (-2). */
const MEANING = Int8Array.from({ length: 256 }, (_, byte) => meaningOf(byte));

/** 32 random bytes; the caller wipes them. */
export function newRecoveryKey(randomness: Randomness): Secret {
  return new Secret(randomness.bytes(KEY_BYTES));
}

/**
 * @param key - 32 bytes; the caller keeps and wipes it
 * @returns 71 ASCII bytes, `KSXXX-XXXXX-…`; the caller wipes them
 */
export function encodeRecoveryKey(key: Secret): Secret {
  const symbols = secretBytes(SYMBOLS);
  try {
    symbols.set(PREFIX);
    regroup(key.bytes, 8, 5, symbols.subarray(PREFIX.length));
    const checksum = checksumOf(symbols);
    for (let index = 0; index < CHECK_SYMBOLS; index += 1) {
      symbols[SYMBOLS - 1 - index] = (checksum >>> (5 * index)) & 31;
    }
    const text = secretBytes(RECOVERY_KEY_CHARACTERS).fill(DASH);
    symbols.forEach((symbol, index) => {
      text[index + Math.floor(index / GROUP)] = ALPHABET[symbol]!;
    });
    return new Secret(text);
  } finally {
    symbols.fill(0);
  }
}

/**
 * @param typed - ASCII as the user typed it; the caller keeps and wipes it
 * @returns 32 bytes; the caller wipes them
 * @throws WRONG_PASSPHRASE with `mistyped` among its facts when it is not a recovery key: characters are missing, too many
 * or mistyped; with the number of the first such `group` where it can be told. Whoever has the characters can work that out
 * alone: it says nothing of any vault.
 */
export function decodeRecoveryKey(typed: Secret): Secret {
  const symbols = secretBytes(SYMBOLS);
  try {
    readSymbols(typed.bytes, symbols);
    const isPrefixed = PREFIX.every((symbol, index) => symbols[index] === symbol);
    if (!isPrefixed || checksumOf(symbols) !== 0) {
      const slip = findSlip(symbols);
      throw mistypedError("a character is mistyped", slip === undefined ? undefined : groupAt(slip));
    }
    const key = secretBytes(KEY_BYTES);
    const spare = regroup(symbols.subarray(PREFIX.length, PREFIX.length + KEY_SYMBOLS), 5, 8, key);
    if (spare !== 0) {
      key.fill(0);
      throw mistypedError("it was not made by keepsake");
    }
    return new Secret(key);
  } finally {
    symbols.fill(0);
  }
}

function readSymbols(typed: Uint8Array, symbols: Uint8Array): void {
  let count = 0;
  /** How many symbols stand between two separators. */
  const lengths = [0];
  for (const byte of typed) {
    const symbol = MEANING[byte]!;
    if (symbol === -1) {
      if (lengths.at(-1) !== 0) lengths.push(0);
      continue;
    }
    if (symbol === -2) {
      throw mistypedError(
        "it has a character that no recovery key has",
        count < SYMBOLS ? groupAt(count) : undefined,
      );
    }
    if (count < SYMBOLS) symbols[count] = symbol;
    count += 1;
    lengths.push(lengths.pop()! + 1);
  }
  if (count === SYMBOLS) return;
  const parts = lengths.filter((length) => length > 0);
  const wrong = parts.length === GROUPS ? parts.findIndex((length) => length !== GROUP) + 1 : undefined;
  throw mistypedError(`it must have ${SYMBOLS} letters and digits`, wrong);
}

/** Groups are counted from 1. */
function groupAt(place: number): number {
  return Math.floor(place / GROUP) + 1;
}

/**
 * Regroups bits, most significant first, padding the last group with zero bits.
 *
 * @returns the bits that did not fill a group of `into`, when it has no room for them
 */
function regroup(from: Uint8Array, fromBits: number, intoBits: number, into: Uint8Array): number {
  let buffer = 0;
  let bits = 0;
  let written = 0;
  for (const group of from) {
    buffer = (buffer << fromBits) | group;
    bits += fromBits;
    while (bits >= intoBits) {
      bits -= intoBits;
      into[written] = buffer >>> bits;
      written += 1;
      buffer &= (1 << bits) - 1;
    }
  }
  if (intoBits < fromBits) into[written] = buffer << (intoBits - bits);
  return buffer;
}

function meaningOf(byte: number): number {
  if (byte >= 0x80) return -2;
  const character = String.fromCharCode(byte).toUpperCase();
  if (/[\s-]/.test(character)) return -1;
  const read = { "1": "L", I: "L", O: "0" }[character] ?? character;
  const symbol = ALPHABET.indexOf(read.charCodeAt(0));
  return symbol === -1 ? -2 : symbol;
}

function mistypedError(why: string, group?: number): KeepsakeError {
  const where = group === undefined ? "" : `; look at group ${group} of ${GROUPS}`;
  return new KeepsakeError("WRONG_PASSPHRASE", `that is not a recovery key; ${why}${where}`, {
    hint: "type it as printed; case, spaces and dashes do not matter",
    facts: { ...MISTYPED, ...(group !== undefined && { group }) },
  });
}
