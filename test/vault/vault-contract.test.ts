/** What every vault does, that on disk and that in memory which the tests of the service stand on. */
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { newRecordId, RECORD_ID_PATTERN } from "../../src/base/record-id.ts";
import { Secret } from "../../src/base/secret.ts";
import type { Change, Keyspace, OpenVault, UnlockWith, VaultDoor } from "../../src/vault/vault.ts";
import { MemoryDisk, MemoryDoor } from "../service/memory-vault.ts";
import { codeOf, codeOfPromise, expectCode } from "../support/codes.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { memoryKey, tamper } from "./support/tamper.ts";
import { passphrase, PASSPHRASE, VaultHome, work } from "./support/vault-home.ts";

const NEXT = "another battery and its staple";
const DAY_MS = 86_400_000;
const CLEAN = { damaged: [], missingCount: 0 };

/** One folder, and the engines over it, one after the other. */
interface World {
  /** The next engine's door; the one before it is closed. */
  next(): Promise<VaultDoor>;
  /** Overwrites the record of a memory; the vault is closed, and stays closed. */
  damage(id: string): Promise<void>;
  /** Lets the wait after a wrong passphrase pass. */
  pass(): void;
  now(): number;
}

async function worldOnDisk(): Promise<World> {
  const home = await VaultHome.make();
  onTestFinished(() => home.remove());
  let last: VaultDoor | undefined;
  const close = async () => {
    await last?.close();
    last = undefined;
  };
  return {
    next: async () => {
      await close();
      return (last = await home.door());
    },
    damage: async (id) => {
      await close();
      const value = new Uint8Array(128).fill(7);
      await tamper(home.directory, (store) => store.batch([{ type: "put", key: memoryKey(id), value }]));
    },
    pass: () => home.clock.advance(3_600_000),
    now: () => home.clock.now(),
  };
}

async function worldInMemory(): Promise<World> {
  const [disk, clock] = [new MemoryDisk(), new FakeClock()];
  let last: VaultDoor | undefined;
  const close = async () => {
    await last?.close();
    last = undefined;
  };
  return {
    next: async () => {
      await close();
      return (last = new MemoryDoor(disk, () => clock.now()));
    },
    damage: async (id) => {
      await close();
      disk.damaged.add(id);
    },
    pass: () => clock.advance(3_600_000),
    now: () => clock.now(),
  };
}

function put(id: string, text: string, keyspace: Keyspace = "memory"): Change {
  return { type: "put", keyspace, id, plaintext: utf8(text) };
}

function remove(id: string, keyspace: Keyspace = "memory"): Change {
  return { type: "delete", keyspace, id };
}

async function textOf(vault: OpenVault, id: string, keyspace: Keyspace = "memory") {
  const plaintext = await vault.read(keyspace, id);
  return plaintext && fromUtf8(plaintext);
}

async function textsOf(records: AsyncIterable<{ readonly id: string; readonly plaintext: Uint8Array }>) {
  const texts: Record<string, string> = {};
  for await (const { id, plaintext } of records) texts[id] = fromUtf8(plaintext);
  return texts;
}

const aborted = () => work({ signal: AbortSignal.abort() });

