/** The door of a vault's folder, from before there is a vault to after it is closed. */
import {
  chmod,
  copyFile,
  cp,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fromUtf8, toHex, utf8 } from "../../src/base/bytes.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import { Secret } from "../../src/base/secret.ts";
import { argon2id } from "../../src/crypto/argon2.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import type { PrivateFiles } from "../../src/platform/private-file-access.ts";
import { privateFiles } from "../../src/platform/private-files.ts";
import type { Progress, UnlockWith } from "../../src/vault/vault.ts";
import { KEYSPACE_BYTES } from "../../src/vault/written/keyspaces.ts";
import { changePassphrase } from "../../src/vault/slots/slot-changes.ts";
import { FaultyDisk, until } from "./support/faulty-store.ts";
import { entriesOf, tamper } from "./support/tamper.ts";
import { cheapKdf, cheapPolicy, passphrase, VaultHome, work } from "./support/vault-home.ts";

let home: VaultHome;

beforeEach(async () => {
  home = await VaultHome.make();
});
afterEach(async () => {
  await home.remove();
});

const by = (secret: Secret): UnlockWith => ({ kind: "passphrase", secret });
const put = (text: string) =>
  ({ type: "put", keyspace: "memory", id: newRecordId(), plaintext: utf8(text) }) as const;

describe("where there is no vault", () => {
  it("says so to everything but create", async () => {
    const door = await home.door();
    expect(door.state()).toBe("missing");
    expect(door.isCounting()).toBe(false);
    expect([door.waiting(), door.waiting("turns"), door.inboxCounts()]).toEqual([
      0,
      0,
      { bytes: 0, setAside: 0, dropsSetAside: 0 },
    ]);
    expect(door.vaultId()).toBeUndefined();
    expect(door.hasKeychain()).toBe(false);
    expect(door.unlockRetryAfterMs()).toBe(0);
    expect(() => door.slots.list()).toThrow(expect.objectContaining({ code: "VAULT_MISSING" }));
    expect(() => door.opened()).toThrow(expect.objectContaining({ code: "VAULT_MISSING" }));
    await expect(door.unlock(by(passphrase()), work())).rejects.toMatchObject({ code: "VAULT_MISSING" });
    await expect(door.slots.remove("abcdefgh")).rejects.toMatchObject({ code: "VAULT_MISSING" });
  });
});

describe("creating a vault", () => {
  it("opens it, with a passphrase slot and a recovery key that open it again, and wipes what it was given", async () => {
    const door = await home.door();
    const secret = passphrase();
    const seen: Progress[] = [];
    const { vault, recoveryKey, kdf } = await door.create(secret, { recovery: true }, work({ seen }));
    expect(secret.isWiped).toBe(true);
    expect(seen.at(-1)).toMatchObject({ stage: "kdf" });
    expect(kdf).toMatchObject({ memoryKiB: 64 << 10, passes: 3, parallelism: 1 });
    expect(door.state()).toBe("open");
    expect(door.opened()).toBe(vault);
    expect(door.vaultId()).toMatch(/^[0-9a-f]{32}$/);
    expect(door.slots.list().map(({ kind }) => kind)).toEqual(["passphrase", "recovery"]);
    expect(vault.health).toMatchObject({
      generation: 1,
      records: 0,
      purgePending: false,
      readOnly: undefined,
    });
    await vault.write([put("text")]);
    await door.close();
    const again = await home.door();
    expect(again.state()).toBe("sealed");
    expect(again.slots.list()).toHaveLength(2);
    const opened = await again.unlock({ kind: "recovery", secret: recoveryKey! }, work());
    expect(recoveryKey!.isWiped).toBe(true);
    expect(opened.health.records).toBe(1);
  });

  it("refuses a weak passphrase, and a second vault in the same place", async () => {
    const door = await home.door();
    const weak = passphrase("short");
    await expect(door.create(weak, { recovery: false }, work())).rejects.toMatchObject({
      code: "WEAK_PASSPHRASE",
    });
    expect(weak.isWiped).toBe(true);
    const creating = door.create(passphrase(), { recovery: false }, work());
    await expect(door.create(passphrase(), { recovery: false }, work())).rejects.toMatchObject({
      code: "BUSY",
    });
    await creating;
    await expect(door.create(passphrase(), { recovery: false }, work())).rejects.toMatchObject({
      code: "VAULT_EXISTS",
    });
    await door.close();
    const again = await home.door();
    await expect(again.create(passphrase(), { recovery: false }, work())).rejects.toMatchObject({
      code: "VAULT_EXISTS",
    });
  });

  it("leaves no vault when it is cancelled or the disk refuses at any point, and succeeds the next time", async () => {
    const door = await home.door();
    const controller = new AbortController();
    controller.abort();
    const cancelled = door.create(passphrase(), { recovery: true }, work({ signal: controller.signal }));
    await expect(cancelled).rejects.toMatchObject({ code: "CANCELLED" });
    // Every write of a creation refused in turn.
    for (let failing = 1; ; failing += 1) {
      let writes = 0;
      const disk = new FaultyDisk();
      disk.onBatch = () => {
        writes += 1;
        return writes === failing ? { code: "DISK_FULL" } : undefined;
      };
      const files: PrivateFiles = {
        read: privateFiles.read,
        replace: (path, bytes) => {
          if (path.endsWith("unlock.failures")) return privateFiles.replace(path, bytes);
          writes += 1;
          return writes === failing
            ? Promise.reject(new KeepsakeError("DISK_FULL"))
            : privateFiles.replace(path, bytes);
        },
      };
      const attempt = await home.door({ opener: disk.opener, files });
      const outcome = await attempt.create(passphrase(), { recovery: true }, work()).then(
        ({ recoveryKey }) => recoveryKey?.wipe(),
        (error: unknown) => error,
      );
      await attempt.close();
      const after = await home.door();
      const state = after.state();
      await after.close();
      if (writes < failing) {
        expect(outcome).toBeUndefined();
        expect(failing).toBeGreaterThan(4);
        expect(state).toBe("sealed");
        break;
      }
      // The last write is the keyring's second copy: by then the vault exists.
      if (state === "missing") expect(outcome).toMatchObject({ code: "DISK_FULL" });
      else {
        expect(outcome).toBeUndefined();
        break;
      }
    }
    const { vault } = await home.open();
    await vault.write([put("text")]);
  });

  it("costs what today's policy asks of the real key derivation", async () => {
    const door = await home.door({ kdf: argon2id, kdfPolicy: { ...cheapPolicy, parallelism: 2 } });
    const { kdf } = await door.create(passphrase(), { recovery: false }, work());
    expect(kdf).toMatchObject({ memoryKiB: 64 << 10, passes: 3, parallelism: 2 });
    await door.close();
    const again = await home.door({ kdf: argon2id });
    await again.unlock(by(passphrase()), work());
  });
});

