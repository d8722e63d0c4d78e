/** An entry of the inbox is taken in at most once in the life of a vault, and says who captured it. */
import { fc, test } from "@fast-check/vitest";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fromUtf8, toHex, utf8 } from "../../src/base/bytes.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import { Secret } from "../../src/base/secret.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import { newX25519KeyPair } from "../../src/crypto/x25519.ts";
import { KeyringFile } from "../../src/keys/keyring-file.ts";
import { privateFiles } from "../../src/platform/private-files.ts";
import type { StoreEntry } from "../../src/store/record-store.ts";
import { sealInboxEntry } from "../../src/vault/written/inbox-entry.ts";
import { encodeTally, TALLY_KEY } from "../../src/vault/written/inbox-tally.ts";
import { KEYSPACE_BYTES } from "../../src/vault/written/keyspaces.ts";
import { idTextOfKey, storeKey } from "../../src/vault/written/store-key.ts";
import type { LiveVault } from "../../src/vault/live-vault.ts";
import type { KeepsakeDoor } from "../../src/vault/vault-door.ts";
import type { InboxEntry } from "../../src/vault/vault.ts";
import { FaultyDisk, until } from "./support/faulty-store.ts";
import { entriesOf, tamper } from "./support/tamper.ts";
import { passphrase, testInboxToken, VaultHome, work } from "./support/vault-home.ts";

let home: VaultHome;

beforeEach(async () => {
  home = await VaultHome.make();
});
afterEach(() => home.remove());

const turns = (...texts: string[]) => texts.map((text) => utf8(text));

async function entriesIn(door: KeepsakeDoor): Promise<readonly InboxEntry[]> {
  const entries: InboxEntry[] = [];
  for await (const entry of door.inbox()) entries.push(entry);
  return entries;
}

/** What the service does: every entry becomes a memory under an id that follows from what it says. */
async function drain(door: KeepsakeDoor, vault: LiveVault): Promise<readonly string[]> {
  const taken: string[] = [];
  for (const { id, plaintext } of await entriesIn(door)) {
    const memory = vault.deriveId(plaintext);
    const put = { type: "put", keyspace: "memory", id: memory, plaintext } as const;
    const drained = { type: "drained", id } as const;
    await vault.write(vault.has("memory", memory) ? [drained] : [put, drained]);
    taken.push(fromUtf8(plaintext));
  }
  await door.settleInbox();
  return taken;
}

/** Copies of what waits, as a backup has them. */
function copies(of = home): Promise<readonly StoreEntry[]> {
  return tamper(of.directory, (store) => entriesOf(store, "inbox"));
}

/** The same of an open vault. */
async function copiesIn({ state }: LiveVault): Promise<readonly StoreEntry[]> {
  return entriesOf(await state.era.use(({ store }) => store), "inbox");
}

/** Puts entries back, with the tally that belongs to them. */
async function putBack(entries: readonly StoreEntry[], into = home): Promise<void> {
  await tamper(into.directory, async (store) => {
    const there = await entriesOf(store, "inbox");
    const keys = new Set([...there, ...entries].map(({ key }) => Buffer.from(key).toString("hex")));
    await store.batch([
      ...entries.map((entry) => ({ type: "put" as const, ...entry })),
      { type: "put", key: TALLY_KEY, value: encodeTally({ sequence: 1_000_000, count: keys.size }) },
    ]);
  });
}

/** A closed vault in which "canary" was captured while it was sealed; what waited in it. */
async function captured(): Promise<readonly StoreEntry[]> {
  const { door } = await home.create();
  await door.close();
  const sealed = await home.door();
  await sealed.capture(turns("canary"));
  await sealed.close();
  return copies();
}

