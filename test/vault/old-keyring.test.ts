/** A keyring that was put back, with whatever else: a passphrase that was removed does not open the vault again. */
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import { newX25519KeyPair } from "../../src/crypto/x25519.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import { HEAD_KEY, decodeHead } from "../../src/vault/written/head.ts";
import { KEYSPACE_BYTES } from "../../src/vault/written/keyspaces.ts";
import { SINGLE_ID } from "../../src/vault/written/store-key.ts";
import type { LiveVault } from "../../src/vault/live-vault.ts";
import type { KeepsakeDoor } from "../../src/vault/vault-door.ts";
import { FaultyDisk } from "./support/faulty-store.ts";
import { cheapPolicy, passphrase, VaultHome, work } from "./support/vault-home.ts";

const NEXT = "quite another passphrase";
const KEYRINGS = ["keyring.a", "keyring.b"];

let home: VaultHome;
let kept: string;

beforeEach(async () => {
  home = await VaultHome.make();
  kept = join(home.root, "kept");
  await mkdir(kept);
});
afterEach(() => home.remove());

const put = () => ({ type: "put", keyspace: "memory", id: newRecordId(), plaintext: utf8("text") }) as const;
const copyAway = async (names: readonly string[]) => {
  for (const name of names) await cp(join(home.directory, name), join(kept, name));
};
const putBack = async () => {
  for (const name of await readdir(kept)) await cp(join(kept, name), join(home.directory, name));
};
const by = (text?: string) => ({ kind: "passphrase", secret: passphrase(text) }) as const;

/** The epoch in the head as it is in the store, read through the open vault. */
async function epochInHead({ state }: LiveVault): Promise<number> {
  return state.era.use(async ({ store, sealer }) => {
    const sealed = await store.get(HEAD_KEY);
    return decodeHead(sealer.open(KEYSPACE_BYTES.head, SINGLE_ID, sealed!)).epoch;
  });
}

describe("an older keyring beside today's store", () => {
  it("with the anchor of then does not open the vault with the passphrase of then", async () => {
    await home.create().then(({ door }) => door.close());
    await copyAway([...KEYRINGS, "anchor"]);
    const { door, vault } = await home.open();
    await door.slots.changePassphrase(passphrase(), passphrase(NEXT), work());
    for (let note = 0; note < 5; note += 1) await vault.write([put()]);
    await door.close();
    await copyNewest();
    await putBack();
    const refused = await home.door();
    await expect(refused.unlock(by(), work())).rejects.toMatchObject({
      code: "ROLLBACK_DETECTED",
      message: expect.stringContaining("keyring.a and keyring.b were put back") as string,
      facts: { keyringChanges: 1 },
    });
    expect(refused.state()).toBe("sealed");
    expect(() => refused.opened()).toThrow(expect.objectContaining({ code: "VAULT_SEALED" }));
    await expect(refused.unlock(by(NEXT), work())).rejects.toMatchObject({ code: "WRONG_PASSPHRASE" });
    await refused.close();
    await putBackNewest();
    home.clock.advance(60_000);
    const owner = await home.door();
    expect((await owner.unlock(by(NEXT), work())).health).toMatchObject({ records: 5, readOnly: undefined });
  });

  it("says whom it is for when it is told to open: to be read and repaired, by the slots of then", async () => {
    await home.create().then(({ door }) => door.close());
    await copyAway([...KEYRINGS, "anchor"]);
    const { door, vault } = await home.open();
    await door.slots.changePassphrase(passphrase(), passphrase(NEXT), work());
    await vault.write([put()]);
    await door.close();
    await putBack();
    const told = await home.door();
    const opened = await told.unlock(by(), work(), { acceptRollback: true });
    expect(opened.health).toMatchObject({ records: 1, readOnly: { code: "ROLLBACK_DETECTED" } });
    await expect(opened.write([put()])).rejects.toMatchObject({ code: "VAULT_READ_ONLY" });
    await expect(opened.repair({ acceptRollback: false }, work())).rejects.toMatchObject({
      code: "ROLLBACK_DETECTED",
    });
    await opened.repair({ acceptRollback: true }, work());
    expect(await epochInHead(opened)).toBe(opened.state.epoch);
    await told.close();
    expect((await home.open()).vault.health).toMatchObject({ records: 1, readOnly: undefined });
  });

  it("spreads to no copy where the vault was not found whole", async () => {
    await home.create().then(({ door }) => door.close());
    await copyAway(KEYRINGS);
    const { door } = await home.open();
    await door.slots.changePassphrase(passphrase(), passphrase(NEXT), work());
    await door.close();
    await putBack();
    await writeFile(join(home.directory, "keyring.b"), "newer, and damaged", { mode: 0o600 });
    const told = await home.door();
    await told.unlock(by(), work(), { acceptRollback: true });
    expect(await readFile(join(home.directory, "keyring.b"), "utf8")).toBe("newer, and damaged");
  });

  it("is known by the term of the head where it lacks the key of that", async () => {
    await home.create().then(({ door }) => door.close());
    await copyAway([...KEYRINGS, "anchor"]);
    const { door, vault } = await home.open({ sealsPerTerm: 5 });
    for (let note = 0; note < 5; note += 1) await vault.write([put()]);
    expect(vault.state.keyring.activeTerm).toBeGreaterThan(1);
    await door.close();
    await putBack();
    await expect(home.open()).rejects.toMatchObject({ code: "ROLLBACK_DETECTED" });
  });
});

