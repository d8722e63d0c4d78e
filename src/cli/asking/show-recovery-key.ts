/**
 * The recovery key on its one appearance: as bytes from the daemon's secret frame to the terminal or to standard output, and
 * never as a string on the way.
 */
import { KeepsakeError, hasCode } from "../../base/errors.ts";
import { Secret } from "../../base/secret.ts";
import type { Context, Questions, Sink } from "../context.ts";
import { sameSecret } from "./secret-bytes.ts";

const DASH = 0x2d;
const CASE_BIT = 0x20;
const GROUPS_A_LINE = 6;
const TRIES = 5;
const LF = Uint8Array.of(0x0a);

/**
 * Shows the key. On a terminal it must then be shown to have been saved, by retyping a part; elsewhere it is printed on standard
 * output, on a line of its own.
 *
 * @param slot - the key's slot, where it is known
 * @throws INTERRUPTED when the user gives up retyping, WRITE_FAILED when nobody got it; the key is valid all the same
 */
export async function presentRecoveryKey(key: Secret, context: Context, slot?: string): Promise<void> {
  const { ask, screen } = context;
  if (ask === undefined) {
    screen.out.write(key.bytes.slice());
    screen.out.write(LF);
    await keyDelivered(screen.out, slot);
    screen.err.write("the recovery key is on standard output: it is shown this once, keep it safe\n");
    return;
  }
  showOnTerminal(key, screen.err);
  try {
    await retypePart(key, ask, screen.err);
  } catch (error) {
    if (!hasCode(error, "INTERRUPTED")) throw error;
    const remove = `"keepsake key remove ${slot ?? "<id>"}" removes it`;
    throw new KeepsakeError("INTERRUPTED", "the recovery key was not confirmed; it is valid all the same", {
      hint: `if it is not saved, ${remove}${slot === undefined ? '; "keepsake key list" has the id' : ""}`,
      cause: error,
    });
  }
}

/**
 * A JSON object that holds the key as its last member, spliced in as bytes: its characters need no escapes.
 *
 * @param slot - the key's slot, where it is known
 * @throws WRITE_FAILED when there is a key and nobody got it
 */
export async function printJsonWithKey(
  out: Sink,
  value: object,
  key: Secret | undefined,
  slot?: string,
): Promise<void> {
  const text = JSON.stringify(value);
  if (key === undefined) {
    out.write(`${text}\n`);
    return;
  }
  out.write(`${text.slice(0, -1)}${text === "{}" ? "" : ","}"recoveryKey":"`);
  out.write(key.bytes.slice());
  out.write('"}\n');
  await keyDelivered(out, slot);
}

/** It is shown this once: a reader that went away before is no success. */
async function keyDelivered(out: Sink, slot: string | undefined): Promise<void> {
  try {
    await out.delivered(true);
  } catch (cause) {
    const remove = `"keepsake key remove ${slot ?? "<id>"}" removes this one`;
    throw new KeepsakeError(
      "WRITE_FAILED",
      "the recovery key could not be written to standard output; it is valid all the same",
      { hint: `"keepsake key add recovery" makes another one, and ${remove}`, cause },
    );
  }
}

function showOnTerminal(key: Secret, err: Sink): void {
  const { bold, warn } = err.style;
  err.write(
    `\n${bold("Recovery key")}: opens the vault when the passphrase is lost. Shown ${warn("this once")}.\n`,
  );
  err.write("Write it down or print it, and keep it away from this machine.\n\n");
  const groups = groupsOf(key);
  for (let start = 0; start < groups.length; start += GROUPS_A_LINE) {
    err.write("    ");
    for (const group of groups.slice(start, start + GROUPS_A_LINE)) {
      err.write(group.slice());
      err.write(" ");
    }
    err.write(LF);
  }
  err.write("\n");
}

async function retypePart(key: Secret, ask: Questions, err: Sink): Promise<void> {
  const groups = groupsOf(key);
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const place = (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % groups.length;
    const typed = await ask.secret(`To show that it is saved, type group ${place + 1} of ${groups.length}:`);
    const expected = new Secret((groups[place] ?? LF).map(upper));
    const given = new Secret(typed.bytes.filter((byte) => byte > CASE_BIT && byte !== DASH).map(upper));
    const isSame = sameSecret(given, expected);
    for (const secret of [typed, expected, given]) secret.wipe();
    if (isSame) return;
    err.write("that is not it; count the groups from left to right\n");
  }
  throw new KeepsakeError("INTERRUPTED", "the recovery key was not confirmed");
}

/** Views into the key's bytes: wiped with it. */
function groupsOf(key: Secret): readonly Uint8Array[] {
  const groups: Uint8Array[] = [];
  let start = 0;
  for (const [index, byte] of key.bytes.entries()) {
    if (byte !== DASH) continue;
    groups.push(key.bytes.subarray(start, index));
    start = index + 1;
  }
  return [...groups, key.bytes.subarray(start)];
}

function upper(byte: number): number {
  return byte >= 0x61 && byte <= 0x7a ? byte & ~CASE_BIT : byte;
}