describe("a copy of an entry that was taken in", () => {
  const ways: readonly (readonly [string, (vault: LiveVault, door: KeepsakeDoor) => Promise<unknown>])[] = [
    ["the drain", () => Promise.resolve()],
    [
      "its memory was forgotten",
      (vault) => vault.write([{ type: "delete", keyspace: "memory", id: vault.deriveId(utf8("canary")) }]),
    ],
    [
      "it was forgotten and purged",
      async (vault) => {
        await vault.write([{ type: "delete", keyspace: "memory", id: vault.deriveId(utf8("canary")) }]);
        await vault.purge(work());
      },
    ],
    [
      "a rotation of the master key",
      (_vault, door) => door.slots.rotateMaster(passphrase(), { recovery: false }, work()),
    ],
    ["a repair", (vault) => vault.repair({ acceptRollback: false }, work())],
  ];

  it.each(ways)(
    "opens under no key after %s: it is set aside and counted, and gone with the next purge",
    async (_name, change) => {
      const entries = await captured();
      expect(entries).toHaveLength(1);
      const first = await home.open();
      expect(await drain(first.door, first.vault)).toEqual(["canary"]);
      await change(first.vault, first.door);
      const records = first.vault.health.records;
      await first.door.close();
      await putBack(entries);
      const { door, vault } = await home.open();
      expect(await entriesIn(door)).toEqual([]);
      expect([door.waiting(), door.inboxCounts().setAside]).toEqual([0, 1]);
      expect(vault.health).toMatchObject({ records, damage: { damaged: [expect.any(String)] } });
      expect((await vault.verify(work())).damage.damaged).toHaveLength(1);
      expect((await vault.purge(work())).damage.damaged).toHaveLength(1);
      expect([door.inboxCounts(), vault.health.damage.damaged]).toEqual([
        { bytes: 0, setAside: 0, dropsSetAside: 0 },
        [],
      ]);
    },
  );

  it("opens under no key when the crash came right after the last batch of the drain and it was forgotten since", async () => {
    const entries = await captured();
    const { door, vault } = await home.open();
    const [entry] = await entriesIn(door);
    const id = vault.deriveId(entry!.plaintext);
    await vault.write([
      { type: "put", keyspace: "memory", id, plaintext: entry!.plaintext },
      { type: "drained", id: entry!.id },
    ]);
    expect(vault.state.keyring.content.retiredInbox).toBeDefined();
    // Forgetting ends the life of the pair first.
    await vault.write([{ type: "delete", keyspace: "memory", id }]);
    expect(vault.state.keyring.content.retiredInbox).toBeUndefined();
    const crashed = await home.copy();
    await door.close();
    await home.remove();
    home = crashed;
    await putBack(entries);
    const again = await home.open();
    expect(await entriesIn(again.door)).toEqual([]);
    expect(again.vault.health.records).toBe(0);
  });

  it("stays set aside while others come, and counts no more once it is removed", async () => {
    const entries = await captured();
    const first = await home.open();
    await drain(first.door, first.vault);
    await first.door.close();
    await putBack(entries);
    const { door, vault } = await home.open();
    expect(await entriesIn(door)).toEqual([]);
    await door.capture(turns("canary"));
    const size = entries[0]!.value.length;
    expect([door.waiting(), door.inboxCounts()]).toEqual([
      1,
      { bytes: 2 * size, setAside: 1, dropsSetAside: 0 },
    ]);
    await vault.write([{ type: "drained", id: idTextOfKey(entries[0]!.key) }]);
    expect([door.waiting(), door.inboxCounts()]).toEqual([1, { bytes: size, setAside: 0, dropsSetAside: 0 }]);
    expect(await drain(door, vault)).toEqual(["canary"]);
  });

  test.prop(
    [
      fc.array(fc.constantFrom("capture", "part", "drain", "crash", "replay", "forget", "purge"), {
        maxLength: 9,
      }),
    ],
    {
      numRuns: 5,
    },
  )(
    "is never a memory again, whatever happens in whatever order, and no turn is lost",
    async (steps) => {
      let own = await VaultHome.make();
      try {
        const known: StoreEntry[] = [];
        const forgotten = new Set<string>();
        let count = 0;
        let opened = await own.create();
        const reopen = async () => {
          await opened.door.close();
          const sealed = await own.door();
          count += 1;
          await sealed.capture(turns(`turn ${count}`));
          await sealed.close();
          known.push(...(await copies(own)));
          opened = await own.open();
        };
        for (const step of [...steps, "drain"]) {
          const { door, vault } = opened;
          if (step === "capture") await reopen();
          else if (step === "drain") await drain(door, vault);
          else if (step === "purge") await vault.purge(work());
          else if (step === "part") {
            const [entry] = await entriesIn(door);
            if (entry === undefined) continue;
            const id = vault.deriveId(entry.plaintext);
            await vault.write([
              { type: "put", keyspace: "memory", id, plaintext: entry.plaintext },
              { type: "drained", id: entry.id },
            ]);
          } else if (step === "forget") {
            for await (const { id, plaintext } of vault.scan("memory")) {
              await vault.write([{ type: "delete", keyspace: "memory", id }]);
              forgotten.add(fromUtf8(plaintext));
              break;
            }
          } else if (step === "crash") {
            const copy = await own.copy();
            await door.close();
            await own.remove();
            own = copy;
            opened = await own.open();
          } else {
            await door.close();
            // Whoever writes the files can destroy what waits; here that is left as it is.
            const waiting = new Set((await copies(own)).map(({ key }) => toHex(key)));
            const gone = known.filter(({ key }) => !waiting.has(toHex(key)));
            await putBack(gone, own);
            opened = await own.open();
          }
          for (const text of forgotten)
            expect(opened.vault.has("memory", opened.vault.deriveId(utf8(text)))).toBe(false);
        }
        // A drain that began before a crash ends first; what came since is of the next one.
        while (opened.door.waiting() > 0) await drain(opened.door, opened.vault);
        const found: string[] = [];
        for await (const { plaintext } of opened.vault.scan("memory")) found.push(fromUtf8(plaintext));
        const all = Array.from({ length: count }, (_, index) => `turn ${index + 1}`);
        expect([...found, ...forgotten].toSorted()).toEqual(all.toSorted());
      } finally {
        await own.remove();
      }
    },
    120_000,
  );
});

