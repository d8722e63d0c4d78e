/** What is put in the place of a vault's store, or of its folder, while a daemon has it in use. */
import { cp, mkdir, readdir, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import type { PassphraseKdf } from "../../src/crypto/argon2.ts";
import { PinnedStore } from "../../src/vault/folder/pinned-store.ts";
import type { UnlockWith } from "../../src/vault/vault.ts";
import { FaultyDisk, until } from "./support/faulty-store.ts";
import { cheapKdf, passphrase, VaultHome, work } from "./support/vault-home.ts";

let home: VaultHome;
let store: string;
let away: string;

beforeEach(async () => {
  home = await VaultHome.make();
  store = join(home.directory, "store.1");
  away = join(home.root, "away");
  const { door, vault } = await home.create();
  await vault.write([put()]);
  await door.close();
});
afterEach(() => home.remove());

const byPassphrase = (): UnlockWith => ({ kind: "passphrase", secret: passphrase() });
const put = () => ({ type: "put", keyspace: "memory", id: newRecordId(), plaintext: utf8("text") }) as const;

const isNoLock = (path: string) => !path.endsWith("LOCK");

const copied = (from: string, to: string) =>
  cp(from, to, { recursive: true, preserveTimestamps: true, filter: isNoLock });

/** Every file below a folder, by its path there. */
async function filesIn(folder: string): Promise<ReadonlyMap<string, string>> {
  // Reading the lock of an open store would give it up.
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && isNoLock(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name));
  return new Map(
    await Promise.all(files.map(async (path) => [path, await readFile(path, "hex")] as [string, string])),
  );
}

async function emptyFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
}

describe("a store that is replaced under a sealed vault", () => {
  it.each([
    [
      "the vault's contents by those of an older backup",
      async () => {
        await emptyFolder(home.directory);
        await copied(away, home.directory);
      },
    ],
    ["its folder by a copy", () => rename(store, `${store}.old`).then(() => copied(`${store}.old`, store))],
    ["its folder by an empty one", () => rename(store, `${store}.old`).then(() => mkdir(store))],
    ["its folder by nothing", () => rename(store, `${store}.old`)],
    [
      "its files by those of an older backup",
      async () => {
        await emptyFolder(store);
        await copied(join(away, "store.1"), store);
      },
    ],
    ["its files by nothing", () => emptyFolder(store)],
    [
      "the bytes in its files by those of an older backup",
      async () => {
        for (const name of await readdir(join(away, "store.1"))) {
          if (isNoLock(name)) await writeFile(join(store, name), await readFile(join(away, "store.1", name)));
        }
      },
    ],
  ])("%s: it is neither opened nor written to", async (_, replace) => {
    await copied(home.directory, away);
    const door = await home.door();
    const tally = join(home.directory, "inbox.tally");
    const written = await readFile(tally, "hex");
    await door.capture([utf8("before")]);
    await expect.poll(() => readFile(tally, "hex")).not.toBe(written);
    // The tally of this one is written a second later, or when the door is closed.
    await door.capture([utf8("before")]);
    await replace();
    const before = await filesIn(home.directory);
    const refused = { code: "UNSAFE_PATH", message: `${store} is not what it was when the daemon started` };
    await expect(door.capture([utf8("meanwhile")])).rejects.toMatchObject(refused);
    await expect(door.unlock(byPassphrase(), work())).rejects.toMatchObject(refused);
    expect(door.state()).toBe("sealed");
    await door.close();
    const after = new Map(await filesIn(home.directory));
    // The count of guesses says that this one was none.
    const guesses = join(home.directory, "unlock.failures");
    expect(JSON.parse(Buffer.from(after.get(guesses)!, "hex").toString())).toMatchObject({ failures: 0 });
    after.delete(guesses);
    expect(after).toEqual(new Map([...before].filter(([path]) => path !== guesses)));
  });

  it("opens again once it is back", async () => {
    const door = await home.door();
    await door.capture([utf8("before")]);
    await rename(store, `${store}.old`);
    await copied(`${store}.old`, store);
    await expect(door.unlock(byPassphrase(), work())).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    await rm(store, { recursive: true });
    await rename(`${store}.old`, store);
    const vault = await door.unlock(byPassphrase(), work());
    expect(vault.health).toMatchObject({ records: 1, readOnly: undefined });
    expect(door.waiting()).toBe(1);
  });

  it("is found rolled back by a daemon that starts then", async () => {
    await copied(home.directory, away);
    const { door, vault } = await home.open();
    await vault.write([put()]);
    await door.close();
    await rm(store, { recursive: true });
    await copied(join(away, "store.1"), store);
    expect((await home.open()).vault.health.readOnly?.code).toBe("ROLLBACK_DETECTED");
  });

  it("is the one opened last: one that was opened anew after a refused write is not taken for another", async () => {
    const disk = new FaultyDisk();
    const door = await home.door({ opener: disk.opener });
    disk.onBatch = () => ({ code: "DISK_FULL" });
    await expect(door.capture([utf8("one")])).rejects.toMatchObject({ code: "DISK_FULL" });
    disk.onBatch = () => undefined;
    await door.capture([utf8("two")]);
    await door.capture([utf8("three")]);
    await door.unlock(byPassphrase(), work());
    expect(disk.opened).toBe(2);
    expect(door.waiting()).toBe(2);
  });

  it("is what was salvaged of it where it was damaged", async () => {
    await rm(join(store, "CURRENT"));
    const door = await home.door();
    await rename(`${store}.salvage`, away);
    await expect(door.unlock(byPassphrase(), work())).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    await rename(away, `${store}.salvage`);
    await door.unlock(byPassphrase(), work());
    expect(door.opened().health.readOnly?.code).toBe("VAULT_DAMAGED");
  });
});

