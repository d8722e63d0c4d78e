/** Changes of the slots of an open vault: what they tell, what they cost, and what ends them. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { Secret } from "../../src/base/secret.ts";
import type { PrivateFiles } from "../../src/platform/private-file-access.ts";
import { privateFiles } from "../../src/platform/private-files.ts";
import type { Progress, UnlockWith } from "../../src/vault/vault.ts";
import { cheapPolicy, passphrase, VaultHome, work } from "./support/vault-home.ts";

let home: VaultHome;

beforeEach(async () => {
  home = await VaultHome.make();
});
afterEach(async () => {
  await home.remove();
});

const NEXT = "a new passphrase";
const PROVEN = [
  { stage: "kdf", done: 0, total: 1 },
  { stage: "kdf", done: 1, total: 1 },
] as const;
const by = (secret: Secret): UnlockWith => ({ kind: "passphrase", secret });
const stronger = { ...cheapPolicy, passes: 4 };
const aborted = () => work({ signal: AbortSignal.abort() });

async function keyrings(): Promise<readonly Uint8Array[]> {
  return Promise.all(["a", "b"].map((copy) => readFile(join(home.directory, `keyring.${copy}`))));
}

async function putBack(copies: readonly Uint8Array[]): Promise<void> {
  await writeFile(join(home.directory, "keyring.a"), copies[0]!);
  await writeFile(join(home.directory, "keyring.b"), copies[1]!);
}

/** The entries that the keychain is asked to remove from now on. */
function watchRemovals(): readonly string[] {
  const asked: string[] = [];
  const remove = home.keychain.remove.bind(home.keychain);
  home.keychain.remove = (account) => {
    asked.push(account);
    return remove(account);
  };
  return asked;
}

/** Files that refuse the keyring from when they are told to. */
function refusingKeyring(): PrivateFiles & { isRefused: boolean } {
  return {
    isRefused: false,
    read: privateFiles.read,
    replace(path, bytes) {
      if (this.isRefused && path.includes("keyring")) return Promise.reject(new KeepsakeError("DISK_FULL"));
      return privateFiles.replace(path, bytes);
    },
  };
}

describe("the slots of a new vault", () => {
  it("are called what they are, and cost what was measured", async () => {
    const door = await home.door();
    const seen: Progress[] = [];
    const { recoveryKey, kdf } = await door.create(passphrase(), { recovery: true }, work({ seen }));
    recoveryKey!.wipe();
    expect(door.slots.list().map(({ kind, label }) => [kind, label])).toEqual([
      ["passphrase", "passphrase"],
      ["recovery", "recovery key"],
    ]);
    expect(Number.isInteger(kdf.milliseconds)).toBe(true);
    expect(seen).toEqual([{ stage: "kdf", done: 1, total: 1 }]);
  });

  it("take the shortest passphrase that is long enough", async () => {
    const door = await home.door();
    const shortest = passphrase("x".repeat(LIMITS.minPassphraseCharacters));
    await door.create(shortest, { recovery: false }, work());
    expect(door.slots.list()).toHaveLength(1);
  });
});

describe("a new slot", () => {
  it("tells how far measuring its cost is, and says what it costs", async () => {
    const { door } = await home.create();
    const seen: Progress[] = [];
    const asked = { kind: "passphrase", label: "second", passphrase: passphrase(NEXT) } as const;
    const { slot } = await door.slots.add(asked, work({ seen }));
    expect(seen).toEqual([{ stage: "kdf", done: 1, total: 1 }]);
    expect(slot.kdf).toEqual({ memoryKiB: 64 << 10, passes: 3, parallelism: 1 });
    expect(slot.created).toBeGreaterThan(home.clock.now() - 60_000);
    expect(door.slots.list()[1]).toEqual(slot);
  });
});

describe("a vault that the keychain opens", () => {
  it("says so, open or sealed, as long as it has such a slot", async () => {
    const { door } = await home.create();
    expect(door.hasKeychain()).toBe(false);
    const { slot } = await door.slots.add({ kind: "keychain", label: "desktop" }, work());
    expect(door.hasKeychain()).toBe(true);
    await door.close();
    const sealed = await home.door();
    expect(sealed.hasKeychain()).toBe(true);
    await sealed.close();
    const opened = await home.open();
    await opened.door.slots.remove(slot.id);
    expect(opened.door.hasKeychain()).toBe(false);
  });
});

describe("a slot that the keyring does not take", () => {
  it("has the keychain asked only for what was put there", async () => {
    const files = refusingKeyring();
    const { door } = await home.create({ files });
    files.isRefused = true;
    const asked = watchRemovals();
    const add = (kind: "recovery" | "keychain") =>
      expect(door.slots.add({ kind, label: "x" }, work())).rejects.toMatchObject({ code: "DISK_FULL" });
    await add("recovery");
    expect(asked).toEqual([]);
    await add("keychain");
    expect(asked).toHaveLength(1);
    expect(home.keychain.entries.size).toBe(0);
  });
});

