/** The inbox: captured while sealed, durable before it answers, drained exactly once. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import { privateFiles } from "../../src/platform/private-files.ts";
import { InboxTallyFile, TALLY_KEY } from "../../src/vault/written/inbox-tally.ts";
import { KEYSPACE_BYTES } from "../../src/vault/written/keyspaces.ts";
import { storeKey } from "../../src/vault/written/store-key.ts";
import type { LiveVault } from "../../src/vault/live-vault.ts";
import type { KeepsakeDoor } from "../../src/vault/vault-door.ts";
import type { StoreOpener } from "../../src/store/record-store.ts";
import { SealedInbox } from "../../src/vault/sealed-inbox.ts";
import type { Change, InboxEntry } from "../../src/vault/vault.ts";
import { FaultyDisk, until } from "./support/faulty-store.ts";
import { entriesOf, tamper } from "./support/tamper.ts";
import { passphrase, VaultHome, work } from "./support/vault-home.ts";

let home: VaultHome;
let disk: FaultyDisk;

beforeEach(async () => {
  home = await VaultHome.make();
  disk = new FaultyDisk();
});
afterEach(async () => {
  disk.onBatch = () => undefined;
  disk.onOpen = () => undefined;
  await home.remove();
});

const CLEAN = { damaged: [], missingCount: 0 };
const turns = (...texts: string[]) => texts.map((text) => utf8(text));

async function entriesIn(door: KeepsakeDoor): Promise<readonly InboxEntry[]> {
  const entries: InboxEntry[] = [];
  for await (const entry of door.inbox()) entries.push(entry);
  return entries;
}

async function textsIn(door: KeepsakeDoor): Promise<readonly string[]> {
  return (await entriesIn(door)).map(({ plaintext }) => fromUtf8(plaintext)).toSorted();
}

/** What the service does at unlock: every entry becomes a record with an id of its own. */
function drain(vault: LiveVault, entries: readonly InboxEntry[]): readonly Change[] {
  return entries.flatMap(({ id, plaintext }): Change[] => [
    { type: "put", keyspace: "memory", id: vault.deriveId(plaintext), plaintext },
    { type: "drained", id },
  ]);
}

async function sealedVault(): Promise<void> {
  const { door } = await home.create();
  await door.close();
}

