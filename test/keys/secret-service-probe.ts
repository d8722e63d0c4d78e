/**
 * What `secret-service.test.ts` runs inside a session bus: one step on the real keychain, its outcome as JSON on stdout.
 *
 *   probe round-trip      makes a slot, opens it, forgets it, tries again
 *   probe store FILE      makes a slot and leaves it, as JSON in FILE
 *   probe open FILE       opens that slot
 *   probe hang MS         asks a keychain that may take MS milliseconds
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fromBase64, toBase64 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import { Secret } from "../../src/base/secret.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import { createKeychain } from "../../src/keys/keychain.ts";
import { createKeychainSlot, forgetKeychainSlot, openKeychainSlot } from "../../src/keys/keychain-slot.ts";
import type { StoredSlot } from "../../src/keys/keyring-format.ts";

const VAULT_ID = new Uint8Array(16).fill(0x42);
const MASTER_KEY = new Uint8Array(32).fill(0x11);

const [step, argument = ""] = process.argv.slice(2);
const keychain = step === "hang" ? createKeychain(undefined, Number(argument)) : createKeychain();

async function make(): Promise<StoredSlot> {
  const masterKey = new Secret(MASTER_KEY.slice());
  const making = {
    vaultId: VAULT_ID,
    masterKey,
    label: "",
    clock: systemClock,
    randomness: systemRandomness,
  };
  return createKeychainSlot(making, keychain);
}

async function opens(slot: StoredSlot): Promise<boolean> {
  const { masterKey } = await openKeychainSlot([slot], VAULT_ID, keychain);
  return toBase64(masterKey.bytes) === toBase64(MASTER_KEY);
}

async function outcome<T>(run: () => Promise<T>): Promise<T | { code: string; message: string }> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof KeepsakeError) return { code: error.code, message: error.message };
    throw error;
  }
}

const steps: Record<string, () => Promise<unknown>> = {
  "round-trip": async () => {
    const slot = await make();
    const started = performance.now();
    const opened = await opens(slot);
    const milliseconds = performance.now() - started;
    const forgotten = await forgetKeychainSlot(slot, VAULT_ID, keychain);
    return { opened, milliseconds, forgotten, afterwards: await outcome(() => opens(slot)) };
  },
  store: async () => {
    const { commitment, wrappedKey, ...plain } = await make();
    const stored = { ...plain, commitment: toBase64(commitment), wrappedKey: toBase64(wrappedKey) };
    writeFileSync(argument, JSON.stringify(stored));
    return true;
  },
  open: async () => {
    const stored = JSON.parse(readFileSync(argument, "utf8"));
    const { commitment, wrappedKey } = stored;
    return opens({ ...stored, commitment: fromBase64(commitment), wrappedKey: fromBase64(wrappedKey) });
  },
  hang: async () => {
    const started = performance.now();
    const answer = await outcome(() => keychain.get("nobody"));
    return { answer, milliseconds: performance.now() - started };
  },
};

const result = await outcome(steps[step ?? ""]!);
process.stdout.write(JSON.stringify(result), () => process.exit(0));