describe("changing a passphrase", () => {
  it("tells when the present one is proven, and changes nothing once it was told to stop", async () => {
    const { door } = await home.create();
    const stopped = door.slots.changePassphrase(passphrase(), passphrase(NEXT), aborted());
    await expect(stopped).rejects.toMatchObject({ code: "CANCELLED" });
    const seen: Progress[] = [];
    await door.slots.changePassphrase(passphrase(), passphrase(NEXT), work({ seen }));
    expect(seen).toEqual(PROVEN);
  });

  it("makes the slot cost what today's policy asks", async () => {
    const creating = await home.door();
    const { recoveryKey } = await creating.create(passphrase(), { recovery: true }, work());
    await creating.close();
    const door = await home.door({ kdfPolicy: stronger });
    await door.unlock({ kind: "recovery", secret: recoveryKey! }, work());
    expect(door.slots.list()[0]!.kdf).toMatchObject({ passes: 3 });
    const slot = await door.slots.changePassphrase(passphrase(), passphrase(NEXT), work());
    expect(slot.kdf).toMatchObject({ passes: 4 });
    expect(door.slots.list()[0]).toEqual(slot);
  });

  it("shows when the keyring of before is put back", async () => {
    const { door } = await home.create();
    await door.close();
    const before = await keyrings();
    const opened = await home.open();
    await opened.door.slots.changePassphrase(passphrase(), passphrase(NEXT), work());
    await opened.door.close();
    await putBack(before);
    await expect(home.open()).rejects.toMatchObject({ code: "ROLLBACK_DETECTED" });
  });
});

describe("removing a slot", () => {
  it("shows when the keyring of before is put back", async () => {
    const { door } = await home.create();
    const { slot, recoveryKey } = await door.slots.add({ kind: "recovery", label: "paper" }, work());
    recoveryKey!.wipe();
    await door.close();
    const before = await keyrings();
    const opened = await home.open();
    await opened.door.slots.remove(slot.id);
    await opened.door.close();
    await putBack(before);
    await expect(home.open()).rejects.toMatchObject({ code: "ROLLBACK_DETECTED" });
  });

  it("leaves the entries of other slots in the keychain", async () => {
    const { door } = await home.create();
    await door.slots.add({ kind: "keychain", label: "desktop" }, work());
    const { slot, recoveryKey } = await door.slots.add({ kind: "recovery", label: "paper" }, work());
    recoveryKey!.wipe();
    const asked = watchRemovals();
    await door.slots.remove(slot.id);
    expect(asked).toEqual([]);
    expect(home.keychain.entries.size).toBe(1);
  });
});

describe("a slot that is made stronger", () => {
  beforeEach(() => home.create().then(({ door }) => door.close()));

  it("shows when the keyring of before is put back", async () => {
    const before = await keyrings();
    const { door } = await home.open({ kdfPolicy: stronger });
    await door.close();
    await putBack(before);
    await expect(home.open()).rejects.toMatchObject({ code: "ROLLBACK_DETECTED" });
  });

  it("logs what kept it from becoming so", async () => {
    const files = refusingKeyring();
    files.isRefused = true;
    await home.open({ kdfPolicy: stronger, files });
    const failed = home.log.lines.find(({ event }) => event === "slot-not-strengthened");
    expect(failed!.fields).toEqual({ code: "DISK_FULL" });
  });
});

describe("rotating the master key", () => {
  it("is refused while the vault refuses writes", async () => {
    const { door, vault } = await home.create();
    vault.state.refuseWrites("VAULT_DAMAGED", "for this test.");
    await expect(door.slots.rotateMaster(passphrase(), { recovery: false }, work())).rejects.toMatchObject({
      code: "VAULT_READ_ONLY",
    });
    expect(vault.health.generation).toBe(1);
  });

  it("asks the keychain to remove what was its own, and nothing else", async () => {
    const { door } = await home.create();
    await door.slots.add({ kind: "keychain", label: "desktop" }, work());
    const { recoveryKey } = await door.slots.add({ kind: "recovery", label: "paper" }, work());
    recoveryKey!.wipe();
    const before = [...home.keychain.entries.keys()];
    const asked = watchRemovals();
    await door.slots.rotateMaster(passphrase(), { recovery: false }, work());
    expect(asked).toEqual(before);
  });

  it("tells when the passphrase is proven, and then how many records are copied", async () => {
    const { door, vault } = await home.create();
    await vault.write([{ type: "put", keyspace: "audit", id: vault.deriveId(), plaintext: utf8("x") }]);
    const seen: Progress[] = [];
    const { recoveryKey } = await door.slots.rotateMaster(passphrase(), { recovery: true }, work({ seen }));
    recoveryKey!.wipe();
    expect(seen.slice(0, 2)).toEqual(PROVEN);
    expect(seen.at(-1)).toEqual({ stage: "write", done: 1, total: 1 });
    expect(door.slots.list().map(({ label }) => label)).toEqual(["passphrase", "recovery key"]);
  });

  it("takes the new slots out of the keychain again when the keyring does not take them", async () => {
    const files = refusingKeyring();
    const { door } = await home.create({ files });
    await door.slots.add({ kind: "keychain", label: "desktop" }, work());
    const before = [...home.keychain.entries.keys()];
    files.isRefused = true;
    await expect(door.slots.rotateMaster(passphrase(), { recovery: true }, work())).rejects.toMatchObject({
      code: "DISK_FULL",
    });
    files.isRefused = false;
    expect([...home.keychain.entries.keys()]).toEqual(before);
    await door.close();
    const again = await home.door();
    await again.unlock({ kind: "keychain" }, work());
    await again.close();
    const last = await home.door();
    await last.unlock(by(passphrase()), work());
  });
});