describe("opening a vault", () => {
  beforeEach(() => home.create().then(({ door }) => door.close()));

  it("needs the passphrase, one guess at a time, and waits after a wrong one", async () => {
    const door = await home.door();
    // So many guesses that the wait is longer than what stands between it and the next lines.
    for (let guess = 0; guess < 8; guess++) {
      home.clock.advance(20_000);
      const wrong = passphrase("wrong horse battery");
      await expect(door.unlock(by(wrong), work())).rejects.toMatchObject({ code: "WRONG_PASSPHRASE" });
      expect(wrong.isWiped).toBe(true);
    }
    expect(door.unlockRetryAfterMs()).toBeGreaterThan(0);
    await expect(door.unlock(by(passphrase()), work())).rejects.toMatchObject({ code: "RATE_LIMITED" });
    await door.close();
    const again = await home.door();
    expect(again.unlockRetryAfterMs()).toBeGreaterThan(0);
    home.clock.advance(20_000);
    const seen: Progress[] = [];
    await again.unlock(by(passphrase()), work({ seen }));
    expect(seen.slice(0, 2)).toEqual([
      { stage: "kdf", done: 0, total: 1 },
      { stage: "kdf", done: 1, total: 1 },
    ]);
  });

  it("is success for everyone once it is open", async () => {
    const door = await home.door();
    const vaults = await Promise.all([0, 1, 2].map(() => door.unlock(by(passphrase()), work())));
    expect(new Set(vaults).size).toBe(1);
    expect(await door.unlock(by(passphrase("whatever it is")), work())).toBe(vaults[0]);
  });

  it("refuses a whole recovery key that was removed otherwise than one that is mistyped", async () => {
    const door = await home.door();
    await door.unlock(by(passphrase()), work());
    const [kept, removed] = [
      await door.slots.add({ kind: "recovery", label: "kept" }, work()),
      await door.slots.add({ kind: "recovery", label: "removed" }, work()),
    ];
    await door.slots.remove(removed.slot.id);
    await door.close();
    const again = await home.door();
    const typed = new Secret(kept.recoveryKey!.bytes.slice());
    typed.bytes[20] = typed.bytes[20] === 0x51 ? 0x50 : 0x51;
    const factsOf = (secret: Secret) =>
      again.unlock({ kind: "recovery", secret }, work()).catch((error: KeepsakeError) => error.facts);
    expect(await factsOf(typed)).toEqual({ mistyped: true, group: 4 });
    home.clock.advance(20_000);
    expect(await factsOf(removed.recoveryKey!)).toBeUndefined();
    home.clock.advance(20_000);
    await again.unlock({ kind: "recovery", secret: kept.recoveryKey! }, work());
  });

  it("refuses a recovery key that is none, and a keychain that has none", async () => {
    const door = await home.door();
    const typed = new Secret(utf8("KSXXX-XXXXX"));
    await expect(door.unlock({ kind: "recovery", secret: typed }, work())).rejects.toMatchObject({
      code: "WRONG_PASSPHRASE",
    });
    home.clock.advance(20_000);
    await expect(door.unlock({ kind: "keychain" }, work())).rejects.toMatchObject({
      code: "KEYCHAIN_UNAVAILABLE",
    });
  });

  it("puts a damaged copy of the keyring right from the other", async () => {
    for (const copy of ["a", "b"]) {
      await writeFile(join(home.directory, `keyring.${copy}`), "damaged");
      const { door } = await home.open();
      await door.close();
      const [a, b] = await Promise.all(
        ["a", "b"].map((name) => readFile(join(home.directory, `keyring.${name}`))),
      );
      expect(a!.equals(b!)).toBe(true);
    }
  });

  it("opens although a damaged copy cannot be put right, and says so in the log", async () => {
    await writeFile(join(home.directory, "keyring.a"), "damaged");
    const files: PrivateFiles = {
      read: privateFiles.read,
      replace: (path, bytes) =>
        path.endsWith("keyring.a")
          ? Promise.reject(new KeepsakeError("DISK_FULL"))
          : privateFiles.replace(path, bytes),
    };
    await home.open({ files });
    expect(home.log.has("keyring-copy-not-repaired")).toBe(true);
  });

  it("reports a keyring that is damaged for good, and is no less a vault", async () => {
    for (const copy of ["a", "b"]) await writeFile(join(home.directory, `keyring.${copy}`), "damaged");
    const door = await home.door();
    expect(door.state()).toBe("sealed");
    expect(door.vaultId()).toBeUndefined();
    expect(door.hasKeychain()).toBe(false);
    expect(() => door.slots.list()).toThrow(expect.objectContaining({ code: "KEYRING_DAMAGED" }));
    await expect(door.unlock(by(passphrase()), work())).rejects.toMatchObject({ code: "KEYRING_DAMAGED" });
    await expect(door.capture([utf8("x")])).rejects.toMatchObject({ code: "KEYRING_DAMAGED" });
    await expect(door.create(passphrase(), { recovery: false }, work())).rejects.toMatchObject({
      code: "KEYRING_DAMAGED",
    });
  });

  it("is not opened by a keyring that is older than it was, unless told to", async () => {
    const older = await Promise.all(
      ["a", "b"].map((copy) => readFile(join(home.directory, `keyring.${copy}`))),
    );
    const { door } = await home.open();
    await door.slots
      .add({ kind: "recovery", label: "paper" }, work())
      .then(({ recoveryKey }) => recoveryKey?.wipe());
    await door.close();
    await writeFile(join(home.directory, "keyring.a"), older[0]!);
    await writeFile(join(home.directory, "keyring.b"), older[1]!);
    await expect(home.open()).rejects.toMatchObject({
      code: "ROLLBACK_DETECTED",
      facts: { keyringChanges: 1 },
    });
    expect(home.log.has("keyring-rollback-refused")).toBe(true);
    const told = await home.door();
    const opened = await told.unlock(by(passphrase()), work(), { acceptRollback: true });
    expect(home.log.has("keyring-rollback-accepted")).toBe(true);
    await expect(opened.write([put("x")])).rejects.toMatchObject({
      facts: { writes: 0, keyringChanges: 1 },
    });
    await opened.repair({ acceptRollback: true }, work());
    // Nothing that was ever on record is newer, so the keyring that was put away cannot come back.
    expect(opened.state.epoch).toBe(4);
    await told.close();
    expect((await home.open()).vault.health.readOnly).toBeUndefined();
  });

  it("adopts a stronger policy for the slot that opened", async () => {
    const stronger = { ...cheapPolicy, passes: 4 };
    const { door } = await home.open({ kdfPolicy: stronger });
    expect(door.slots.list()[0]!.kdf).toMatchObject({ passes: 4 });
    await door.close();
    const again = await home.open();
    expect(again.door.slots.list()[0]!.kdf).toMatchObject({ passes: 4 });
    expect(again.vault.health.readOnly).toBeUndefined();
  });

  it("opens although the slot cannot be made stronger, and says so in the log", async () => {
    const files: PrivateFiles = {
      read: privateFiles.read,
      replace: (path, bytes) =>
        path.includes("keyring")
          ? Promise.reject(new KeepsakeError("DISK_FULL"))
          : privateFiles.replace(path, bytes),
    };
    await home.open({ kdfPolicy: { ...cheapPolicy, passes: 4 }, files });
    expect(home.log.has("slot-not-strengthened")).toBe(true);
  });

  it("moves to the generation that the keyring names when it is another than at the start", async () => {
    const door = await home.door();
    await door.capture([utf8("captured")]);
    const elsewhere = await home.copy();
    const other = await elsewhere.open();
    await other.vault.purge(work());
    await other.door.close();
    const sealedStore = await home.door().then(() => undefined);
    expect(sealedStore).toBeUndefined();
    await door.close();
    await rm(home.directory, { recursive: true });
    const { rename } = await import("node:fs/promises");
    await rename(elsewhere.directory, home.directory);
    const again = await home.open();
    expect(again.vault.health.generation).toBe(2);
    await elsewhere.remove();
  });

  it("is taken back when it fails in the middle, and works the next time", async () => {
    let isRefused = true;
    const door = await home.door({
      files: {
        read: (path, limit) =>
          isRefused && path.endsWith("anchor")
            ? Promise.reject(new KeepsakeError("UNSAFE_PATH"))
            : privateFiles.read(path, limit),
        replace: privateFiles.replace,
      },
    });
    await expect(door.unlock(by(passphrase()), work())).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    expect(door.state()).toBe("sealed");
    await door.capture([utf8("still sealed")]);
    isRefused = false;
    await door.unlock(by(passphrase()), work());
    expect(door.waiting()).toBe(1);
  });
});