describe("the pairs of the inbox", () => {
  it("come and go with a drain; the old private key is wiped and in no copy of the keyring", async () => {
    await captured();
    const { door, vault } = await home.open();
    const { keyring } = vault.state;
    const { epoch } = keyring.content.inbox;
    const entries = await entriesIn(door);
    expect([keyring.content.inbox.epoch, keyring.content.retiredInbox?.epoch]).toEqual([epoch + 1, epoch]);
    expect(keyring.inboxKey(epoch)).toBeDefined();
    // What is captured meanwhile is sealed to the pair that stays, and of the next drain.
    await door.capture(turns("later"));
    expect(await entriesIn(door)).toHaveLength(1);
    await vault.write(entries.map(({ id }) => ({ type: "drained", id })));
    await door.settleInbox();
    expect(keyring.inboxKey(epoch)).toBeUndefined();
    expect(keyring.content.retiredInbox).toBeUndefined();
    const found = await vault.state.deps.keyringFile.read();
    expect(found?.stored.content).toMatchObject({ inbox: { epoch: epoch + 1 } });
    expect(found?.stored.content.retiredInbox).toBeUndefined();
    expect(found?.toRepair).toEqual([]);
    expect((await entriesIn(door)).map(({ plaintext }) => fromUtf8(plaintext))).toEqual(["later"]);
  });

  it("stay where nothing waits, and while the vault refuses writes", async () => {
    const { door, vault } = await home.create();
    const { epoch } = vault.state.keyring.content.inbox;
    expect(await entriesIn(door)).toEqual([]);
    await door.settleInbox();
    await door.capture(turns("one"));
    vault.state.refuseWrites("WRITE_FAILED", "for a test");
    expect(await entriesIn(door)).toHaveLength(1);
    await door.settleInbox();
    expect(vault.state.keyring.content).toMatchObject({ inbox: { epoch } });
    expect(vault.state.keyring.content.retiredInbox).toBeUndefined();
    vault.state.acceptWrites();
    await entriesIn(door);
    vault.state.refuseWrites("WRITE_FAILED", "for a test");
    await door.settleInbox();
    expect(vault.state.keyring.content.retiredInbox?.epoch).toBe(epoch);
  });

  it("are sealed to anew by what was given and not removed, which keeps its author", async () => {
    await captured();
    await addForged("forged");
    const { door, vault } = await home.open();
    const before = await entriesIn(door);
    await door.settleInbox();
    expect(door.waiting()).toBe(2);
    const after = await entriesIn(door);
    const sorted = (entries: readonly InboxEntry[]) =>
      entries.map(({ id, plaintext, isAuthored }) => `${id} ${fromUtf8(plaintext)} ${isAuthored}`).toSorted();
    expect(sorted(after)).toEqual(sorted(before));
    expect(after.filter(({ isAuthored }) => isAuthored)).toHaveLength(1);
    await vault.purge(work());
    expect(sorted(await entriesIn(door))).toEqual(sorted(before));
  });

  it("are sealed to anew by nothing that opens under no key, which keeps no pair", async () => {
    await captured();
    const { publicKey } = newX25519KeyPair(systemRandomness);
    await addForged("sealed to nobody", { publicKey });
    const { door, vault } = await home.open();
    const before = await entriesIn(door);
    expect(before.map(({ plaintext }) => fromUtf8(plaintext))).toEqual(["canary"]);
    await door.settleInbox();
    expect(vault.state.keyring.content.retiredInbox).toBeUndefined();
    expect([door.waiting(), door.inboxCounts().setAside]).toEqual([1, 1]);
    expect(await drain(door, vault)).toEqual(["canary"]);
  });

  it("stay where a drain left them while the vault refuses writes, and go with the next one", async () => {
    await captured();
    const { door, vault } = await home.open();
    const { keyring } = vault.state;
    const { epoch } = keyring.content.inbox;
    const [entry] = await entriesIn(door);
    await vault.write([{ type: "drained", id: entry!.id }]);
    vault.state.refuseWrites("WRITE_FAILED", "for a test");
    expect(await entriesIn(door)).toEqual([]);
    expect(keyring.content.retiredInbox?.epoch).toBe(epoch);
    vault.state.acceptWrites();
    expect(await entriesIn(door)).toEqual([]);
    expect(keyring.content.retiredInbox).toBeUndefined();
  });

  it("bring nothing back that was taken in while they were sealed to anew", async () => {
    await captured();
    await addForged("forged");
    const disk = new FaultyDisk();
    const { door, vault } = await home.open({ opener: disk.opener });
    const [first, second] = await entriesIn(door);
    disk.afterEntries = async () => {
      disk.afterEntries = () => undefined;
      await vault.write([{ type: "drained", id: first!.id }]);
    };
    await door.settleInbox();
    expect(vault.state.keyring.content.retiredInbox).toBeUndefined();
    expect((await entriesIn(door)).map(({ plaintext }) => plaintext)).toEqual([second!.plaintext]);
    expect(vault.health.damage).toEqual({ damaged: [], missingCount: 0 });
    expect(door.inboxCounts().bytes).toBe((await copiesIn(vault))[0]!.value.length);
  });

  it("are no damage where they are gone with what was read of them and taken in since", async () => {
    await captured();
    await addForged("forged");
    const { door, vault } = await home.open();
    const ids = (await entriesIn(door)).map(({ id }) => id);
    const inbox = door.inbox()[Symbol.asyncIterator]();
    // Both are read by now.
    expect((await inbox.next()).done).toBe(false);
    await vault.write(ids.map((id) => ({ type: "drained", id })));
    await door.settleInbox();
    expect(vault.state.keyring.content.retiredInbox).toBeUndefined();
    expect((await inbox.next()).done).toBe(true);
    expect([door.waiting(), door.inboxCounts().setAside]).toEqual([0, 0]);
    expect(vault.health.damage).toEqual({ damaged: [], missingCount: 0 });
  });

  it("stay as they were when the keyring cannot be written, and go with the next drain", async () => {
    await captured();
    let isRefused = false;
    const { door, vault } = await home.open({
      files: {
        read: privateFiles.read,
        replace: (path, bytes) =>
          isRefused && path.includes("keyring")
            ? Promise.reject(new KeepsakeError("DISK_FULL"))
            : privateFiles.replace(path, bytes),
      },
    });
    const { epoch } = vault.state.keyring.content.inbox;
    isRefused = true;
    await expect(entriesIn(door)).rejects.toMatchObject({ code: "DISK_FULL" });
    expect(vault.state.keyring.content.inbox.epoch).toBe(epoch);
    isRefused = false;
    const [entry] = await entriesIn(door);
    isRefused = true;
    const id = vault.deriveId(entry!.plaintext);
    await vault.write([
      { type: "put", keyspace: "memory", id, plaintext: entry!.plaintext },
      { type: "drained", id: entry!.id },
    ]);
    await expect(door.settleInbox()).rejects.toMatchObject({ code: "DISK_FULL" });
    const forget = vault.write([{ type: "delete", keyspace: "memory", id }]);
    await expect(forget).rejects.toMatchObject({ code: "DISK_FULL" });
    expect(vault.has("memory", id)).toBe(true);
    isRefused = false;
    await vault.write([{ type: "delete", keyspace: "memory", id }]);
    expect(vault.state.keyring.inboxKey(epoch)).toBeUndefined();
  });

  it("stay in use when only the record of their coming failed", async () => {
    await captured();
    const disk = new FaultyDisk();
    const { door, vault } = await home.open({ opener: disk.opener });
    const { epoch } = vault.state.keyring.content.inbox;
    disk.onBatch = () => ({ code: "WRITE_FAILED" });
    await expect(entriesIn(door)).rejects.toMatchObject({ code: "WRITE_FAILED" });
    disk.onBatch = () => undefined;
    await until(() => vault.health.readOnly === undefined);
    expect(vault.state.keyring.content).toMatchObject({
      inbox: { epoch: epoch + 1 },
      retiredInbox: { epoch },
    });
    expect(await drain(door, vault)).toEqual(["canary"]);
    await door.capture(turns("more"));
    expect(await drain(door, vault)).toEqual(["more"]);
  });
});

