/** A vault whose keyring or store is missing is no empty place, and what is there is set aside only when asked. */
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import type { PrivateFiles } from "../../src/platform/private-file-access.ts";
import { privateFiles } from "../../src/platform/private-files.ts";
import { setAside } from "../../src/vault/folder/set-aside.ts";
import { FaultyDisk } from "./support/faulty-store.ts";
import { passphrase, VaultHome, work } from "./support/vault-home.ts";

const KEYRINGS = ["keyring.a", "keyring.b"];
const RECOVERY = { recovery: false };

let home: VaultHome;
beforeEach(async () => {
  home = await VaultHome.make();
});
afterEach(() => home.remove());

const put = () => ({ type: "put", keyspace: "memory", id: newRecordId(), plaintext: utf8("text") }) as const;
const byPassphrase = () => ({ kind: "passphrase", secret: passphrase() }) as const;
const inFolder = async () => (await readdir(home.directory)).toSorted();

async function filled(): Promise<void> {
  const { door, vault } = await home.create();
  await vault.write([put()]);
  await door.close();
}

async function withoutKeyring(): Promise<void> {
  await filled();
  for (const name of KEYRINGS) await rename(join(home.directory, name), join(home.root, name));
}

async function keyringBack(): Promise<void> {
  for (const name of KEYRINGS) await cp(join(home.root, name), join(home.directory, name));
}

describe("a vault without its keyring", () => {
  it("says so in answer to everything, and is whole once the keyring is back", async () => {
    await withoutKeyring();
    const before = await inFolder();
    const door = await home.door();
    const missing = {
      code: "VAULT_INCOMPLETE",
      message: `keyring.a and keyring.b are missing from ${home.directory}, which holds anchor, ballast, inbox.tally, store.1`,
    };
    expect(door.state()).toBe("sealed");
    expect(door.fault()).toMatchObject(missing);
    expect(() => door.opened()).toThrow(expect.objectContaining(missing));
    expect(() => door.slots.list()).toThrow(expect.objectContaining(missing));
    await expect(door.unlock(byPassphrase(), work())).rejects.toMatchObject(missing);
    await expect(door.capture([utf8("captured")])).rejects.toMatchObject(missing);
    await expect(door.create(passphrase(), RECOVERY, work())).rejects.toMatchObject(missing);
    expect(await inFolder()).toEqual(before);
    await keyringBack();
    await door.lookAgain();
    expect(door.fault()).toBeUndefined();
    const vault = await door.unlock(byPassphrase(), work());
    expect(vault.health).toMatchObject({ records: 1, readOnly: undefined });
    await door.lookAgain();
    expect(door.state()).toBe("open");
  });

  it.each([["store.1"], ["anchor"], ["inbox.tally"], ["ballast"], ["unlock.failures"], ["keyring.a (copy)"]])(
    "is no empty place as long as there is %s",
    async (name) => {
      await writeFile(join(home.directory, name), "x");
      const door = await home.door();
      await expect(door.create(passphrase(), RECOVERY, work())).rejects.toMatchObject({
        code: "VAULT_INCOMPLETE",
        message: expect.stringContaining(name) as string,
      });
      expect(await readFile(join(home.directory, name), "utf8")).toBe("x");
    },
  );

  it("names no more than five of what is there", async () => {
    for (let number = 1; number < 8; number += 1) await mkdir(join(home.directory, `store.${number}`));
    const door = await home.door();
    expect(door.fault()!.message).toMatch(
      /holds store\.1, store\.2, store\.3, store\.4, store\.5 and 2 more$/,
    );
  });

  it("keeps a keyring that a crash left half way, since it may be the only one", async () => {
    await withoutKeyring();
    const temporary = ".keyring.b.0123456789abcdef.tmp";
    await writeFile(join(home.directory, temporary), "x");
    await (await home.door()).close();
    expect(await inFolder()).toContain(temporary);
    await keyringBack();
    await home.door();
    expect(await inFolder()).not.toContain(temporary);
  });

  it("is found, too, by a daemon that found nothing at all when it started", async () => {
    const door = await home.door();
    expect(door.state()).toBe("missing");
    await door.lookAgain();
    expect(door.state()).toBe("missing");
    const other = await VaultHome.make();
    await other.create().then((made) => made.door.close());
    await cp(other.directory, home.directory, { recursive: true });
    await other.remove();
    await door.lookAgain();
    expect(door.state()).toBe("sealed");
    await door.unlock(byPassphrase(), work());
  });
});

describe("a vault without its store", () => {
  it("is refused until the store is back, and knows it before anybody asks", async () => {
    await filled();
    await rename(join(home.directory, "store.1"), join(home.root, "store.1"));
    const missing = { code: "VAULT_INCOMPLETE", message: `${join(home.directory, "store.1")} is missing` };
    const door = await home.door();
    expect(door.fault()).toMatchObject(missing);
    await expect(door.unlock(byPassphrase(), work())).rejects.toMatchObject(missing);
    await rename(join(home.root, "store.1"), join(home.directory, "store.1"));
    await door.lookAgain();
    expect(door.fault()).toBeUndefined();
    expect((await door.unlock(byPassphrase(), work())).health.records).toBe(1);
  });
});