describe("a sealed vault", () => {
  it("takes captured turns, counts them, and gives them back when it is open", async () => {
    await sealedVault();
    const door = await home.door({ opener: disk.opener });
    expect(door.state()).toBe("sealed");
    await Promise.all([door.capture(turns("one", "two")), door.capture(turns("three"))]);
    expect(door.waiting()).toBe(3);
    await door.close();
    const again = await home.door();
    expect(again.waiting()).toBe(3);
    await again.unlock({ kind: "passphrase", secret: passphrase() }, work());
    expect(again.waiting()).toBe(3);
    expect(await textsIn(again)).toEqual(["one", "three", "two"]);
  });

  it("has no turn in clear in any file, and needs no key to store one", async () => {
    await sealedVault();
    const door = await home.door();
    await door.capture(turns("a canary that sings"));
    await door.close();
    await tamper(home.directory, async (store) => {
      const entries = await entriesOf(store, "inbox");
      expect(entries).toHaveLength(1);
      expect(Buffer.from(entries[0]!.value).includes("canary")).toBe(false);
    });
  });

  it("has stored a turn durably by the time it answers", async () => {
    await sealedVault();
    const door = await home.door();
    for (let turn = 0; turn < 5; turn += 1) await door.capture(turns(`turn ${turn}`));
    // A crash right after the last answer.
    const crashed = await home.copy();
    const opened = await crashed.open();
    expect(await textsIn(opened.door)).toEqual([0, 1, 2, 3, 4].map((turn) => `turn ${turn}`));
    expect(opened.vault.health.damage).toEqual(CLEAN);
    await opened.door.close();
    await crashed.remove();
  });

  it("says when the disk refuses a turn, and takes the next once it can", async () => {
    await sealedVault();
    const door = await home.door({ opener: disk.opener });
    await door.capture(turns("kept"));
    disk.onBatch = () => ({ code: "DISK_FULL" });
    await expect(door.capture(turns("refused"))).rejects.toMatchObject({ code: "DISK_FULL" });
    disk.onBatch = () => undefined;
    disk.onOpen = () => "WRITE_FAILED";
    await expect(door.capture(turns("refused"))).rejects.toMatchObject({ code: "WRITE_FAILED" });
    disk.onOpen = () => undefined;
    await door.capture(turns("taken"));
    expect(door.waiting()).toBe(2);
    const vault = await door.unlock({ kind: "passphrase", secret: passphrase() }, work());
    expect(await textsIn(door)).toEqual(["kept", "taken"]);
    expect(vault.health.damage).toEqual(CLEAN);
  });

  it("says while its store is looked through that what waits is not known yet", async () => {
    const { door: first } = await home.create();
    await first.close();
    const before = await home.door({ opener: disk.opener });
    await before.capture(turns("waits"));
    await before.close();
    let open = () => {};
    disk.beforeOpen = () => new Promise((resolve) => (open = resolve));
    const timing = { retryFirst: 5, maxRetry: 40, scrubSlice: 3_600_000, inboxCount: 5 };
    const door = await home.door({ opener: disk.opener, timing });
    expect([door.isCounting(), door.waiting()]).toEqual([true, 0]);
    disk.beforeOpen = () => {};
    open();
    await until(() => !door.isCounting());
    expect(door.waiting()).toBe(1);
    await door.unlock({ kind: "passphrase", secret: passphrase() }, work());
    expect(door.isCounting()).toBe(false);
  });

  it("takes turns while it is being opened, each into the right hands", async () => {
    await sealedVault();
    const door = await home.door();
    const captures: Promise<void>[] = [];
    const unlocking = door.unlock({ kind: "passphrase", secret: passphrase() }, work());
    for (let turn = 0; turn < 30; turn += 1) {
      captures.push(door.capture(turns(`turn ${turn}`)));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all([unlocking, ...captures]);
    expect(door.waiting()).toBe(30);
    expect(await entriesIn(door)).toHaveLength(30);
    expect(door.opened().health.damage).toEqual(CLEAN);
  });

  it("takes no turn where there is no vault", async () => {
    const door = await home.door();
    await expect(door.capture(turns("x"))).rejects.toMatchObject({ code: "VAULT_MISSING" });
    expect(door.waiting()).toBe(0);
  });
});

describe("the store of a sealed vault", () => {
  it("is handed over once: what is captured after that is not stored here", async () => {
    const { door, vault } = await home.create();
    const { deps, keyring } = vault.state;
    const { content } = keyring;
    await door.close();
    const inbox = new SealedInbox(deps, content);
    expect(await inbox.capture({ turns: turns("one"), notes: [] })).toBe(true);
    const live = await inbox.take();
    expect(await inbox.capture({ turns: turns("two"), notes: [] })).toBe(false);
    await inbox.close();
    expect((await entriesOf(live.store, "inbox")).length).toBe(1);
    await live.store.close();
    await inbox.close();
  });

  it("counts what it acknowledged, also when neither store nor file of before say so", async () => {
    const { door, vault } = await home.create();
    const { deps, keyring } = vault.state;
    const { content } = keyring;
    await door.close();
    let isRefused = false;
    const opener: StoreOpener = {
      ...deps.opener,
      open: async (folder, options) => {
        const store = await disk.opener.open(folder, options);
        return Object.assign(store, {
          // The tally in the store is of no use to anyone.
          get: () => Promise.reject(new KeepsakeError("RECORD_DAMAGED")),
        });
      },
    };
    const tallyFile = new InboxTallyFile(home.directory, {
      read: () => Promise.resolve(undefined),
      replace: () => Promise.reject(new KeepsakeError("DISK_FULL")),
    });
    const inbox = new SealedInbox({ ...deps, opener, tallyFile }, content);
    await inbox.capture({ turns: turns("one"), notes: [] });
    isRefused = true;
    disk.onBatch = () => (isRefused ? { code: "DISK_FULL" } : undefined);
    await expect(inbox.capture({ turns: turns("two"), notes: [] })).rejects.toMatchObject({
      code: "DISK_FULL",
    });
    isRefused = false;
    await inbox.open();
    expect(inbox.ledger.tally).toEqual({ sequence: 1, count: 1 });
    expect(inbox.ledger.missing).toBe(0);
    await inbox.close();
    disk.onOpen = () => "WRITE_FAILED";
    await expect(inbox.open()).rejects.toMatchObject({ code: "WRITE_FAILED" });
    await inbox.close();
  });
});

describe("draining the inbox", () => {
  it("takes each turn exactly once, whatever a crash comes in between", async () => {
    await sealedVault();
    const sealed = await home.door();
    const texts = Array.from({ length: 12 }, (_, turn) => `turn ${String(turn).padStart(2, "0")}`);
    await sealed.capture(turns(...texts));
    await sealed.close();
    let current = home;
    // Every round drains three and crashes: the copy is what the disk has at that moment.
    for (let round = 0; round < 4; round += 1) {
      const { door, vault } = await current.open();
      const entries = await entriesIn(door);
      expect(entries).toHaveLength(12 - round * 3);
      await vault.write(drain(vault, entries.slice(0, 3)));
      expect(door.waiting()).toBe(9 - round * 3);
      const crashed = await current.copy();
      await door.close();
      if (current !== home) await current.remove();
      current = crashed;
    }
    const { door, vault } = await current.open();
    const found: string[] = [];
    for await (const { plaintext } of vault.scan("memory")) found.push(fromUtf8(plaintext));
    expect(found.toSorted()).toEqual(texts);
    expect(await entriesIn(door)).toEqual([]);
    expect(vault.health).toMatchObject({ records: 12, readOnly: undefined, damage: CLEAN });
    await door.close();
    await current.remove();
  });

  it("is counted only where turns come or go", async () => {
    const written: string[] = [];
    const { door, vault } = await home.create({
      files: {
        read: privateFiles.read,
        replace: (path, bytes) => {
          written.push(basename(path));
          return privateFiles.replace(path, bytes);
        },
      },
    });
    await door.capture(turns("one"));
    await until(() => written.filter((name) => name === "inbox.tally").length === 2);
    const { tally } = vault.inbox;
    // A turn changes nothing that the anchor is for.
    expect(written.filter((name) => name === "anchor")).toHaveLength(1);
    home.clock.advance(5_000);
    written.length = 0;
    const id = newRecordId();
    await vault.write([{ type: "put", keyspace: "memory", id, plaintext: utf8("no turn") }]);
    await until(() => written.includes("anchor"));
    expect(vault.inbox.tally).toEqual(tally);
    await door.close();
    expect(written).not.toContain("inbox.tally");
  });

  it("goes on counting through a purge", async () => {
    const { door, vault } = await home.create();
    await door.capture(turns("one", "two"));
    const { sequence } = vault.inbox.tally;
    await vault.purge(work());
    expect(vault.inbox.tally).toEqual({ sequence: sequence + 1, count: 2 });
    await door.close();
    const again = await home.open();
    expect(again.vault.inbox.tally).toEqual({ sequence: sequence + 1, count: 2 });
    expect(again.vault.health.damage).toEqual(CLEAN);
  });

  it("of what is not there, twice, or in one batch, changes nothing else", async () => {
    const { door, vault } = await home.create();
    await door.capture(turns("one", "two"));
    const [first] = await entriesIn(door);
    await vault.write([{ type: "drained", id: newRecordId() }]);
    expect(door.waiting()).toBe(2);
    await vault.write([
      { type: "drained", id: first!.id },
      { type: "drained", id: first!.id },
    ]);
    await vault.write([{ type: "drained", id: first!.id }]);
    expect(door.waiting()).toBe(1);
    expect(vault.inbox.missing).toBe(0);
  });

  it("is not half done when the disk refuses", async () => {
    const { door, vault } = await home.create({ opener: disk.opener });
    await door.capture(turns("one"));
    const entries = await entriesIn(door);
    disk.onBatch = () => ({ code: "WRITE_FAILED" });
    await expect(vault.write(drain(vault, entries))).rejects.toMatchObject({ code: "WRITE_FAILED" });
    disk.onBatch = () => undefined;
    await until(() => vault.health.readOnly === undefined);
    expect(door.waiting()).toBe(1);
    expect(vault.health.records).toBe(0);
    await vault.write(drain(vault, entries));
    expect([door.waiting(), vault.health.records]).toEqual([0, 1]);
  });
});

describe("an inbox that was damaged", () => {
  async function captured(): Promise<void> {
    await sealedVault();
    const door = await home.door();
    await door.capture(turns("one"));
    await door.capture(turns("two"));
    await door.close();
  }

  it("names an entry that does not open, keeps it, and gives the others", async () => {
    await captured();
    await tamper(home.directory, async (store) => {
      const [entry] = await entriesOf(store, "inbox");
      entry!.value[60]! ^= 1;
      const short = storeKey(KEYSPACE_BYTES.inbox, new Uint8Array(16).fill(7));
      await store.batch([
        { type: "put", key: entry!.key, value: entry!.value },
        { type: "put", key: short, value: Uint8Array.of(1) },
        { type: "put", key: Uint8Array.of(KEYSPACE_BYTES.inbox, 1), value: entry!.value },
      ]);
    });
    const { door, vault } = await home.open();
    expect(await entriesIn(door)).toHaveLength(1);
    expect(vault.health.damage.damaged).toHaveLength(2);
    expect(vault.health.damage.missingCount).toBe(-2);
    expect(await vault.verify(work())).toMatchObject({ records: 1 });
    const { damage } = await vault.purge(work());
    expect(damage.damaged).toHaveLength(2);
    expect(vault.health.damage).toEqual(CLEAN);
  });

  it("counts an entry that is lost until a repair", async () => {
    await captured();
    await tamper(home.directory, async (store) => {
      const [entry] = await entriesOf(store, "inbox");
      await store.batch([{ type: "del", key: entry!.key }]);
    });
    const { door, vault } = await home.open();
    expect(vault.health.damage.missingCount).toBe(1);
    await vault.write(drain(vault, await entriesIn(door)));
    expect(vault.health.damage.missingCount).toBe(1);
    await door.close();
    const again = await home.open();
    expect(again.vault.health.damage.missingCount).toBe(1);
    expect((await again.vault.repair({ acceptRollback: false }, work())).damage.missingCount).toBe(1);
    expect(again.vault.health.damage).toEqual(CLEAN);
  });

  it("counts the newest entries when the store lost them with its own tally, by the file beside it", async () => {
    await captured();
    const tally = await readFile(join(home.directory, "inbox.tally"));
    const before = await home.copy();
    const door = await home.door();
    await door.capture(turns("three"));
    await door.close();
    expect((await readFile(join(home.directory, "inbox.tally"))).equals(tally)).toBe(false);
    // The store of before, with the tally of after.
    await writeFile(
      join(before.directory, "inbox.tally"),
      await readFile(join(home.directory, "inbox.tally")),
    );
    expect((await before.open()).vault.health.damage.missingCount).toBe(1);
    await before.remove();
  });

  it("goes by either tally when the other is gone, and by what is there without any", async () => {
    await captured();
    await rm(join(home.directory, "inbox.tally"));
    const first = await home.open();
    expect(first.vault.health.damage).toEqual(CLEAN);
    await first.door.close();
    await tamper(home.directory, (store) =>
      store.batch([{ type: "put", key: TALLY_KEY, value: Uint8Array.of(1) }]),
    );
    const second = await home.open();
    expect(second.vault.health.damage).toEqual(CLEAN);
    expect(second.door.waiting()).toBe(2);
  });

  it("is refused when something else is in the place of its tally", async () => {
    const tallies = new InboxTallyFile(home.directory, {
      read: () => Promise.reject(Object.assign(new Error("EIO"), { code: "EIO" })),
      replace: privateFiles.replace,
    });
    expect(await tallies.read()).toBeUndefined();
    await captured();
    await rm(join(home.directory, "inbox.tally"));
    const { symlink } = await import("node:fs/promises");
    await symlink("/etc/hostname", join(home.directory, "inbox.tally"));
    const door = await home.door();
    await expect(door.capture(turns("x"))).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    const unlock = door.unlock({ kind: "passphrase", secret: passphrase() }, work());
    await expect(unlock).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    expect(door.state()).toBe("sealed");
  });

  it("logs a tally that the disk refuses, and goes on", async () => {
    await sealedVault();
    const door = await home.door({
      files: {
        read: privateFiles.read,
        replace: (path, bytes) =>
          path.endsWith("tally") ? Promise.reject(new Error("EIO")) : privateFiles.replace(path, bytes),
      },
    });
    await door.capture(turns("x"));
    await until(() => home.log.has("tally-not-written"));
    const vault = await door.unlock({ kind: "passphrase", secret: passphrase() }, work());
    await door.capture(turns("y"));
    await until(() => home.log.has("anchor-not-written"));
    expect(vault.health.damage).toEqual(CLEAN);
  });
});