/** Seals an entry as anyone can who reads the keyring; puts it into the store with a right tally. */
async function addForged(
  text: string,
  { author, publicKey }: { readonly author?: Secret; readonly publicKey?: Uint8Array } = {},
): Promise<StoreEntry> {
  const { content } = (await new KeyringFile(home.directory, privateFiles).read())!.stored;
  const id = systemRandomness.bytes(16);
  const { epoch } = content.inbox;
  const inbox = publicKey === undefined ? content.inbox : { epoch, publicKey };
  const seal = { vaultId: content.vaultId, inbox, author };
  const entry = {
    key: storeKey(KEYSPACE_BYTES.inbox, id),
    value: sealInboxEntry(seal, id, utf8(text), systemRandomness),
  };
  await putBack([entry]);
  return entry;
}

describe("who captured an entry", () => {
  it("is vouched for by the token of this machine alone", async () => {
    await captured();
    await addForged("forged");
    await addForged("of another machine", { author: new Secret(new Uint8Array(32).fill(1)) });
    await addForged("of this machine", { author: new Secret(await testInboxToken()) });
    const { door } = await home.open();
    const found = (await entriesIn(door)).map(
      ({ plaintext, isAuthored }) => `${fromUtf8(plaintext)}: ${isAuthored}`,
    );
    expect(found.toSorted()).toEqual([
      "canary: true",
      "forged: false",
      "of another machine: false",
      "of this machine: true",
    ]);
  });

  it("is not known of entries that were moved to another id, nor once the token was lost", async () => {
    const [entry] = await captured();
    await putBack([{ key: storeKey(KEYSPACE_BYTES.inbox, new Uint8Array(16).fill(9)), value: entry!.value }]);
    const { door } = await home.open({ inboxToken: () => Promise.resolve(new Uint8Array(32)) });
    expect((await entriesIn(door)).map(({ isAuthored }) => isAuthored)).toEqual([false]);
    expect(door.inboxCounts().setAside).toBe(1);
  });

  it("cannot be said with a token that is refused: nothing is captured, nothing taken in, nothing lost", async () => {
    await captured();
    let isRefused = true;
    const refusal = new KeepsakeError("UNSAFE_PATH", "/config/inbox.token is a link");
    const inboxToken = () => (isRefused ? Promise.reject(refusal) : testInboxToken());
    const door = await home.door({ inboxToken });
    await expect(door.capture(turns("secret"))).rejects.toBe(refusal);
    const vault = await door.unlock({ kind: "passphrase", secret: passphrase() }, work());
    await expect(door.capture(turns("secret"))).rejects.toBe(refusal);
    await expect(entriesIn(door)).rejects.toBe(refusal);
    await expect(vault.purge(work())).rejects.toBe(refusal);
    expect(door.waiting()).toBe(1);
    isRefused = false;
    expect(await drain(door, vault)).toEqual(["canary"]);
  });
});