describe("an init that a crash ended", () => {
  it("leaves an empty place, whose rests the next one removes", async () => {
    const files: PrivateFiles = {
      read: (path, limit) => privateFiles.read(path, limit),
      replace: async (path, bytes) => {
        if (path.endsWith("keyring.b")) throw new KeepsakeError("DISK_FULL");
        await privateFiles.replace(path, bytes);
      },
    };
    const door = await home.door({ files });
    await expect(door.create(passphrase(), RECOVERY, work())).rejects.toMatchObject({ code: "DISK_FULL" });
    await door.close();
    expect(await inFolder()).toEqual(["anchor", "ballast", "inbox.tally", "store.1", "store.1.draft"]);
    const again = await home.door();
    expect(again.state()).toBe("missing");
    await again.create(passphrase(), RECOVERY, work());
    expect(await inFolder()).toEqual([
      "anchor",
      "ballast",
      "inbox.tally",
      "keyring.a",
      "keyring.b",
      "store.1",
    ]);
  });

  it.each([
    ["another store is there", "store.2"],
    ["a keyring was there", "keyring.a (copy)"],
  ])("is not what it looks like when %s", async (_, name) => {
    await writeFile(join(home.directory, "store.1.draft"), "", { mode: 0o600 });
    await mkdir(join(home.directory, name));
    expect((await home.door()).fault()).toMatchObject({ code: "VAULT_INCOMPLETE" });
  });
});

describe("a mark of a store in the making", () => {
  it("that outlived the making is taken away by an unlock, and its store is not", async () => {
    await filled();
    await writeFile(join(home.directory, "store.1.draft"), "", { mode: 0o600 });
    const { vault } = await home.open();
    expect(vault.health.records).toBe(1);
    expect(await inFolder()).not.toContain("store.1.draft");
  });
});

describe("setting a vault aside", () => {
  const aside = { ...RECOVERY, setAside: true };

  it("keeps it whole in a private folder beside, and makes a new one", async () => {
    await withoutKeyring();
    await mkdir(join(home.directory, "config"));
    await mkdir(join(home.directory, ".stfolder"));
    const door = await home.door();
    const made = await door.create(passphrase(), aside, work());
    const folder = made.setAside!;
    expect(basename(folder)).toMatch(/^vault-set-aside-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d$/);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await readdir(folder)).toSorted()).toEqual(["anchor", "ballast", "inbox.tally", "store.1"]);
    expect(await inFolder()).toEqual(expect.arrayContaining([".stfolder", "config", "keyring.a", "store.1"]));
    expect(home.log.has("vault-set-aside")).toBe(true);
    expect(made.vault.health.records).toBe(0);
    await door.close();
    // And with its keyring it opens where it is.
    await rm(home.directory, { recursive: true });
    await rename(folder, home.directory);
    await keyringBack();
    expect((await home.open()).vault.health).toMatchObject({ records: 1, readOnly: undefined });
  });

  it("does so with one that nothing is wrong with, while it is sealed, and what waits in it", async () => {
    await filled();
    const door = await home.door();
    await door.capture([utf8("captured")]);
    await expect(door.create(passphrase(), RECOVERY, work())).rejects.toMatchObject({ code: "VAULT_EXISTS" });
    const { setAside: folder } = await door.create(passphrase("another passphrase"), aside, work());
    expect(door.waiting()).toBe(0);
    await expect(door.create(passphrase(), aside, work())).rejects.toMatchObject({ code: "VAULT_EXISTS" });
    await door.close();
    await rm(home.directory, { recursive: true });
    await rename(folder!, home.directory);
    const again = await home.open();
    expect(again.door.waiting()).toBe(1);
    expect(again.vault.health.records).toBe(1);
  });

  it("has nothing to do where nothing is", async () => {
    const door = await home.door();
    expect((await door.create(passphrase(), aside, work())).setAside).toBeUndefined();
  });

  it("comes after the passphrase was found long enough", async () => {
    await withoutKeyring();
    const door = await home.door();
    await expect(door.create(passphrase("short"), aside, work())).rejects.toMatchObject({
      code: "WEAK_PASSPHRASE",
    });
    expect(await inFolder()).toContain("store.1");
  });

  it("says where it is when no new vault comes of it", async () => {
    await withoutKeyring();
    const disk = new FaultyDisk();
    const door = await home.door({ opener: disk.opener });
    disk.onOpen = () => "DISK_FULL";
    await expect(door.create(passphrase(), aside, work())).rejects.toMatchObject({
      code: "DISK_FULL",
      hint: expect.stringContaining(`what was there is in ${home.directory}-set-aside-`) as string,
    });
    const unexpected = new Error("nobody knows why");
    disk.onOpen = () => {
      throw unexpected;
    };
    await writeFile(join(home.directory, "keyring.a"), "x", { mode: 0o600 });
    await expect(door.create(passphrase(), aside, work())).rejects.toBe(unexpected);
    expect((await readdir(home.root)).filter((name) => name.includes("set-aside"))).toHaveLength(2);
  });

  it("takes another name where its own is taken, and says what could not be moved", async () => {
    await filled();
    const at = Date.UTC(2026, 10, 29, 7, 30);
    const first = await setAside(home.directory, at);
    await writeFile(join(home.directory, "anchor"), "x");
    const second = await setAside(home.directory, at);
    expect([basename(first), basename(second)]).toEqual([
      "vault-set-aside-2026-11-29T07-30-00",
      "vault-set-aside-2026-11-29T07-30-00.2",
    ]);
    await rm(home.directory, { recursive: true });
    await expect(setAside(home.directory, at)).rejects.toMatchObject({
      code: "WRITE_FAILED",
      hint: expect.stringContaining("nothing was removed") as string,
    });
    await expect(setAside(join(home.root, "nowhere", "vault"), at)).rejects.toMatchObject({
      code: "UNSAFE_PATH",
    });
  });
});