describe("slots of an open vault", () => {
  it("are added, listed, used and removed", async () => {
    const { door } = await home.create();
    const second = await door.slots.add(
      { kind: "passphrase", label: "second", passphrase: passphrase("another passphrase") },
      work(),
    );
    expect(second).toMatchObject({ slot: { kind: "passphrase", label: "second" }, recoveryKey: undefined });
    const paper = await door.slots.add({ kind: "recovery", label: "paper" }, work());
    expect(fromUtf8(paper.recoveryKey!.bytes)).toMatch(/^KS/);
    const chain = await door.slots.add({ kind: "keychain", label: "desktop" }, work());
    expect(chain.slot.kdf).toBeUndefined();
    expect(door.hasKeychain()).toBe(true);
    expect(home.keychain.entries.size).toBe(1);
    await door.close();
    for (const unlockWith of [
      by(passphrase("another passphrase")),
      { kind: "recovery", secret: paper.recoveryKey! } as const,
      { kind: "keychain" } as const,
    ]) {
      const again = await home.door();
      await again.unlock(unlockWith, work());
      await again.close();
    }
    const { door: opened } = await home.open();
    await opened.slots.remove(chain.slot.id);
    expect(home.keychain.entries.size).toBe(0);
    await opened.slots.remove(second.slot.id);
    await opened.slots.remove(paper.slot.id);
    await expect(opened.slots.remove(opened.slots.list()[0]!.id)).rejects.toMatchObject({
      code: "LAST_SLOT",
    });
    await expect(opened.slots.remove("00000000")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("are refused sealed, weak, without a secret, beyond eight, or without a keychain", async () => {
    const { door } = await home.create();
    await expect(
      door.slots.add({ kind: "passphrase", label: "x", passphrase: passphrase("short") }, work()),
    ).rejects.toMatchObject({ code: "WEAK_PASSPHRASE" });
    await expect(door.slots.add({ kind: "passphrase", label: "x" }, work())).rejects.toMatchObject({
      code: "WEAK_PASSPHRASE",
    });
    home.keychain.isLocked = true;
    await expect(door.slots.add({ kind: "keychain", label: "x" }, work())).rejects.toMatchObject({
      code: "KEYCHAIN_UNAVAILABLE",
    });
    for (let slot = 2; slot <= 8; slot += 1) {
      const { recoveryKey } = await door.slots.add({ kind: "recovery", label: `paper ${slot}` }, work());
      recoveryKey!.wipe();
    }
    await expect(door.slots.add({ kind: "recovery", label: "ninth" }, work())).rejects.toMatchObject({
      code: "TOO_MANY_SLOTS",
    });
    await door.close();
    const sealed = await home.door();
    await expect(sealed.slots.add({ kind: "recovery", label: "x" }, work())).rejects.toMatchObject({
      code: "VAULT_SEALED",
    });
  });

  it("leave no entry in the keychain when the keyring cannot take them", async () => {
    let isRefused = false;
    const files: PrivateFiles = {
      read: privateFiles.read,
      replace: (path, bytes) =>
        isRefused && path.includes("keyring")
          ? Promise.reject(new KeepsakeError("DISK_FULL"))
          : privateFiles.replace(path, bytes),
    };
    const { door } = await home.create({ files });
    isRefused = true;
    await expect(door.slots.add({ kind: "keychain", label: "x" }, work())).rejects.toMatchObject({
      code: "DISK_FULL",
    });
    await expect(door.slots.add({ kind: "recovery", label: "x" }, work())).rejects.toMatchObject({
      code: "DISK_FULL",
    });
    expect(home.keychain.entries.size).toBe(0);
  });

  it("prove the present passphrase, behind the guard, before they look at the new one, and change nothing then", async () => {
    const { door } = await home.create();
    const before = door.slots.list();
    const keyrings = () =>
      Promise.all(["keyring.a", "keyring.b"].map((name) => readFile(join(home.directory, name), "hex")));
    const found = await keyrings();
    const empty = () => passphrase("");
    const wrong = passphrase("wrong horse battery");
    await expect(door.slots.changePassphrase(wrong, empty(), work())).rejects.toMatchObject({
      code: "WRONG_PASSPHRASE",
    });
    expect(door.unlockRetryAfterMs()).toBeGreaterThan(0);
    await expect(door.slots.changePassphrase(passphrase(), empty(), work())).rejects.toMatchObject({
      code: "RATE_LIMITED",
    });
    home.clock.advance(20_000);
    await expect(door.slots.changePassphrase(passphrase(), empty(), work())).rejects.toMatchObject({
      code: "WEAK_PASSPHRASE",
    });
    expect(door.slots.list()).toEqual(before);
    expect(await keyrings()).toEqual(found);
  });

  it("change their passphrase for who knows the present one", async () => {
    const { door } = await home.create();
    const [slot] = door.slots.list();
    const wrong = door.slots.changePassphrase(
      passphrase("wrong horse battery"),
      passphrase("a new passphrase"),
      work(),
    );
    await expect(wrong).rejects.toMatchObject({ code: "WRONG_PASSPHRASE" });
    home.clock.advance(20_000);
    await expect(
      door.slots.changePassphrase(passphrase(), passphrase("short"), work()),
    ).rejects.toMatchObject({
      code: "WEAK_PASSPHRASE",
    });
    const changed = await door.slots.changePassphrase(passphrase(), passphrase("a new passphrase"), work());
    expect(changed).toMatchObject({ id: slot!.id, label: slot!.label });
    await door.close();
    const again = await home.door();
    await expect(again.unlock(by(passphrase()), work())).rejects.toMatchObject({ code: "WRONG_PASSPHRASE" });
    home.clock.advance(20_000);
    await again.unlock(by(passphrase("a new passphrase")), work());
  });
});

describe("rotating the master key", () => {
  it("replaces every key, keeps what it can of the slots, and names the others", async () => {
    const { door, vault } = await home.create();
    await vault.write([put("kept")]);
    await door.capture([utf8("captured")]);
    await door.slots.add(
      { kind: "passphrase", label: "second", passphrase: passphrase("another passphrase") },
      work(),
    );
    const old = await door.slots.add({ kind: "recovery", label: "paper" }, work());
    await door.slots.add({ kind: "keychain", label: "desktop" }, work());
    const before = await readFile(join(home.directory, "keyring.a"));
    const [oldEntry] = home.keychain.entries.keys();
    const publicKey = toHex(vault.state.keyring.content.inbox.publicKey);
    const id = vault.deriveId(utf8("name"));
    const rotated = await door.slots.rotateMaster(passphrase(), { recovery: true }, work());
    expect(rotated).toMatchObject({ records: 1, damage: { damaged: [], missingCount: 0 } });
    expect(rotated.droppedSlots).toEqual(["second", "paper"]);
    expect(vault.deriveId(utf8("name"))).toBe(id);
    expect(toHex(vault.state.keyring.content.inbox.publicKey)).not.toBe(publicKey);
    expect([...home.keychain.entries.keys()]).not.toContain(oldEntry);
    expect(door.slots.list().map(({ kind }) => kind)).toEqual(["passphrase", "keychain", "recovery"]);
    await door.capture([utf8("captured after")]);
    await door.close();
    await expect(unlockOnce({ kind: "recovery", secret: old.recoveryKey! })).rejects.toMatchObject({
      code: "WRONG_PASSPHRASE",
    });
    home.clock.advance(20_000);
    for (const unlockWith of [
      by(passphrase()),
      { kind: "recovery", secret: rotated.recoveryKey! } as const,
      { kind: "keychain" } as const,
    ]) {
      const texts = await unlockOnce(unlockWith);
      expect(texts).toEqual(["captured", "captured after", "kept"]);
    }
    const { vault: opened } = await home.open();
    expect(opened.health).toMatchObject({ readOnly: undefined, damage: { damaged: [], missingCount: 0 } });
    // The old keyring with the new store opens nothing, and with the new anchor says what it is.
    expect((await readFile(join(home.directory, "keyring.a"))).equals(before)).toBe(false);
  });

  async function unlockOnce(unlockWith: UnlockWith): Promise<readonly string[]> {
    const door = await home.door();
    try {
      const vault = await door.unlock(unlockWith, work());
      const texts: string[] = [];
      for await (const { plaintext } of vault.scan("memory")) texts.push(fromUtf8(plaintext));
      for await (const { plaintext } of door.inbox()) texts.push(fromUtf8(plaintext));
      return texts.toSorted();
    } finally {
      await door.close();
    }
  }

  it("takes turns captured while it happens to the new key", async () => {
    const { door, vault } = await home.create();
    await vault.write(Array.from({ length: 200 }, () => put("kept")));
    let isRunning = true;
    let captured = 0;
    const capturing = (async () => {
      while (isRunning) {
        await door.capture([utf8(`turn ${captured}`)]);
        captured += 1;
      }
    })();
    await until(() => captured > 2);
    await door.slots.rotateMaster(passphrase(), { recovery: false }, work());
    isRunning = false;
    await capturing;
    let opened = 0;
    for await (const { plaintext } of door.inbox()) opened += plaintext.length > 0 ? 1 : 0;
    expect(opened).toBe(captured);
    expect(vault.health.damage).toEqual({ damaged: [], missingCount: 0 });
  });

  it("names entries of the inbox that do not open, and leaves them behind", async () => {
    const { door, vault } = await home.create();
    await door.capture([utf8("one"), utf8("two")]);
    await door.close();
    await tamper(home.directory, async (store) => {
      const [entry] = await entriesOf(store, "inbox");
      entry!.value[90]! ^= 1;
      await store.batch([
        { type: "put", ...entry! },
        { type: "put", key: Uint8Array.of(KEYSPACE_BYTES.inbox, 7), value: entry!.value },
      ]);
    });
    expect(vault.health.records).toBe(0);
    const again = await home.open();
    const { damage } = await again.door.slots.rotateMaster(passphrase(), { recovery: false }, work());
    expect(damage.damaged).toHaveLength(1);
    expect(again.door.waiting()).toBe(1);
    const texts: string[] = [];
    for await (const { plaintext } of again.door.inbox()) texts.push(fromUtf8(plaintext));
    expect(texts).toHaveLength(1);
  });

  it("keeps the new slots when nobody knows which keyring is in effect, or only the clean-up failed", async () => {
    for (const failing of ["replace", "clean-up"] as const) {
      let isArmed = false;
      let isSwitched = false;
      const files: PrivateFiles = {
        read: (path, limit) =>
          isSwitched && path.includes("keyring")
            ? Promise.reject(new Error("EIO"))
            : privateFiles.read(path, limit),
        replace: async (path, bytes) => {
          await privateFiles.replace(path, bytes);
          if (!isArmed || !path.endsWith(failing === "replace" ? "keyring.b" : "keyring.a")) return;
          isSwitched = true;
          if (failing === "replace") throw new KeepsakeError("WRITE_FAILED");
        },
      };
      const own = await VaultHome.make();
      const { door } = await own.create({ files });
      await door.slots.add({ kind: "keychain", label: "desktop" }, work());
      isArmed = true;
      await expect(door.slots.rotateMaster(passphrase(), { recovery: false }, work())).rejects.toBeDefined();
      isArmed = false;
      isSwitched = false;
      await door.close();
      const again = await own.door();
      const vault = await again.unlock({ kind: "keychain" }, work());
      expect(vault.health).toMatchObject({ generation: 2, readOnly: undefined });
      await own.remove();
    }
  });

  it("fails when the keychain fails in a way nobody knows", async () => {
    const { door } = await home.create();
    await door.slots.add({ kind: "keychain", label: "desktop" }, work());
    home.keychain.set = () => Promise.reject(new TypeError("unheard of"));
    await expect(door.slots.rotateMaster(passphrase(), { recovery: false }, work())).rejects.toThrow(
      "unheard of",
    );
  });

  it("is for who opened a passphrase slot", async () => {
    const { vault } = await home.create();
    const means = {
      kdf: cheapKdf,
      kdfPolicy: cheapPolicy,
      keychain: home.keychain,
      clock: home.clock,
      randomness: systemRandomness,
    };
    const slot = {
      kind: "recovery",
      id: "abcdefgh",
      label: "",
      created: 0,
      commitment: new Uint8Array(32),
      wrappedKey: new Uint8Array(60),
    } as const;
    const opened = { slot, masterKey: vault.state.keyring.masterKey, milliseconds: 0 };
    await expect(changePassphrase(means, vault, opened, passphrase())).rejects.toThrow(TypeError);
  });

  it("drops the keychain's slot when the keychain does not answer", async () => {
    const { door } = await home.create();
    await door.slots.add({ kind: "keychain", label: "desktop" }, work());
    home.keychain.isLocked = true;
    const rotated = await door.slots.rotateMaster(passphrase(), { recovery: false }, work());
    expect(rotated.droppedSlots).toEqual(["desktop"]);
    expect(rotated.recoveryKey).toBeUndefined();
  });

  it("leaves everything as it was when it fails, for who does not know the passphrase too", async () => {
    const disk = new FaultyDisk();
    const { door, vault } = await home.create({ opener: disk.opener });
    await vault.write([put("kept")]);
    await door.slots.add({ kind: "keychain", label: "desktop" }, work());
    const entries = [...home.keychain.entries.keys()];
    const wrong = door.slots.rotateMaster(passphrase("wrong horse battery"), { recovery: true }, work());
    await expect(wrong).rejects.toMatchObject({ code: "WRONG_PASSPHRASE" });
    home.clock.advance(20_000);
    disk.onBatch = (_, folder) => (folder.endsWith("store.2") ? { code: "DISK_FULL" } : undefined);
    await expect(door.slots.rotateMaster(passphrase(), { recovery: true }, work())).rejects.toMatchObject({
      code: "DISK_FULL",
    });
    disk.onBatch = () => undefined;
    expect([...home.keychain.entries.keys()]).toEqual(entries);
    expect(vault.health).toMatchObject({ generation: 1, readOnly: undefined });
    await door.close();
    await home.open();
  });

  it("leaves an anchor for whichever keyring a crash leaves, also when another anchor is written in between", async () => {
    const crashes: VaultHome[] = [];
    let writeAnchor = (): Promise<void> => Promise.resolve();
    const files: PrivateFiles = {
      ...privateFiles,
      replace: async (path, bytes) => {
        if (path.endsWith("keyring.b")) await writeAnchor();
        await privateFiles.replace(path, bytes);
        if (/keyring\.[ab]$/.test(path)) crashes.push(await home.copy());
      },
    };
    const { door, vault } = await home.create({ files });
    await vault.write([put("text")]);
    crashes.length = 0;
    writeAnchor = () => vault.state.writeAnchor();
    await door.slots.rotateMaster(passphrase(), { recovery: false }, work());
    // Two files of the keyring that has the next generation, and of the one that the inbox's old pair is dropped from.
    expect(crashes).toHaveLength(4);
    for (const crashed of crashes) {
      const opened = await crashed.open();
      expect(opened.vault.health).toMatchObject({ generation: 2, records: 1, readOnly: undefined });
      await crashed.remove();
    }
  });

  it("changes nothing once it was told to stop, however far it is", async () => {
    const { door, vault } = await home.create();
    await vault.write([put("text")]);
    for (let checks = 0; checks < 3; checks += 1) {
      const controller = new AbortController();
      let seen = 0;
      const stopping = {
        signal: controller.signal,
        progress: () => {
          if (seen === checks) controller.abort();
          seen += 1;
        },
      };
      const rotating = door.slots.rotateMaster(passphrase(), { recovery: false }, stopping);
      await expect(rotating).rejects.toMatchObject({ code: "CANCELLED" });
    }
    expect(vault.health).toMatchObject({ generation: 1, readOnly: undefined });
    await door.close();
    await home.open();
  });

  it("waits for a change of slots that is under way, and the next change for it", async () => {
    const disk = new FaultyDisk();
    const { door } = await home.create({ opener: disk.opener });
    const paper = door.slots.add({ kind: "recovery", label: "paper" }, work());
    const rotating = door.slots.rotateMaster(passphrase(), { recovery: false }, work());
    const second = door.slots.add({ kind: "recovery", label: "second" }, work());
    const [first, rotated, last] = await Promise.all([paper, rotating, second]);
    first.recoveryKey!.wipe();
    expect(rotated.droppedSlots).toEqual(["paper"]);
    expect(door.slots.list().map(({ label }) => label)).toEqual(["passphrase", "second"]);
    await door.close();
    const again = await home.door();
    await again.unlock({ kind: "recovery", secret: last.recoveryKey! }, work());
  });
});

describe("an open vault that is closed", () => {
  it("holds no key any more", async () => {
    const { door, vault } = await home.create();
    await vault.write([put("text")]);
    const { keyring, keys, era } = vault.state;
    const secrets = [keyring.masterKey, keyring.identityKey, keyring.dataKey(1)!, ...Object.values(keys)];
    const sealer = await era.use((each) => each.sealer);
    await door.close();
    await door.close();
    expect(secrets.map((secret) => secret.isWiped)).toEqual(secrets.map(() => true));
    expect(() => sealer.seal(1, new Uint8Array(16), utf8("x"))).toThrow();
    expect(() => door.opened()).toThrow(expect.objectContaining({ code: "VAULT_SEALED" }));
    await expect(vault.write([put("x")])).rejects.toMatchObject({ code: "VAULT_READ_ONLY" });
  });

  it("has written everything it was given before", async () => {
    const { door, vault } = await home.create();
    const writes = Promise.all(
      Array.from({ length: 50 }, (_, number) => vault.write([put(`text ${number}`)])),
    );
    await door.close();
    await writes;
    expect((await home.open()).vault.health.records).toBe(50);
  });
});

describe("a folder that is replaced under a sealed vault", () => {
  let other: VaultHome;
  beforeEach(async () => {
    await home.create().then(({ door }) => door.close());
    other = await VaultHome.make();
    await other.create().then(({ door }) => door.close());
  });
  afterEach(() => other.remove());

  const away = () => join(home.root, "away");
  const contentsOf = async (folder: string) =>
    Promise.all(
      (await readdir(folder, { withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map(async ({ name }) => [name, await readFile(join(folder, name), "hex")]),
    );

  it.each([
    ["another vault", () => cp(other.directory, home.directory, { recursive: true })],
    ["a copy of itself", () => cp(away(), home.directory, { recursive: true })],
    ["an empty folder", () => mkdir(home.directory, { mode: 0o700 })],
    ["nothing", () => Promise.resolve()],
  ])("by %s is neither opened nor written to, and opens again once it is back", async (name, put) => {
    const door = await home.door();
    await door.capture([utf8("before")]);
    await rename(home.directory, away());
    await put();
    const before = name === "nothing" ? [] : await contentsOf(home.directory);
    const refused = {
      code: "UNSAFE_PATH",
      message: `${home.directory} is not what it was when the daemon started`,
    };
    await expect(door.unlock(by(passphrase()), work())).rejects.toMatchObject(refused);
    await expect(door.capture([utf8("meanwhile")])).rejects.toMatchObject(refused);
    await expect(door.create(passphrase(), { recovery: false }, work())).rejects.toMatchObject(refused);
    if (name !== "nothing") expect(await contentsOf(home.directory)).toEqual(before);
    expect(door.unlockRetryAfterMs()).toBe(0);
    await rm(home.directory, { recursive: true, force: true });
    await rename(away(), home.directory);
    await door.unlock(by(passphrase()), work());
    expect(door.waiting()).toBe(1);
  });

  it("is told by its keyring where the folder is the same", async () => {
    const door = await home.door();
    await door.capture([utf8("before")]);
    for (const name of ["keyring.a", "keyring.b"]) {
      await copyFile(join(other.directory, name), join(home.directory, name));
    }
    await expect(door.unlock(by(passphrase()), work())).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    await expect(door.capture([utf8("meanwhile")])).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    expect(door.state()).toBe("sealed");
  });

  it("is taken for what it is by a daemon that starts then", async () => {
    await rename(home.directory, away());
    await cp(other.directory, home.directory, { recursive: true });
    const door = await home.door();
    await door.unlock(by(passphrase()), work());
    expect(door.state()).toBe("open");
  });
});

describe("a folder that is not private", () => {
  beforeEach(async () => {
    await home.create().then(({ door }) => door.close());
    await home.open().then(({ door }) => door.close());
  });

  it.each(["keyring.a", "keyring.b", "anchor", "inbox.tally", "ballast", "unlock.failures"])(
    "is refused, its files untouched: %s as a link, with a second name, or open to others",
    async (name) => {
      const path = join(home.directory, name);
      const bytes = await readFile(path);
      const victim = join(home.root, "victim");
      await writeFile(victim, "untouched");
      const attempts: readonly (() => Promise<void>)[] = [
        () => chmod(path, 0o644),
        () => link(path, join(home.root, "second name")),
        async () => {
          await rm(path);
          await symlink(victim, path);
        },
      ];
      for (const attempt of attempts) {
        await rm(path, { force: true });
        await writeFile(path, bytes, { mode: 0o600 });
        await attempt();
        const outcome = await home.open().then(
          ({ door }) => door.close().then(() => "opened"),
          (error: unknown) => (error as KeepsakeError).code,
        );
        // The ballast holds nothing: a vault opens without it.
        expect(outcome).toBe(name === "ballast" ? "opened" : "UNSAFE_PATH");
      }
      if (name === "ballast") expect(home.log.has("no-ballast")).toBe(true);
      expect(await readFile(victim, "utf8")).toBe("untouched");
    },
  );

  it("is refused when it is open to others", async () => {
    await chmod(home.directory, 0o755);
    await expect(home.door()).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    await chmod(home.directory, 0o700);
  });

  it("is rid of what a crash in the middle of replacing a file left", async () => {
    await writeFile(join(home.directory, ".anchor.0123456789abcdef.tmp"), "half");
    await home.door();
    expect((await readdir(home.directory)).some((name) => name.endsWith(".tmp"))).toBe(false);
  });
});
