/** No secret outlives its use: the real class runs, and everything that is made of it is watched. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import type * as secretModule from "../../src/base/secret.ts";
import type { Secret } from "../../src/base/secret.ts";
import type { PrivateFiles } from "../../src/platform/private-file-access.ts";
import { privateFiles } from "../../src/platform/private-files.ts";
import type { UnlockWith } from "../../src/vault/vault.ts";
import { FaultyDisk } from "./support/faulty-store.ts";
import { passphrase, VaultHome, work } from "./support/vault-home.ts";

const { made } = vi.hoisted(() => {
  const seen: { made: Secret[] } = { made: [] };
  return seen;
});

vi.mock("../../src/base/secret.ts", async (original) => {
  const real = await original<typeof secretModule>();
  class WatchedSecret extends real.Secret {
    constructor(bytes: Uint8Array) {
      super(bytes);
      // What is all zeros is the sample that the key derivation is measured with.
      if (bytes.some((byte) => byte !== 0)) made.push(this);
    }
  }
  return { ...real, Secret: WatchedSecret };
});

let home: VaultHome;
let disk: FaultyDisk;

beforeEach(async () => {
  home = await VaultHome.make();
  disk = new FaultyDisk();
  made.length = 0;
});
afterEach(async () => {
  await home.remove();
});

const by = (secret: Secret): UnlockWith => ({ kind: "passphrase", secret });
const put = () => ({ type: "put", keyspace: "memory", id: newRecordId(), plaintext: utf8("text") }) as const;
const left = () => made.filter(({ isWiped }) => !isWiped).length;

/** How many secrets are left of those that `work` makes. */
async function leftBy(use: () => Promise<unknown>): Promise<number> {
  made.length = 0;
  await use();
  expect(made.length).toBeGreaterThan(0);
  return left();
}

describe("nothing is left", () => {
  it("of a vault that was made, used and closed, but the recovery key for its owner", async () => {
    const door = await home.door();
    const { vault, recoveryKey } = await door.create(passphrase(), { recovery: true }, work());
    await vault.write([put()]);
    await vault.writeCheckpoint([utf8("chunk")]);
    expect(vault.mac("purpose", utf8("bytes"))).toHaveLength(32);
    await vault.purge(work());
    await door.close();
    expect(made.length).toBeGreaterThan(20);
    expect(left()).toBe(1);
    recoveryKey!.wipe();
    expect(left()).toBe(0);
  });

  it("of a vault that could not be made", async () => {
    const door = await home.door({ opener: disk.opener });
    let recovery = true;
    const create = (text?: string) => door.create(passphrase(text), { recovery }, work());
    const weak = () => expect(create("short")).rejects.toMatchObject({ code: "WEAK_PASSPHRASE" });
    expect(await leftBy(weak)).toBe(0);
    const full = () => expect(create()).rejects.toMatchObject({ code: "DISK_FULL" });
    disk.onBatch = () => ({ code: "DISK_FULL" });
    expect(await leftBy(full)).toBe(0);
    disk.onOpen = () => "DISK_FULL";
    expect(await leftBy(full)).toBe(0);
    recovery = false;
    expect(await leftBy(full)).toBe(0);
  });

  it("of an unlock that failed, was cancelled or succeeded, whatever opens it", async () => {
    const creating = await home.door();
    const { recoveryKey } = await creating.create(passphrase(), { recovery: true }, work());
    await creating.slots.add({ kind: "keychain", label: "desktop" }, work());
    await creating.close();
    const aborted = work({ signal: AbortSignal.abort() });
    const door = await home.door();
    const failing = () => door.unlock(by(passphrase("wrong horse battery")), work());
    expect(await leftBy(() => expect(failing()).rejects.toBeDefined())).toBe(0);
    home.clock.advance(20_000);
    const cancelled = () => door.unlock(by(passphrase()), aborted);
    expect(await leftBy(() => expect(cancelled()).rejects.toBeDefined())).toBe(0);
    await door.close();
    for (const unlockWith of [
      { kind: "recovery", secret: recoveryKey! } as const,
      { kind: "keychain" } as const,
      by(passphrase()),
    ]) {
      const again = await home.door();
      const used = async () => {
        await again.unlock(unlockWith, work());
        await again.close();
      };
      expect(await leftBy(used)).toBe(0);
    }
  });

  it("of a change of slots but what the vault goes on with", async () => {
    const { door } = await home.create();
    expect(
      await leftBy(() =>
        door.slots.add({ kind: "passphrase", label: "x", passphrase: passphrase() }, work()),
      ),
    ).toBe(0);
    expect(await leftBy(() => door.slots.add({ kind: "keychain", label: "x" }, work()))).toBe(0);
    // The recovery key, for its owner.
    expect(await leftBy(() => door.slots.add({ kind: "recovery", label: "x" }, work()))).toBe(1);
    const weak = () =>
      door.slots.add({ kind: "passphrase", label: "x", passphrase: passphrase("x") }, work());
    expect(await leftBy(() => expect(weak()).rejects.toBeDefined())).toBe(0);
    const next = passphrase("a new passphrase");
    expect(await leftBy(() => door.slots.changePassphrase(passphrase(), next, work()))).toBe(0);
    expect(next.isWiped).toBe(true);
  });

  it("of a master key that was not taken, or of the one before", async () => {
    let isRefused = false;
    const files: PrivateFiles = {
      ...privateFiles,
      replace: (path, bytes) =>
        isRefused && path.includes("keyring")
          ? Promise.reject(new KeepsakeError("DISK_FULL"))
          : privateFiles.replace(path, bytes),
    };
    const { door, vault } = await home.create({ files });
    await vault.write([put()]);
    const rotate = () => door.slots.rotateMaster(passphrase(), { recovery: true }, work());
    isRefused = true;
    expect(await leftBy(() => expect(rotate()).rejects.toBeDefined())).toBe(0);
    isRefused = false;
    const before = vault.state.keyring.masterKey;
    const { recoveryKey } = await rotate();
    expect(before.isWiped).toBe(true);
    recoveryKey!.wipe();
    await door.close();
    expect(left()).toBe(0);
  });

  it("of a purge that was given up", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    await vault.write([put()]);
    const purge = () => expect(vault.purge(work())).rejects.toMatchObject({ code: "DISK_FULL" });
    disk.onBatch = (_, folder) => (folder.endsWith("store.2") ? { code: "DISK_FULL" } : undefined);
    expect(await leftBy(purge)).toBe(0);
    disk.onBatch = () => undefined;
    disk.onOpen = (folder) => (folder.endsWith("store.2") ? "DISK_FULL" : undefined);
    expect(await leftBy(purge)).toBe(0);
  });
});