/** The newest keyrings and anchor, in a folder of their own. */
const newest = () => join(home.root, "newest");
async function copyNewest(): Promise<void> {
  await mkdir(newest());
  for (const name of [...KEYRINGS, "anchor"]) await cp(join(home.directory, name), join(newest(), name));
}
async function putBackNewest(): Promise<void> {
  for (const name of await readdir(newest())) await cp(join(newest(), name), join(home.directory, name));
}

describe("the keyring's epoch", () => {
  const changes: readonly (readonly [string, (door: KeepsakeDoor, vault: LiveVault) => Promise<unknown>])[] =
    [
      ["a slot is added", (door) => door.slots.add({ kind: "keychain", label: "desktop" }, work())],
      [
        "a slot is removed",
        async (door) => {
          const { slot, recoveryKey } = await door.slots.add({ kind: "recovery", label: "paper" }, work());
          recoveryKey!.wipe();
          await door.slots.remove(slot.id);
        },
      ],
      [
        "a passphrase is changed",
        (door) => door.slots.changePassphrase(passphrase(), passphrase(NEXT), work()),
      ],
      ["the master key is", (door) => door.slots.rotateMaster(passphrase(), { recovery: false }, work())],
      ["the vault is purged", (_, vault) => vault.purge(work())],
      [
        "the inbox gets another key",
        (_, { state }) => state.keyring.update(() => ({ inbox: newX25519KeyPair(systemRandomness) })),
      ],
    ];

  it.each(changes)("stands in the head, durable, before it is said that %s", async (what, change) => {
    const { door, vault } = await home.create();
    await change(door, vault);
    const crashed = await home.copy();
    expect(await epochInHead(vault)).toBe(vault.state.epoch);
    expect(vault.state.epoch).toBeGreaterThan(1);
    const then = await crashed.door();
    const opened = await then.unlock(by(what.includes("passphrase") ? NEXT : undefined), work());
    expect(await epochInHead(opened)).toBe(vault.state.epoch);
    await crashed.remove();
  });

  it("stands in the head when a slot was made stronger by the unlock", async () => {
    await home.create().then(({ door }) => door.close());
    const { vault } = await home.open({ kdfPolicy: { ...cheapPolicy, passes: 4 } });
    expect(vault.state.epoch).toBe(2);
    expect(await epochInHead(vault)).toBe(2);
  });

  it("stands in the head of the batch that begins a term", async () => {
    const { vault } = await home.create({ sealsPerTerm: 5 });
    for (let note = 0; note < 3; note += 1) {
      await vault.write([put()]);
      expect(await epochInHead(vault)).toBe(vault.state.epoch);
    }
    expect(vault.state.epoch).toBeGreaterThan(1);
  });

  it("may be ahead of the head after a crash between the two, and the next unlock writes one", async () => {
    const { door, vault } = await home.create();
    await vault.state.keyring.updateUnwitnessed(() => ({}));
    const crashed = await home.copy();
    await door.close();
    const opened = await crashed.open();
    expect(opened.vault.health.readOnly).toBeUndefined();
    await opened.vault.writer.idle();
    expect(await epochInHead(opened.vault)).toBe(2);
    await crashed.remove();
  });

  it("is written at the end when nothing else was", async () => {
    const { door, vault } = await home.create();
    await vault.state.keyring.updateUnwitnessed(() => ({}));
    await door.close();
    const { vault: again } = await home.open();
    expect(again.state.head.epoch).toBe(2);
  });

  it("that has run far ahead of the head tells of a store that was put back with its anchor", async () => {
    const { door, vault } = await home.create();
    await vault.write([put()]);
    for (let change = 0; change < 8; change += 1) await vault.state.keyring.updateUnwitnessed(() => ({}));
    const eight = await home.copy();
    await vault.state.keyring.updateUnwitnessed(() => ({}));
    const nine = await home.copy();
    await door.close();
    expect((await eight.open()).vault.health.readOnly).toBeUndefined();
    const { vault: behind } = await nine.open();
    expect(behind.health.readOnly).toMatchObject({
      code: "ROLLBACK_DETECTED",
      message: "its records are older than the keyring, which changed 9 times since",
    });
    await behind.repair({ acceptRollback: true }, work());
    await eight.remove();
    await nine.remove();
  });
});

describe("a change of the keyring", () => {
  it("is refused before it is made while the vault takes no writes", async () => {
    const { door, vault } = await home.create();
    const before = await readFile(join(home.directory, "keyring.b"));
    vault.state.refuseWrites("DISK_FULL", "the disk is full");
    const adding = door.slots.add({ kind: "keychain", label: "desktop" }, work());
    await expect(adding).rejects.toMatchObject({ code: "VAULT_READ_ONLY" });
    expect(home.keychain.entries.size).toBe(0);
    expect(await readFile(join(home.directory, "keyring.b"))).toEqual(before);
  });

  it.each(["DISK_FULL", "WRITE_FAILED"] as const)(
    "is not said to be refused when the disk refused its head alone, by %s",
    async (code) => {
      const disk = new FaultyDisk();
      const { door, vault } = await home.create({ opener: disk.opener });
      disk.onBatch = () => ({ code });
      const adding = door.slots.add({ kind: "keychain", label: "desktop" }, work());
      await expect(adding).rejects.toMatchObject({
        code,
        message: expect.stringContaining("the keyring was changed") as string,
        hint: expect.stringContaining("key list") as string,
      });
      // The slot is there, and so is what opens it.
      expect(door.slots.list()).toHaveLength(2);
      expect(home.keychain.entries.size).toBe(1);
      expect(vault.state.head.epoch).toBe(1);
      disk.onBatch = () => undefined;
      await door.close();
      await rm(kept, { recursive: true });
      expect((await home.open()).door.slots.list()).toHaveLength(2);
    },
  );
});
