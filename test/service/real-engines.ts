/** Engines over a vault on disk, one after the other. */
import { mkdir, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { Secret } from "../../src/base/secret.ts";
import { hmacSha256 } from "../../src/crypto/hmac.ts";
import type { Keychain } from "../../src/keys/keychain.ts";
import { createVaultDoor } from "../../src/vault/create-vault-door.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { Harness } from "./harness.ts";
import type { HarnessOptions } from "./harness.ts";

const noKeychain: Keychain = {
  get: () => Promise.resolve(undefined),
  set: () => Promise.resolve(),
  remove: () => Promise.resolve(false),
};

/** Engines over one folder, one after the other. */
export async function engines() {
  const root = await mkdtemp(join(tmpdir(), "keepsake-service-"));
  const directory = join(root, "vault");
  await mkdir(directory, { mode: 0o700 });
  const clock = new FakeClock();
  let last: Harness | undefined;
  const close = async () => {
    await last?.service.close();
    last = undefined;
  };
  onTestFinished(async () => {
    await close();
    await rm(root, { recursive: true });
  });
  const next = async (options: Pick<HarnessOptions, "loadRedaction"> = {}) => {
    await close();
    const realDoor = await createVaultDoor({
      directory,
      clock,
      logger: { log: () => {} },
      kdf: { derive: (given, salt) => Promise.resolve(new Secret(hmacSha256(salt, given.bytes))) },
      kdfPolicy: {
        passes: 3,
        parallelism: 1,
        minMemoryKiB: 64 << 10,
        maxMemoryKiB: 64 << 10,
        targetMs: 0,
      },
      keychain: noKeychain,
      inboxToken: () => Promise.resolve(new Uint8Array(32).fill(7)),
    });
    last = new Harness({ ...options, clock, realDoor });
    return last;
  };
  return Object.assign(next, { directory });
}

/** All that the files below a folder hold. */
export async function bytesBelow(folder: string): Promise<Buffer> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((each) =>
    each.isFile(),
  );
  return Buffer.concat(await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name)))));
}
