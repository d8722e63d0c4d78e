/** The small parts of the vault, each by itself. */
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { formatRecordId } from "../../src/base/record-id.ts";
import { Secret } from "../../src/base/secret.ts";
import { deriveKey } from "../../src/crypto/hkdf.ts";
import { hmacSha256 } from "../../src/crypto/hmac.ts";
import type { Randomness } from "../../src/crypto/random.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import { privateFiles } from "../../src/platform/private-files.ts";
import { AnchorFile } from "../../src/vault/written/anchor.ts";
import { DamageRegister } from "../../src/vault/live/damage.ts";
import { deferFiles } from "../../src/platform/private-file-access.ts";
import {
  clearWay,
  markDraft,
  removeOtherStores,
  removeStore,
  unmarkDraft,
} from "../../src/vault/folder/store-folders.ts";
import { storeKey } from "../../src/vault/written/store-key.ts";
import { PacedWrite } from "../../src/base/turns/paced-write.ts";
import { RecordSealer } from "../../src/vault/written/record-sealer.ts";
import { ReadWriteLock } from "../../src/base/turns/read-write-lock.ts";
import { ShiftedClock } from "../support/fake-clock.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("a record sealer", () => {
  const vaultId = new Uint8Array(16).fill(5);
  const id = new Uint8Array(16).fill(6);
  const term = (number: number) => ({ term: number, key: new Secret(new Uint8Array(randomBytes(32))) });
  const sealerOf = (terms: ReturnType<typeof term>[], generation = 1) =>
    new RecordSealer({ vaultId, generation, terms, seals: 0, randomness: systemRandomness });

  it("opens what it sealed in the same place of the same generation, and nowhere else", () => {
    const one = term(1);
    const sealer = sealerOf([one]);
    const sealed = sealer.seal(1, id, utf8("text"));
    expect(sealer.open(1, id, sealed)).toEqual(utf8("text"));
    const damaged = expect.objectContaining({ code: "RECORD_DAMAGED" }) as Error;
    expect(() => sealer.open(2, id, sealed)).toThrow(damaged);
    expect(() => sealer.open(1, vaultId, sealed)).toThrow(damaged);
    expect(() => sealerOf([one], 2).open(1, id, sealed)).toThrow(damaged);
    expect(() => sealerOf([term(1)]).open(1, id, sealed)).toThrow(damaged);
    expect(() => sealerOf([term(2)]).open(1, id, sealed)).toThrow(damaged);
    expect(() => sealer.open(1, id, new Uint8Array(0))).toThrow(damaged);
  });

  it("seals with the newest term, opens older ones, and counts the seals of the newest", () => {
    const sealer = sealerOf([term(1), term(2)]);
    expect(sealer.term).toBe(2);
    const before = sealer.seal(1, id, utf8("a"));
    expect(sealer.seals).toBe(1);
    sealer.resumeAt(10);
    sealer.resumeAt(3);
    expect(sealer.seals).toBe(10);
    sealer.beginTerm(term(3));
    expect([sealer.term, sealer.seals]).toEqual([3, 0]);
    expect(sealer.open(1, id, before)).toEqual(utf8("a"));
  });

  it("takes every byte of a nonce from its source once, many at a time", () => {
    let next = 0;
    const asked: number[] = [];
    const randomness: Randomness = {
      bytes: (length) => {
        asked.push(length);
        return Uint8Array.from({ length }, () => next++ % 251);
      },
    };
    const sealer = new RecordSealer({ vaultId, generation: 1, terms: [term(1)], seals: 0, randomness });
    const nonces = Array.from({ length: 300 }, () => sealer.seal(1, id, utf8("text")).slice(5, 17));
    expect(nonces.flatMap((nonce) => [...nonce]).slice(0, 3_072)).toEqual(
      Array.from({ length: 3_072 }, (_, index) => index % 251),
    );
    expect(asked).toEqual([3_072, 3_072]);
  });

  it("wipes every key", () => {
    const [one, two] = [term(1), term(2)];
    const sealer = sealerOf([one, two]);
    sealer.wipe();
    expect([one.key.isWiped, two.key.isWiped]).toEqual([true, true]);
    expect(() => sealerOf([])).toThrow(TypeError);
  });

  it("says nothing about small sizes", () => {
    const sealer = sealerOf([term(1)]);
    const sizes = [0, 1, 100, 252].map((length) => sealer.seal(1, id, new Uint8Array(length)).length);
    expect(new Set(sizes).size).toBe(1);
  });
});