describe.each([
  ["on disk", worldOnDisk],
  ["in memory", worldInMemory],
] as const)("a vault %s", (_, makeWorld) => {
  let world: World;

  beforeEach(async () => {
    world = await makeWorld();
  });

  async function created(): Promise<{ door: VaultDoor; vault: OpenVault }> {
    const door = await world.next();
    const { vault } = await door.create(passphrase(), { recovery: false }, work());
    return { door, vault };
  }

  async function reopened(
    unlockWith: UnlockWith = { kind: "passphrase", secret: passphrase() },
  ): Promise<{ door: VaultDoor; vault: OpenVault }> {
    const door = await world.next();
    return { door, vault: await door.unlock(unlockWith, work()) };
  }

  const unlockingWith = (unlockWith: UnlockWith) =>
    world.next().then((door) => door.unlock(unlockWith, work()));

  describe("that is missing", () => {
    it("says so, and does nothing else", async () => {
      const door = await world.next();
      expect(door.state()).toBe("missing");
      expect(door.vaultId()).toBeUndefined();
      expect(door.waiting()).toBe(0);
      expect(door.hasKeychain()).toBe(false);
      expect(door.unlockRetryAfterMs()).toBe(0);
      const secret = passphrase();
      await expectCode(door.unlock({ kind: "passphrase", secret }, work()), "VAULT_MISSING");
      expect(secret.isWiped).toBe(true);
      expect(codeOf(() => door.opened())).toBe("VAULT_MISSING");
      expect(codeOf(() => door.inbox())).toBe("VAULT_MISSING");
      expect(codeOf(() => door.slots.list())).toBe("VAULT_MISSING");
      await expectCode(door.capture([utf8("a turn")]), "VAULT_MISSING");
      await expectCode(door.slots.add({ kind: "recovery", label: "" }, work()), "VAULT_MISSING");
      expect(door.state()).toBe("missing");
    });

    it("is created, open, once", async () => {
      const door = await world.next();
      const secret = passphrase();
      const { vault, recoveryKey, kdf } = await door.create(secret, { recovery: false }, work());
      expect(secret.isWiped).toBe(true);
      expect(recoveryKey).toBeUndefined();
      expect(kdf).toMatchObject({ memoryKiB: 64 << 10, passes: 3, parallelism: 1 });
      expect(door.state()).toBe("open");
      expect(door.opened()).toBe(vault);
      expect(door.vaultId()).toMatch(/^[0-9a-f]{32}$/);
      expect(vault.health).toEqual({
        generation: 1,
        records: 0,
        forgotten: 0,
        purgePending: false,
        purgeDueAt: undefined,
        readOnly: undefined,
        damage: CLEAN,
      });
      for (const doorOf of [() => door, world.next]) {
        const again = passphrase();
        const creating = (await doorOf()).create(again, { recovery: false }, work());
        await expectCode(creating, "VAULT_EXISTS");
        expect(again.isWiped).toBe(true);
      }
    });

    it("stays missing when it is refused or cancelled", async () => {
      const door = await world.next();
      const short = passphrase("short");
      await expectCode(door.create(short, { recovery: false }, work()), "WEAK_PASSPHRASE");
      expect(short.isWiped).toBe(true);
      await expectCode(door.create(passphrase(), { recovery: false }, aborted()), "CANCELLED");
      expect(door.state()).toBe("missing");
    });
  });

  describe("that is sealed", () => {
    it("shows its slots and its id, and changes nothing", async () => {
      const { door: first } = await created();
      const vaultId = first.vaultId();
      const door = await world.next();
      expect(door.state()).toBe("sealed");
      expect(door.vaultId()).toBe(vaultId);
      expect(door.slots.list()).toMatchObject([{ kind: "passphrase", label: "passphrase" }]);
      expect(codeOf(() => door.opened())).toBe("VAULT_SEALED");
      expect(codeOf(() => door.inbox())).toBe("VAULT_SEALED");
      const id = door.slots.list()[0]?.id ?? "";
      await expectCode(door.slots.add({ kind: "recovery", label: "" }, work()), "VAULT_SEALED");
      await expectCode(door.slots.remove(id), "VAULT_SEALED");
      await expectCode(door.slots.changePassphrase(passphrase(), passphrase(NEXT), work()), "VAULT_SEALED");
      await expectCode(door.slots.rotateMaster(passphrase(), { recovery: false }, work()), "VAULT_SEALED");
    });

    it("opens with its passphrase and nothing else", async () => {
      await created();
      const door = await world.next();
      const wrong = passphrase("a wrong battery staple");
      await expectCode(door.unlock({ kind: "passphrase", secret: wrong }, work()), "WRONG_PASSPHRASE");
      expect(wrong.isWiped).toBe(true);
      expect(door.state()).toBe("sealed");
      world.pass();
      await expectCode(door.unlock({ kind: "recovery", secret: passphrase() }, work()), "WRONG_PASSPHRASE");
      world.pass();
      await expectCode(door.unlock({ kind: "keychain" }, work()), "KEYCHAIN_UNAVAILABLE");
      const right = passphrase();
      const vault = await door.unlock({ kind: "passphrase", secret: right }, work());
      expect(right.isWiped).toBe(true);
      expect(door.state()).toBe("open");
      expect(door.opened()).toBe(vault);
    });

    it("is not asked again once it is open", async () => {
      const { door, vault } = await created();
      const secret = passphrase("whatever it may be");
      expect(await door.unlock({ kind: "passphrase", secret }, work())).toBe(vault);
      expect(secret.isWiped).toBe(true);
    });

    it("opens with the recovery key it was created with", async () => {
      const door = await world.next();
      const { recoveryKey } = await door.create(passphrase(), { recovery: true }, work());
      expect(door.slots.list().map(({ kind }) => kind)).toEqual(["passphrase", "recovery"]);
      await unlockingWith({ kind: "recovery", secret: recoveryKey! });
      expect(recoveryKey?.isWiped).toBe(true);
    });
  });

  describe("that is open", () => {
    it("reads, lists and scans what was written, also after a restart", async () => {
      const { vault } = await created();
      const [one, two] = [newRecordId(), newRecordId()];
      expect(await vault.read("memory", one)).toBeUndefined();
      expect(vault.has("memory", one)).toBe(false);
      await vault.write([put(one, "first"), put(two, "second"), put(one, "aside", "audit")]);
      await vault.write([put(two, "second again")]);
      for (const vaultOf of [() => vault, async () => (await reopened()).vault]) {
        const open = await vaultOf();
        expect(await textOf(open, one)).toBe("first");
        expect(await textOf(open, one, "audit")).toBe("aside");
        expect(open.has("memory", two)).toBe(true);
        expect(open.has("audit", two)).toBe(false);
        expect(await textsOf(open.scan("memory"))).toEqual({ [one]: "first", [two]: "second again" });
        expect(open.health).toMatchObject({ records: 2, damage: CLEAN });
      }
    });

    it("keeps its own bytes", async () => {
      const { vault } = await created();
      const id = newRecordId();
      const plaintext = utf8("as given");
      await vault.write([{ type: "put", keyspace: "memory", id, plaintext }]);
      plaintext.fill(0);
      (await vault.read("memory", id))?.fill(0);
      for await (const record of vault.scan("memory")) record.plaintext.fill(0);
      expect(await textOf(vault, id)).toBe("as given");
    });

    it("removes what was deleted, and the last of several changes counts", async () => {
      const { vault } = await created();
      const [one, two] = [newRecordId(), newRecordId()];
      await vault.write([put(one, "first"), put(two, "second")]);
      await vault.write([remove(one), remove(newRecordId()), remove(two), put(two, "back")]);
      for (const vaultOf of [() => vault, async () => (await reopened()).vault]) {
        const open = await vaultOf();
        expect(open.has("memory", one)).toBe(false);
        expect(await textOf(open, one)).toBeUndefined();
        expect(await textsOf(open.scan("memory"))).toEqual({ [two]: "back" });
        expect(open.health.records).toBe(1);
      }
    });

    it("writes a batch or nothing of it", async () => {
      const { vault } = await created();
      const [kept, id] = [newRecordId(), newRecordId()];
      await vault.write([put(kept, "kept")]);
      const batch = vault.write([put(id, "lost"), remove(kept), put("no id", "refused")]);
      await expect(batch).rejects.toThrow();
      expect(vault.has("memory", id)).toBe(false);
      expect(await textsOf((await reopened()).vault.scan("memory"))).toEqual({ [kept]: "kept" });
    });

    it("derives the same ids and MACs after a restart, and others for another name", async () => {
      const { vault } = await created();
      const id = vault.deriveId(utf8("session"), utf8("1"));
      const mac = vault.mac("purpose", utf8("bytes"));
      expect(id).toMatch(RECORD_ID_PATTERN);
      expect(mac).toHaveLength(32);
      expect(vault.deriveId(utf8("sessio"), utf8("n1"))).not.toBe(id);
      expect(vault.deriveId(utf8("session1"))).not.toBe(id);
      expect(vault.mac("another", utf8("bytes"))).not.toEqual(mac);
      expect(vault.mac("purpose", utf8("others"))).not.toEqual(mac);
      await vault.purge(work());
      const again = (await reopened()).vault;
      expect(again.deriveId(utf8("session"), utf8("1"))).toBe(id);
      expect(again.mac("purpose", utf8("bytes"))).toEqual(mac);
    });
  });

  describe("that captures", () => {
    it("keeps turns while it is sealed, until what they became is written", async () => {
      await created();
      const sealed = await world.next();
      const turn = utf8("said while sealed");
      await sealed.capture([turn, utf8("and more")]);
      turn.fill(0);
      expect(sealed.waiting()).toBe(2);
      const { door, vault } = await reopened();
      await door.capture([utf8("said while open")]);
      expect(door.waiting()).toBe(3);
      const entries = Object.entries(await textsOf(door.inbox()));
      const texts = entries.map(([, text]) => text).toSorted();
      expect(texts).toEqual(["and more", "said while open", "said while sealed"]);
      const [id, text] = entries[0] ?? ["", ""];
      await vault.write([put(id, text), { type: "drained", id }]);
      expect(door.waiting()).toBe(2);
      const after = await reopened();
      expect(after.door.waiting()).toBe(2);
      expect(await textOf(after.vault, id)).toBe(text);
      expect(Object.keys(await textsOf(after.door.inbox()))).not.toContain(id);
    });
  });

  describe("that forgets", () => {
    it("owes a purge from then on, within a day", async () => {
      const { vault } = await created();
      const id = newRecordId();
      await vault.write([put(id, "kept")]);
      const before = world.now();
      vault.markForgotten();
      const { purgeDueAt = 0 } = vault.health;
      expect(vault.health.purgePending).toBe(true);
      expect(purgeDueAt).toBeGreaterThan(before);
      expect(purgeDueAt).toBeLessThanOrEqual(world.now() + DAY_MS);
      world.pass();
      vault.markForgotten();
      await vault.write([put(newRecordId(), "next")]);
      expect(vault.health.purgeDueAt).toBe(purgeDueAt);
      const again = (await reopened()).vault;
      expect(again.health.purgeDueAt).toBe(purgeDueAt);
      expect(await again.purge(work())).toEqual({ records: 2, damage: CLEAN });
      expect(again.health).toMatchObject({ generation: 2, records: 2, purgePending: false });
      expect(await textOf(again, id)).toBe("kept");
      expect((await reopened()).vault.health).toMatchObject({ generation: 2, purgePending: false });
    });

    it("stays in its generation when the purge is cancelled", async () => {
      const { vault } = await created();
      await vault.write([put(newRecordId(), "kept")]);
      vault.markForgotten();
      await expectCode(vault.purge(aborted()), "CANCELLED");
      expect(vault.health).toMatchObject({ generation: 1, records: 1, purgePending: true });
    });
  });

  describe("with a checkpoint", () => {
    const load = async (vault: OpenVault) => {
      const loaded = await vault.loadCheckpoint();
      if (loaded === undefined) return undefined;
      const chunks: string[] = [];
      for await (const chunk of loaded.chunks) chunks.push(fromUtf8(chunk));
      const changed = [...loaded.changed];
      expect(loaded.changes).toBe(changed.length);
      return { chunks, changed: changed.toSorted() };
    };

    it("gives it back, with the memories that changed since", async () => {
      const { vault } = await created();
      const [same, changed, gone, added] = [newRecordId(), newRecordId(), newRecordId(), newRecordId()];
      await vault.write([put(same, "a"), put(changed, "b"), put(gone, "c")]);
      expect(await load((await reopened()).vault)).toBeUndefined();
      await (await reopened()).vault.writeCheckpoint([utf8("one"), utf8("two")]);
      const { vault: next } = await reopened();
      expect(await load(next)).toEqual({ chunks: ["one", "two"], changed: [] });
      await next.write([put(changed, "B"), remove(gone), put(added, "d"), put(same, "aside", "audit")]);
      const { vault: last } = await reopened();
      expect(await load(last)).toEqual({
        chunks: ["one", "two"],
        changed: [changed, gone, added].toSorted(),
      });
    });

    it("names what is written while the chunks are made", async () => {
      const { vault } = await created();
      const during = newRecordId();
      let write: Promise<void> | undefined;
      function* chunks() {
        write = vault.write([put(during, "meanwhile")]);
        yield utf8("one");
      }
      await vault.writeCheckpoint(chunks());
      await write;
      expect(await load((await reopened()).vault)).toEqual({ chunks: ["one"], changed: [during] });
    });

    it("keeps nothing of one whose chunks fail", async () => {
      const { vault } = await created();
      const failure = new Error("no more");
      function* chunks() {
        yield utf8("one");
        throw failure;
      }
      await expect(vault.writeCheckpoint(chunks())).rejects.toBe(failure);
      expect(await load((await reopened()).vault)).toBeUndefined();
    });

    it("loses it with its generation", async () => {
      const { vault } = await created();
      await vault.writeCheckpoint([utf8("one")]);
      await vault.purge(work());
      expect(await load((await reopened()).vault)).toBeUndefined();
    });
  });

  describe("with damage", () => {
    it("does not read a record that is not as it was written, and says which", async () => {
      const { vault: first } = await created();
      const [whole, broken] = [newRecordId(), newRecordId()];
      await first.write([put(whole, "whole"), put(broken, "broken")]);
      await world.damage(broken);
      const { vault } = await reopened();
      await expectCode(vault.read("memory", broken), "RECORD_DAMAGED");
      expect(vault.has("memory", broken)).toBe(true);
      expect(await textsOf(vault.scan("memory"))).toEqual({ [whole]: "whole" });
      const damage = { damaged: [broken], missingCount: 0 };
      expect(vault.health).toMatchObject({ records: 2, damage });
      expect((await vault.verify(work())).damage).toEqual(damage);
      expect(await vault.repair({ acceptRollback: false }, work())).toEqual({ records: 1, damage });
      expect(vault.health).toMatchObject({ generation: 2, records: 1, damage: CLEAN });
      expect(vault.has("memory", broken)).toBe(false);
      expect(await vault.verify(work())).toEqual({ records: 1, damage: CLEAN });
    });

    it.each([
      ["written anew", (id: string) => put(id, "anew"), "anew"],
      ["removed", (id: string) => remove(id), undefined],
    ])("is whole again when the record is %s", async (__, change, text) => {
      const { vault: first } = await created();
      const broken = newRecordId();
      await first.write([put(broken, "broken")]);
      await world.damage(broken);
      const { vault } = await reopened();
      await expectCode(vault.read("memory", broken), "RECORD_DAMAGED");
      await vault.write([change(broken)]);
      expect(await textOf(vault, broken)).toBe(text);
      expect(vault.health.damage).toEqual(CLEAN);
    });
  });

  describe("and its slots", () => {
    it("opens with each that was added, and not with one that was removed", async () => {
      const { door } = await created();
      const given = passphrase(NEXT);
      const added = await door.slots.add({ kind: "passphrase", label: "desk", passphrase: given }, work());
      expect(given.isWiped).toBe(true);
      expect(added).toMatchObject({ slot: { kind: "passphrase", label: "desk" }, recoveryKey: undefined });
      expect(added.slot.id).toMatch(/^[a-z0-9]{8}$/);
      const recovery = await door.slots.add({ kind: "recovery", label: "safe" }, work());
      const keychain = await door.slots.add({ kind: "keychain", label: "machine" }, work());
      expect(recovery.slot.kdf).toBeUndefined();
      expect(keychain.recoveryKey).toBeUndefined();
      expect(door.hasKeychain()).toBe(true);
      const labels = ["passphrase", "desk", "safe", "machine"];
      expect(door.slots.list().map(({ label }) => label)).toEqual(labels);
      await reopened({ kind: "passphrase", secret: passphrase(NEXT) });
      await reopened({ kind: "recovery", secret: new Secret(recovery.recoveryKey!.bytes.slice()) });
      const { door: last } = await reopened({ kind: "keychain" });
      expect(last.slots.list().map(({ label }) => label)).toEqual(labels);
      await last.slots.remove(added.slot.id);
      await last.slots.remove(keychain.slot.id);
      expect(last.hasKeychain()).toBe(false);
      const next = { kind: "passphrase", secret: passphrase(NEXT) } as const;
      await expectCode(unlockingWith(next), "WRONG_PASSPHRASE");
      world.pass();
      expect(await codeOfPromise(unlockingWith({ kind: "keychain" }))).toBe("KEYCHAIN_UNAVAILABLE");
      await reopened({ kind: "recovery", secret: recovery.recoveryKey! });
    });

    it("keeps one that does not depend on the machine", async () => {
      const { door } = await created();
      const id = door.slots.list()[0]?.id ?? "";
      await expectCode(door.slots.remove("zzzzzzzz"), "NOT_FOUND");
      await door.slots.add({ kind: "keychain", label: "machine" }, work());
      await expectCode(door.slots.remove(id), "LAST_SLOT");
    });

    it("refuses a slot without a good passphrase", async () => {
      const { door } = await created();
      await expectCode(door.slots.add({ kind: "passphrase", label: "" }, work()), "WEAK_PASSPHRASE");
      const short = passphrase("short");
      const adding = door.slots.add({ kind: "passphrase", label: "", passphrase: short }, work());
      await expectCode(adding, "WEAK_PASSPHRASE");
      expect(short.isWiped).toBe(true);
      expect(door.slots.list()).toHaveLength(1);
    });

    it("changes the passphrase of the slot that the present one opens", async () => {
      const { door } = await created();
      const added = { kind: "passphrase", label: "desk", passphrase: passphrase(NEXT) } as const;
      const { slot } = await door.slots.add(added, work());
      const [current, next] = [passphrase("a wrong battery staple"), passphrase("third battery staple")];
      await expectCode(door.slots.changePassphrase(current, next, work()), "WRONG_PASSPHRASE");
      expect([current.isWiped, next.isWiped]).toEqual([true, true]);
      world.pass();
      const weak = door.slots.changePassphrase(passphrase(NEXT), passphrase("short"), work());
      await expectCode(weak, "WEAK_PASSPHRASE");
      const third = passphrase("third battery staple");
      const changed = await door.slots.changePassphrase(passphrase(NEXT), third, work());
      expect(changed).toMatchObject({ id: slot.id, label: "desk" });
      await reopened({ kind: "passphrase", secret: passphrase("third battery staple") });
      await reopened({ kind: "passphrase", secret: passphrase(PASSPHRASE) });
      await expectCode(unlockingWith({ kind: "passphrase", secret: passphrase(NEXT) }), "WRONG_PASSPHRASE");
    });

    it("drops those whose secret is not at hand when the master key is new", async () => {
      const { door, vault } = await created();
      const id = newRecordId();
      await vault.write([put(id, "kept")]);
      const old = await door.slots.add({ kind: "recovery", label: "safe" }, work());
      await door.slots.add({ kind: "passphrase", label: "desk", passphrase: passphrase(NEXT) }, work());
      await door.slots.add({ kind: "keychain", label: "machine" }, work());
      const wrong = door.slots.rotateMaster(passphrase("a wrong one, too"), { recovery: false }, work());
      await expectCode(wrong, "WRONG_PASSPHRASE");
      world.pass();
      const current = passphrase();
      const rotated = await door.slots.rotateMaster(current, { recovery: true }, work());
      expect(current.isWiped).toBe(true);
      expect(rotated).toMatchObject({ records: 1, damage: CLEAN, droppedSlots: ["safe", "desk"] });
      expect(door.slots.list().map(({ kind }) => kind)).toEqual(["passphrase", "keychain", "recovery"]);
      expect(vault.health.generation).toBe(2);
      old.recoveryKey?.wipe();
      await reopened({ kind: "recovery", secret: rotated.recoveryKey! });
      await reopened({ kind: "keychain" });
      expect(await textOf((await reopened()).vault, id)).toBe("kept");
      await expectCode(unlockingWith({ kind: "passphrase", secret: passphrase(NEXT) }), "WRONG_PASSPHRASE");
    });
  });
});
