/** Secrets as bytes: normalisation, comparison, and reading them from a file descriptor. */
import { close, fstat, read } from "node:fs";
import { isatty } from "node:tty";
import { promisify } from "node:util";
import { KeepsakeError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { Secret } from "../../base/secret.ts";

const readBytes = promisify(read);
const fileStatus = promisify(fstat);
const closeFile = promisify(close);
const LF = 0x0a;
const CR = 0x0d;
/** What editors and shells of Windows put in front of text in UTF-8. */
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * The same passphrase whatever keyboard or system it was typed on: NFC. ASCII, which needs no normalisation, never becomes a
 * string; other text does, here and only here. Takes ownership of `typed`.
 */
export function normalised(typed: Secret): Secret {
  if (typed.bytes.every((byte) => byte < 0x80)) return typed;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(typed.bytes);
    const bytes = new TextEncoder().encode(text.normalize("NFC"));
    typed.wipe();
    return new Secret(bytes);
  } catch {
    // Not UTF-8: whatever these bytes are, they are the passphrase.
    return typed;
  }
}

/** Whether two secrets hold the same bytes. Both were typed by the user at hand: time tells nobody anything. */
export function sameSecret(one: Secret, other: Secret): boolean {
  return Buffer.compare(one.bytes, other.bytes) === 0;
}

/**
 * Everything a descriptor gives, without one byte order mark at its start and one line end at its end.
 *
 * @throws USAGE when it is not open, is a terminal (what is typed would be shown) or gives more than a secret may be long
 */
export async function readSecretFrom(descriptor: number, option: string): Promise<Secret> {
  if (isatty(descriptor)) {
    throw new KeepsakeError("USAGE", `${option} names a terminal, which would show what is typed`, {
      hint: `leave ${option} away to be asked`,
    });
  }
  try {
    await fileStatus(descriptor);
  } catch (cause) {
    throw new KeepsakeError("USAGE", `${option} names a descriptor that is not open`, { cause });
  }
  const held = Buffer.alloc(LIMITS.secretFrameBytes + BYTE_ORDER_MARK.length + 3);
  try {
    const length = withoutLineEnd(held, await fill(held, descriptor, option));
    const start = BYTE_ORDER_MARK.every((byte, index) => held[index] === byte) ? BYTE_ORDER_MARK.length : 0;
    if (length - start > LIMITS.secretFrameBytes) {
      throw new KeepsakeError("USAGE", `${option} gives more than ${LIMITS.secretFrameBytes} bytes`);
    }
    return new Secret(new Uint8Array(held.subarray(start, length)));
  } finally {
    held.fill(0);
    if (descriptor > 2) await closeFile(descriptor).catch(() => {});
  }
}

async function fill(held: Buffer, descriptor: number, option: string): Promise<number> {
  let length = 0;
  while (length < held.length) {
    try {
      const { bytesRead } = await readBytes(descriptor, held, length, held.length - length, null);
      if (bytesRead === 0) break;
      length += bytesRead;
    } catch (cause) {
      if (!(cause instanceof Error && "code" in cause && cause.code === "EAGAIN")) {
        throw new KeepsakeError("USAGE", `${option} names a descriptor that cannot be read`, { cause });
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  return length;
}

function withoutLineEnd(bytes: Uint8Array, length: number): number {
  if (bytes[length - 1] !== LF) return length;
  return bytes[length - 2] === CR ? length - 2 : length - 1;
}