describe("something shared", () => {
  it("is exchanged while nobody uses it, and used by nobody while it is exchanged", async () => {
    const shared = new ReadWriteLock("old");
    const events: string[] = [];
    let endUse = () => {};
    const use = shared.use(async (value) => {
      events.push(`use ${value}`);
      await new Promise<void>((resolve) => (endUse = resolve));
      events.push("used");
    });
    await turn();
    const exchange = shared.replace(async (value) => {
      events.push(`exchange ${value}`);
      await turn();
      return "new";
    });
    const later = shared.use((value) => events.push(`use ${value}`));
    const again = shared.replace(async (value) => `${value}er`);
    await turn();
    expect(events).toEqual(["use old"]);
    endUse();
    await Promise.all([use, exchange, later, again]);
    expect(events.slice(0, 3)).toEqual(["use old", "used", "exchange old"]);
    expect(await shared.use((value) => value)).toBe("newer");
  });

  it("keeps its value when the exchange fails", async () => {
    const shared = new ReadWriteLock("old");
    await expect(shared.replace(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await shared.use((value) => value)).toBe("old");
  });
});

describe("a paced write", () => {
  it("writes at once, then at most once a second, and what is left at the end", async () => {
    const clock = new ShiftedClock();
    let written = 0;
    const paced = new PacedWrite(
      async () => void (written += 1),
      clock,
      () => {},
    );
    paced.note();
    paced.note();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(written).toBe(1);
    paced.note();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(written).toBe(1);
    await paced.flush();
    expect(written).toBe(2);
    await paced.flush();
    expect(written).toBe(2);
    clock.advance(5_000);
    paced.note();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(written).toBe(3);
  });

  it("writes nothing at the end when nothing was noted", async () => {
    let written = 0;
    const paced = new PacedWrite(
      async () => void (written += 1),
      new ShiftedClock(),
      () => {},
    );
    await paced.flush();
    expect(written).toBe(0);
  });

  it("tells of a write that failed and makes up for it", async () => {
    const clock = new ShiftedClock();
    const failures: unknown[] = [];
    let isBroken = true;
    const paced = new PacedWrite(
      () => (isBroken ? Promise.reject(new Error("no")) : Promise.resolve()),
      clock,
      (error) => failures.push(error),
    );
    paced.note();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(failures).toHaveLength(1);
    await expect(paced.flush()).rejects.toThrow("no");
    isBroken = false;
    await paced.flush();
  });
});

describe("the damage register", () => {
  const key = (number: number) => storeKey(1, new Uint8Array(16).fill(number));
  const name = (number: number) => formatRecordId(new Uint8Array(16).fill(number));

  it("names each record once, by the latest that is known of it", () => {
    const damage = new DamageRegister();
    expect(damage.report(0)).toEqual({ damaged: [], missingCount: 0 });
    damage.noteUnreadable(key(1));
    damage.noteMissing(key(1));
    damage.noteMissing(key(2));
    damage.noteExtra(key(3));
    damage.noteExtra(Uint8Array.of(1, 2));
    expect(damage.report(0).damaged.toSorted()).toEqual([name(1), name(2), name(3)]);
    expect(damage.report(0).missingCount).toBe(0);
    damage.clear(key(3));
    expect(damage.has(key(3))).toBe(false);
    expect(damage.report(5).missingCount).toBe(6);
    expect(damage.isUnexplained).toBe(false);
    damage.noteUnexplained(-2);
    expect(damage.isUnexplained).toBe(true);
    expect(damage.report(0).missingCount).toBe(-1);
  });
});

describe("stores that are left over", () => {
  it("are removed, links not followed, and nothing else is touched", async () => {
    const root = await mkdtemp(join(tmpdir(), "keepsake-generations-"));
    try {
      for (const name of ["store.1", "store.2", "store.2.salvage", "store.3", "store.x", "other"]) {
        await mkdir(join(root, name));
      }
      await writeFile(join(root, "other", "precious"), "kept");
      await symlink(join(root, "other"), join(root, "store.4"));
      await symlink(join(root, "other"), join(root, "store.1", "link"));
      await markDraft(root, 3);
      await markDraft(root, 4);
      await markDraft(root, 7);
      const rest = async () => (await readdir(root)).toSorted();
      expect(await removeOtherStores(root, 2, { isSalvaged: true, isWhole: true })).toEqual([]);
      expect(await rest()).toEqual(["other", "store.2", "store.2.salvage", "store.x"]);
      await removeOtherStores(root, 2, { isSalvaged: false, isWhole: true });
      expect(await rest()).toEqual(["other", "store.2", "store.x"]);
      expect(await readdir(join(root, "other"))).toEqual(["precious"]);
      await removeStore(join(root, "store.9"));
      await expect(removeStore(join(root, "missing", "store.9"))).rejects.toMatchObject({
        code: "WRITE_FAILED",
        cause: expect.any(Error) as Error,
      });
    } finally {
      await rm(root, { recursive: true });
    }
  });
});

describe("stores of another keyring", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "keepsake-generations-"));
    process.umask(0o077);
  });
  afterEach(() => rm(root, { recursive: true }));

  const make = async (...names: string[]) => {
    for (const name of names) await mkdir(join(root, name));
  };
  const rest = async () => (await readdir(root)).toSorted();

  it("are kept: later ones always, and earlier ones until the live one was found whole", async () => {
    await make("store.1", "store.2", "store.3");
    expect(await removeOtherStores(root, 2, { isSalvaged: false, isWhole: false })).toEqual([1, 3]);
    expect(await rest()).toEqual(["store.1", "store.2", "store.3"]);
    expect(await removeOtherStores(root, 2, { isSalvaged: false, isWhole: true })).toEqual([3]);
    expect(await rest()).toEqual(["store.2", "store.3"]);
  });

  it("get another name when a new store needs theirs, each its own", async () => {
    await make("store.2", "store.2.kept.1");
    await clearWay(root, 2);
    expect(await rest()).toEqual(["store.2.draft", "store.2.kept.1", "store.2.kept.2"]);
    await make("store.2");
    await clearWay(root, 2);
    expect(await rest()).toEqual(["store.2.draft", "store.2.kept.1", "store.2.kept.2"]);
    await unmarkDraft(root, 2);
    await unmarkDraft(root, 2);
    await make("store.2");
    expect(await removeOtherStores(root, 3, { isSalvaged: false, isWhole: true })).toEqual([]);
    expect(await rest()).toEqual(["store.2.kept.1", "store.2.kept.2"]);
  });
});

