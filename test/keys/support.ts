/** What the tests of keys share. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import { Secret } from "../../src/base/secret.ts";
import type { KdfParameters, PassphraseKdf } from "../../src/crypto/argon2.ts";
import { checkKdfBounds } from "../../src/crypto/argon2.ts";
import { encodeParts, uint32 } from "../../src/base/bytes.ts";
import { hmacSha256 } from "../../src/crypto/hmac.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import { Keyring } from "../../src/keys/keyring.ts";
import { KeyringFile } from "../../src/keys/keyring-file.ts";
import type { PrivateFiles } from "../../src/platform/private-file-access.ts";
import { encodeRecoveryKey, newRecoveryKey } from "../../src/keys/recovery-key.ts";
import { createPassphraseSlot, createSecretSlot, openPassphraseSlot } from "../../src/keys/slots.ts";
import { FakeClock } from "../support/fake-clock.ts";

export const cheapest: KdfParameters = { memoryKiB: 64 << 10, passes: 3, parallelism: 1 };
export const NOW = Date.UTC(2026, 10, 20);

/**
 * Stands in for Argon2id where a test opens slots by the thousand: the same bounds, the same dependence on every input,
 * none of the cost.
 */
export function quickKdf(): PassphraseKdf & { derivations: number } {
  const kdf = {
    derivations: 0,
    derive: async (passphrase: Secret, salt: Uint8Array, parameters: KdfParameters) => {
      checkKdfBounds(parameters, salt.length);
      kdf.derivations += 1;
      const { memoryKiB, passes, parallelism } = parameters;
      const message = encodeParts(salt, uint32(memoryKiB), uint32(passes), uint32(parallelism));
      return new Secret(hmacSha256(passphrase.bytes, message));
    },
  };
  return kdf;
}

export function secretOf(text: string): Secret {
  return new Secret(utf8(text));
}

export const PASSPHRASE = "correct horse battery";
export const VAULT_ID = new Uint8Array(16).fill(0x42);

/** Private files in memory, with a list of what was done and a place to make a call fail. */
export class MemoryFiles implements PrivateFiles {
  readonly files = new Map<string, Uint8Array>();
  readonly replaced: string[] = [];
  /** Called before a replacement; may throw. `place` puts the bytes there all the same, as a failing fsync would. */
  beforeReplace: (path: string, place: () => void) => void = () => undefined;
  beforeRead: (path: string) => void = () => undefined;

  async read(path: string, limitBytes: number): Promise<Uint8Array | undefined> {
    this.beforeRead(path);
    const bytes = this.files.get(path);
    if (bytes !== undefined && bytes.length > limitBytes) throw new KeepsakeError("UNSAFE_PATH");
    return bytes?.slice();
  }

  async replace(path: string, bytes: Uint8Array): Promise<void> {
    const place = () => {
      this.files.set(path, bytes.slice());
    };
    this.beforeReplace(path, place);
    place();
    this.replaced.push(path);
  }

  copy(name: "a" | "b"): Uint8Array {
    return this.files.get(`/vault/keyring.${name}`)!;
  }

  set(name: "a" | "b", bytes: Uint8Array): void {
    this.files.set(`/vault/keyring.${name}`, bytes);
  }
}

/** A keyring with a passphrase and a recovery slot, written to `files`. */
export async function newTestKeyring(files: PrivateFiles = new MemoryFiles()) {
  const kdf = quickKdf();
  const means = {
    file: new KeyringFile("/vault", files),
    clock: new FakeClock(NOW),
    randomness: systemRandomness,
  };
  const masterKey = new Secret(systemRandomness.bytes(32));
  const making = { vaultId: VAULT_ID, masterKey, label: "passphrase", ...means };
  const recoveryKey = newRecoveryKey(systemRandomness);
  const slots = [
    await createPassphraseSlot(making, secretOf(PASSPHRASE), cheapest, kdf),
    createSecretSlot("recovery", { ...making, label: "recovery" }, recoveryKey),
  ];
  const keyring = await Keyring.create(VAULT_ID, masterKey, slots, means);
  return { keyring, kdf, means, making, recoveryKey, printed: encodeRecoveryKey(recoveryKey) };
}

/** The whole way of an unlock: read, open a slot, check the MAC. */
export async function unlock(files: PrivateFiles, kdf: PassphraseKdf, passphrase: string = PASSPHRASE) {
  const means = {
    file: new KeyringFile("/vault", files),
    clock: new FakeClock(NOW),
    randomness: systemRandomness,
  };
  const found = await means.file.read();
  if (found === undefined) throw new KeepsakeError("VAULT_MISSING");
  const { slots, vaultId } = found.stored.content;
  const opened = await openPassphraseSlot(slots, vaultId, secretOf(passphrase), kdf, new FakeClock(NOW));
  const keyring = Keyring.open(found.stored, opened.masterKey, means);
  return { keyring, found, opened, means };
}

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "keepsake-keys-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Code and message of what a promise rejects with; undefined when it does not. */
export async function codeAndMessage(
  promise: Promise<unknown>,
): Promise<readonly [string, string] | undefined> {
  return promise.then(
    () => undefined,
    (error: unknown) => (error instanceof KeepsakeError ? [error.code, error.message] : ["", String(error)]),
  );
}