describe("what is replaced while a vault is unlocked", () => {
  const moveAway = async (folder: string) => {
    await rename(folder, away);
    await copied(away, folder);
  };
  const parts: readonly (readonly [string, () => string])[] = [
    ["the folder", () => home.directory],
    ["the store", () => store],
  ];

  it.each(parts)("%s, during the key derivation, is noticed before anything is written", async (_, part) => {
    let replace: (() => Promise<void>) | undefined = () => moveAway(part());
    const kdf: PassphraseKdf = {
      derive: async (...given) => {
        await replace?.();
        replace = undefined;
        return cheapKdf.derive(...given);
      },
    };
    const door = await home.door({ kdf });
    await door.capture([utf8("before")]);
    await writeFile(join(home.directory, "keyring.a"), "damaged");
    await expect(door.unlock(byPassphrase(), work())).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    expect(replace).toBeUndefined();
    expect(door.state()).toBe("sealed");
    expect(await readFile(join(home.directory, "keyring.a"), "utf8")).toBe("damaged");
    await rm(part(), { recursive: true });
    await rename(away, part());
    await door.unlock(byPassphrase(), work());
    expect(door.waiting()).toBe(1);
  });

  it("the folder, while the store is opened only then, is noticed, and what it was is given back", async () => {
    const disk = new FaultyDisk();
    disk.onOpen = () => "WRITE_FAILED";
    const door = await home.door({ opener: disk.opener });
    disk.onOpen = () => undefined;
    disk.beforeOpen = () => moveAway(home.directory);
    await expect(door.unlock(byPassphrase(), work())).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    disk.beforeOpen = () => undefined;
    expect(door.state()).toBe("sealed");
    await expect(door.capture([utf8("meanwhile")])).rejects.toMatchObject({ code: "UNSAFE_PATH" });
  });

  it("is written to by no open vault: neither keyring nor anchor goes into another folder, and nothing is saved after that", async () => {
    const { door, vault } = await home.open();
    await moveAway(home.directory);
    const before = await filesIn(home.directory);
    await vault.write([put()]);
    const adding = door.slots.add({ kind: "recovery", label: "paper" }, work());
    await expect(adding).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    await until(() => home.log.has("anchor-not-written"));
    expect(home.log.lines).toContainEqual({ event: "anchor-not-written", fields: { code: "UNSAFE_PATH" } });
    const refused = { code: "VAULT_READ_ONLY", facts: { reason: "UNSAFE_PATH" } };
    await expect(vault.write([put()])).rejects.toMatchObject(refused);
    await expect(door.capture([utf8("meanwhile")])).rejects.toMatchObject(refused);
    await door.close();
    expect(await filesIn(home.directory)).toEqual(before);
    await rm(home.directory, { recursive: true });
    await rename(away, home.directory);
    expect((await home.open()).vault.health).toMatchObject({ records: 2, readOnly: undefined });
  });
});

describe("an anchor that goes nowhere", () => {
  it("takes no place of an earlier reason for taking no writes", async () => {
    const { vault } = await home.open();
    await vault.write([put()]);
    await rename(home.directory, away);
    vault.state.refuseWrites("DISK_FULL", "the disk is full");
    await until(() => home.log.has("anchor-not-written"));
    expect(vault.health.readOnly?.code).toBe("DISK_FULL");
    await rename(away, home.directory);
  });
});

describe("a folder that is replaced while a vault is made", () => {
  it("by that of another vault leaves that one as it is", async () => {
    const fresh = await VaultHome.make();
    let replace: (() => Promise<void>) | undefined = async () => {
      await rename(fresh.directory, away);
      await copied(home.directory, fresh.directory);
    };
    const kdf: PassphraseKdf = {
      derive: async (...given) => {
        await replace?.();
        replace = undefined;
        return cheapKdf.derive(...given);
      },
    };
    await expect(fresh.create({ kdf })).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    expect(replace).toBeUndefined();
    const { vault } = await fresh.open();
    expect(vault.health).toMatchObject({ records: 1, readOnly: undefined });
    await fresh.remove();
  });
});

describe("the pin of a store", () => {
  it("holds no descriptor of one that is not there, and none once it is released", async () => {
    await expect(PinnedStore.pin(away)).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    await mkdir(away);
    await expect(PinnedStore.pin(away)).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    const pinned = await PinnedStore.pin(store);
    await pinned.check();
    await pinned.release();
    await expect(pinned.check()).rejects.toMatchObject({ code: "UNSAFE_PATH" });
  });

  it("knows the file that names the store's files by its number and by when it was written", async () => {
    const current = join(store, "CURRENT");
    const pinned = await PinnedStore.pin(store);
    const bytes = await readFile(current);
    await writeFile(current, bytes);
    await expect(pinned.check()).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    await pinned.release();
    const again = await PinnedStore.pin(store);
    await utimes(current, 1, 1);
    await expect(again.check()).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    await again.release();
  });
});