describe("deferred files", () => {
  it("hold writes back until they are released, then let them through", async () => {
    const written: string[] = [];
    const files = deferFiles({
      read: (path, limitBytes) => Promise.resolve(utf8(`${path}, ${limitBytes} bytes at most`)),
      replace: async (path) => void written.push(path),
    });
    expect(deferFiles(files).release()).toEqual(new Uint8Array(0));
    await files.replace("b", Uint8Array.of(1));
    await files.replace("a", Uint8Array.of(2));
    expect(await files.read("a", 7)).toEqual(utf8("a, 7 bytes at most"));
    expect(written).toEqual([]);
    expect(files.release()).toEqual(Uint8Array.of(2));
    await files.replace("c", new Uint8Array(1));
    expect(written).toEqual(["c"]);
  });
});

describe("the anchor's file", () => {
  const vaultId = new Uint8Array(16).fill(1);
  const secret = (fill: number) => new Secret(new Uint8Array(32).fill(fill));
  const anchor = { vaultId, epoch: 3, sequence: 2 ** 40, live: 7 };

  it("is read by a holder of any of its keys, for its vault, whole", async () => {
    const folder = await mkdtemp(join(tmpdir(), "keepsake-anchor-"));
    process.umask(0o077);
    try {
      const file = new AnchorFile(folder, privateFiles);
      expect(await file.read(vaultId, secret(1))).toBeUndefined();
      await file.write(anchor, [secret(1), secret(2)]);
      expect(await file.read(vaultId, secret(1))).toEqual(anchor);
      expect(await file.read(vaultId, secret(2))).toEqual(anchor);
      expect(await file.read(vaultId, secret(3))).toBeUndefined();
      expect(await file.read(new Uint8Array(16), secret(1))).toBeUndefined();
      await file.write(anchor, [secret(2)]);
      expect(await file.read(vaultId, secret(1))).toBeUndefined();
      const whole = await privateFiles.read(join(folder, "anchor"), 1_000);
      for (let at = 0; at < whole!.length; at += 1) {
        const changed = whole!.slice();
        changed[at]! ^= 4;
        await privateFiles.replace(join(folder, "anchor"), changed);
        expect(await file.read(vaultId, secret(2))).toBeUndefined();
      }
      for (const length of [0, 40, 41, 72]) {
        await privateFiles.replace(join(folder, "anchor"), whole!.slice(0, length));
        expect(await file.read(vaultId, secret(2))).toBeUndefined();
      }
      await rm(join(folder, "anchor"));
      await symlink("/etc/hostname", join(folder, "anchor"));
      await expect(file.read(vaultId, secret(2))).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("is authenticated under a key of its own, whole, and refused in another version", async () => {
    let written = new Uint8Array(0);
    const file = new AnchorFile("/nowhere", {
      read: () => Promise.resolve(written),
      replace: async (_, bytes) => void (written = bytes.slice()),
    });
    await file.write(anchor, [secret(1)]);
    const body = written.subarray(0, 41);
    const mac = () => hmacSha256(deriveKey(secret(1), "anchor-mac").bytes, body);
    expect(written.subarray(41)).toEqual(mac());
    body[0] = 2;
    written.set(mac(), 41);
    expect(await file.read(vaultId, secret(1))).toBeUndefined();
  });

  it("is as good as missing when the disk does not give it", async () => {
    const file = new AnchorFile("/nowhere", {
      read: () => Promise.reject(Object.assign(new Error("EIO"), { code: "EIO" })),
      replace: () => Promise.resolve(),
    });
    expect(await file.read(vaultId, secret(1))).toBeUndefined();
  });
});