describe("the room of the inbox", () => {
  /** What one entry takes. */
  async function sizeOfOne(): Promise<number> {
    const [entry] = await captured();
    return entry!.value.length;
  }

  it.each(["sealed", "open"])(
    "is kept to the byte while the vault is %s: n fit, one more is refused with all it came with",
    async (state) => {
      const size = await sizeOfOne();
      const maxInboxBytes = 4 * size;
      const door = await home.door({ maxInboxBytes });
      if (state === "open") await door.unlock({ kind: "passphrase", secret: passphrase() }, work());
      expect(door.inboxCounts().bytes).toBe(size);
      const full = { code: "INBOX_FULL", facts: { maxBytes: maxInboxBytes } };
      await expect(door.capture(turns("a", "b", "c", "d"))).rejects.toMatchObject(full);
      expect([door.waiting(), door.inboxCounts().bytes]).toEqual([1, size]);
      await door.capture(turns("a", "b", "c"));
      expect([door.waiting(), door.inboxCounts().bytes]).toEqual([4, maxInboxBytes]);
      await expect(door.capture(turns("d"))).rejects.toMatchObject(full);
      // What keepsake itself has to keep finds room all the same.
      await door.capture([], turns("a call"));
      expect([door.waiting(), door.waiting("turns")]).toEqual([5, 4]);
      await door.close();
      const again = await home.door({ maxInboxBytes });
      expect(again.inboxCounts().bytes).toBe(5 * size);
      await expect(again.capture([new Uint8Array(maxInboxBytes)])).rejects.toMatchObject(full);
      const vault = await again.unlock({ kind: "passphrase", secret: passphrase() }, work());
      expect(await drain(again, vault)).toHaveLength(5);
      expect(again.inboxCounts()).toEqual({ bytes: 0, setAside: 0, dropsSetAside: 0 });
      await again.capture(turns("d"));
    },
  );

  it("is shared by captures that come at once", async () => {
    const size = await sizeOfOne();
    const door = await home.door({ maxInboxBytes: 3 * size });
    const outcomes = await Promise.allSettled(turns("a", "b", "c", "d").map((turn) => door.capture([turn])));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
    expect(door.inboxCounts().bytes).toBe(3 * size);
  });
});
