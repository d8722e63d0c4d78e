/** A vault's folder for tests, with everything around it that the vault is passed in. */
import { copyFile, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { utf8 } from "../../../src/base/bytes.ts";
import { KeepsakeError } from "../../../src/base/errors.ts";
import type { LogFields, Logger } from "../../../src/base/logger.ts";
import { Secret } from "../../../src/base/secret.ts";
import type { PassphraseKdf } from "../../../src/crypto/argon2.ts";
import { hmacSha256 } from "../../../src/crypto/hmac.ts";
import type { KdfPolicy } from "../../../src/crypto/kdf-policy.ts";
import type { Keychain } from "../../../src/keys/keychain.ts";
import type { VaultDoorDeps } from "../../../src/vault/create-vault-door.ts";
import { createVaultDoor } from "../../../src/vault/create-vault-door.ts";
import type { KeepsakeDoor } from "../../../src/vault/vault-door.ts";
import type { LiveVault } from "../../../src/vault/live-vault.ts";
import type { LongWork, Progress } from "../../../src/vault/vault.ts";
import { ShiftedClock } from "../../support/fake-clock.ts";

// Files of the store get their mode from the process, as in the daemon.
process.umask(0o077);

export const PASSPHRASE = "correct horse battery staple";

/** One HMAC: what the vault does with a key does not depend on what it cost. */
export const cheapKdf: PassphraseKdf = {
  derive: (given, salt) => Promise.resolve(new Secret(hmacSha256(salt, given.bytes))),
};

export const cheapPolicy: KdfPolicy = {
  passes: 3,
  parallelism: 1,
  minMemoryKiB: 64 << 10,
  maxMemoryKiB: 64 << 10,
  targetMs: 0,
};

export class MemoryKeychain implements Keychain {
  readonly entries = new Map<string, Uint8Array>();
  isLocked = false;

  get(account: string): Promise<Secret | undefined> {
    if (this.isLocked) return Promise.reject(new KeepsakeError("KEYCHAIN_UNAVAILABLE"));
    const bytes = this.entries.get(account);
    return Promise.resolve(bytes && new Secret(bytes.slice()));
  }

  set(account: string, secret: Secret): Promise<void> {
    if (this.isLocked) return Promise.reject(new KeepsakeError("KEYCHAIN_UNAVAILABLE"));
    this.entries.set(account, secret.bytes.slice());
    return Promise.resolve();
  }

  remove(account: string): Promise<boolean> {
    if (this.isLocked) return Promise.reject(new KeepsakeError("KEYCHAIN_UNAVAILABLE"));
    return Promise.resolve(this.entries.delete(account));
  }
}

export interface LogLine {
  readonly event: string;
  readonly fields: LogFields;
}

export class TestLog implements Logger {
  readonly lines: LogLine[] = [];

  log(event: Lowercase<string>, fields: LogFields = {}): void {
    this.lines.push({ event, fields });
  }

  has(event: string): boolean {
    return this.lines.some((line) => line.event === event);
  }
}

/** The inbox token of the one machine that tests play on. */
export function testInboxToken(): Promise<Uint8Array> {
  return Promise.resolve(new Uint8Array(32).fill(0x5a));
}

export function passphrase(text: string = PASSPHRASE): Secret {
  return new Secret(utf8(text));
}

export function work(options: { readonly signal?: AbortSignal; readonly seen?: Progress[] } = {}): LongWork {
  return {
    progress: (progress) => options.seen?.push(progress),
    signal: options.signal ?? new AbortController().signal,
  };
}

/** A folder of its own for one test, and doors to it. */
export class VaultHome {
  readonly root: string;
  readonly clock = new ShiftedClock();
  readonly log = new TestLog();
  readonly keychain = new MemoryKeychain();
  readonly #doors: KeepsakeDoor[] = [];

  private constructor(root: string) {
    this.root = root;
  }

  static async make(): Promise<VaultHome> {
    const home = new VaultHome(await mkdtemp(join(tmpdir(), "keepsake-vault-")));
    await mkdir(home.directory, { mode: 0o700 });
    return home;
  }

  get directory(): string {
    return join(this.root, "vault");
  }

  /** A door as the daemon would make it; `deps` replaces parts. */
  async door(deps: Partial<VaultDoorDeps> = {}): Promise<KeepsakeDoor> {
    const door = await createVaultDoor({
      directory: this.directory,
      clock: this.clock,
      logger: this.log,
      kdf: cheapKdf,
      kdfPolicy: cheapPolicy,
      keychain: this.keychain,
      inboxToken: testInboxToken,
      timing: { retryFirst: 5, maxRetry: 40, scrubSlice: 3_600_000, inboxCount: 10_000 },
      ...deps,
    });
    this.#doors.push(door as KeepsakeDoor);
    return door as KeepsakeDoor;
  }

  async create(deps: Partial<VaultDoorDeps> = {}): Promise<{ door: KeepsakeDoor; vault: LiveVault }> {
    const door = await this.door(deps);
    const { vault, recoveryKey } = await door.create(passphrase(), { recovery: false }, work());
    recoveryKey?.wipe();
    return { door, vault };
  }

  async open(deps: Partial<VaultDoorDeps> = {}): Promise<{ door: KeepsakeDoor; vault: LiveVault }> {
    const door = await this.door(deps);
    try {
      const vault = await door.unlock({ kind: "passphrase", secret: passphrase() }, work());
      return { door, vault };
    } catch (error) {
      await door.close();
      throw error;
    }
  }

  /** A copy of the vault's folder as it is now, as a crash would leave it. */
  async copy(): Promise<VaultHome> {
    const copy = await VaultHome.make();
    await copyTree(this.directory, copy.directory);
    return copy;
  }

  async remove(): Promise<void> {
    for (const door of this.#doors) await door.close().catch(() => undefined);
    await rm(this.root, { recursive: true, force: true });
  }
}

/** Files that vanish meanwhile are no obstacle: a vault in use replaces some of its own. */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, target);
    else {
      await copyFile(source, target).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
      });
    }
  }
}
