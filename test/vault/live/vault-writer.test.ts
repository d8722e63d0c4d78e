/** The one way anything is written: how much goes into a batch, and what a batch that fails leaves to the next. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fromUtf8, utf8 } from "../../../src/base/bytes.ts";
import { KeepsakeError } from "../../../src/base/errors.ts";
import { newRecordId } from "../../../src/base/record-id.ts";
import type { PrivateFiles } from "../../../src/platform/private-file-access.ts";
import { privateFiles } from "../../../src/platform/private-files.ts";
import { systemRandomness } from "../../../src/crypto/random.ts";
import { newX25519KeyPair } from "../../../src/crypto/x25519.ts";
import { KEYSPACE_BYTES } from "../../../src/vault/written/keyspaces.ts";
import { storeKey } from "../../../src/vault/written/store-key.ts";
import type { LiveVault } from "../../../src/vault/live-vault.ts";
import { FaultyDisk, until } from "../support/faulty-store.ts";
import { entriesOf } from "../support/tamper.ts";
import { VaultHome } from "../support/vault-home.ts";
import { WatchedRandomness } from "../support/watched-randomness.ts";

let home: VaultHome;
let disk: FaultyDisk;

beforeEach(async () => {
  home = await VaultHome.make();
  disk = new FaultyDisk();
});
afterEach(async () => {
  disk.onBatch = () => undefined;
  await home.remove();
});

const put = (plaintext: Uint8Array) =>
  ({ type: "put", keyspace: "memory", id: newRecordId(), plaintext }) as const;
const LARGE = 400 << 10;

/** Keys in the keyspace of checkpoints, which the head does not count. */
const rawKeys = (count: number): readonly Uint8Array[] =>
  Array.from({ length: count }, (_, number) => {
    const id = new Uint8Array(16).fill(0xee);
    new DataView(id.buffer).setUint32(0, number);
    return storeKey(KEYSPACE_BYTES.checkpoint, id);
  });
const rawPut = (key: Uint8Array, length: number) =>
  ({ type: "put", key, value: new Uint8Array(length) }) as const;

/** The number of operations of every batch that `work` leads to. */
async function batchesOf(work: () => Promise<unknown>): Promise<readonly number[]> {
  const sizes: number[] = [];
  disk.onBatch = (operations) => void sizes.push(operations.length);
  await work();
  disk.onBatch = () => undefined;
  return sizes;
}

async function partsIn(vault: LiveVault): Promise<number> {
  const store = await vault.state.era.use((era) => era.store);
  return (await entriesOf(store, "checkpoint")).length;
}

describe("writes that wait together", () => {
  it("share batches of about a megabyte", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    const sizes = await batchesOf(() =>
      Promise.all([1, 2, 3, 4].map(() => vault.write([put(new Uint8Array(LARGE))]))),
    );
    // Two records each, with journal entry and head.
    expect(sizes).toEqual([4, 4]);
  });

  it("share a batch of a few hundred at most, however small they are", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    const changes = [
      ...Array.from({ length: 200 }, () => put(utf8("x"))),
      ...Array.from({ length: 200 }, () => ({ ...put(utf8("x")), type: "delete" }) as const),
    ];
    const sizes = await batchesOf(() => Promise.all(changes.map((change) => vault.write([change]))));
    // What removes nothing takes its turn and is not written.
    expect(sizes).toEqual([202]);
    const more = await batchesOf(() =>
      Promise.all(Array.from({ length: 300 }, () => vault.write([put(utf8("x"))]))),
    );
    expect(more).toHaveLength(2);
    expect(more[0]).toBeGreaterThan(250);
  });

  it("are weighed by all their changes", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    const pair = () => vault.write([put(new Uint8Array(LARGE)), put(new Uint8Array(LARGE))]);
    expect(await batchesOf(() => Promise.all([pair(), pair()]))).toEqual([4, 4]);
  });

  it("are weighed by their values where the head does not count them", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    const keys = rawKeys(4);
    const write = (key: Uint8Array) => vault.writer.writeRaw([rawPut(key, LARGE)]);
    expect(await batchesOf(() => Promise.all(keys.map(write)))).toEqual([2, 2]);
    const remove = (key: Uint8Array) => vault.writer.writeRaw([{ type: "del", key }]);
    expect(await batchesOf(() => Promise.all(keys.map(remove)))).toEqual([4]);
  });

  it("are weighed by their values in the inbox too", async () => {
    const { door } = await home.create({ opener: disk.opener });
    const capture = () => door.capture([new Uint8Array(LARGE)]);
    // Two turns each, with the tally.
    expect(await batchesOf(() => Promise.all([1, 2, 3, 4].map(capture)))).toEqual([3, 3]);
    expect(door.waiting()).toBe(4);
  });
});

describe("a capture whose turn has come", () => {
  it("is sealed anew when the inbox has another key by then", async () => {
    const { door, vault } = await home.create({ opener: disk.opener });
    const { keyring } = vault.state;
    const { content } = keyring;
    const { publicKey } = newX25519KeyPair(systemRandomness);
    const before = { ...content, inbox: { ...content.inbox, publicKey } };
    vi.spyOn(keyring, "content", "get").mockReturnValueOnce(before);
    // The turn and the tally, once.
    expect(await batchesOf(() => vault.writer.capture({ turns: [utf8("turn")], notes: [] }))).toEqual([2]);
    const texts: string[] = [];
    for await (const { plaintext } of door.inbox()) texts.push(fromUtf8(plaintext));
    expect(texts).toEqual(["turn"]);
  });
});

describe("removing what the head does not count", () => {
  it("goes a few hundred at a time, to the last one", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    const before = await partsIn(vault);
    const keys = rawKeys(1_200);
    await vault.writer.writeRaw(keys.map((key) => rawPut(key, 1)));
    expect(await partsIn(vault)).toBe(before + 1_200);
    expect(await batchesOf(() => vault.writer.removeRaw(keys))).toEqual([500, 500, 200]);
    expect(await partsIn(vault)).toBe(before);
  });

  it("writes nothing when nothing is left", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    expect(await batchesOf(() => vault.writer.removeRaw(rawKeys(500)))).toEqual([500]);
    expect(await batchesOf(() => vault.writer.removeRaw([]))).toEqual([]);
  });
});

describe("what the next head is to say", () => {
  it("stays waiting when the batch fails, unless something newer was said meanwhile", async () => {
    const { door, vault } = await home.create({ opener: disk.opener });
    vault.writer.patchHead({ purgeDueAt: 1_000, scrubbedAt: 2_000 });
    disk.onBatch = () => {
      vault.writer.patchHead({ scrubbedAt: 3_000 });
      return { code: "WRITE_FAILED" };
    };
    await expect(vault.write([put(utf8("x"))])).rejects.toMatchObject({ code: "WRITE_FAILED" });
    disk.onBatch = () => undefined;
    expect(vault.writer.pendingPatch).toEqual({ purgeDueAt: 1_000, scrubbedAt: 3_000 });
    await until(() => vault.health.readOnly === undefined);
    await vault.write([put(utf8("x"))]);
    expect(vault.writer.pendingPatch).toEqual({});
    expect(vault.state.head).toMatchObject({ purgeDueAt: 1_000, scrubbedAt: 3_000 });
    await door.close();
    expect((await home.open()).vault.state.head).toMatchObject({ purgeDueAt: 1_000, scrubbedAt: 3_000 });
  });

  it("is written without any change of records, once", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    vault.writer.patchHead({ purgeDueAt: 1_000 });
    expect(await batchesOf(() => vault.writer.flushHead())).toEqual([2]);
    expect(await batchesOf(() => vault.writer.flushHead())).toEqual([]);
    vault.state.refuseWrites("WRITE_FAILED", "for this test.");
    await expect(vault.writer.flushHead()).resolves.toBeUndefined();
  });
});

describe("a refused write", () => {
  it("says why writes are refused from then on", async () => {
    const { vault } = await home.create({
      opener: disk.opener,
      timing: { retryFirst: 60_000, maxRetry: 60_000, scrubSlice: 60_000, inboxCount: 10_000 },
    });
    disk.onBatch = () => ({ code: "DISK_FULL" });
    await expect(vault.write([put(utf8("x"))])).rejects.toMatchObject({ code: "DISK_FULL" });
    const refused = { code: "VAULT_READ_ONLY", facts: { reason: "DISK_FULL" } };
    await expect(vault.write([put(utf8("x"))])).rejects.toMatchObject(refused);
    await expect(vault.writer.writeRaw([])).rejects.toMatchObject(refused);
    await expect(vault.writer.capture({ turns: [], notes: [] })).rejects.toMatchObject(refused);
  });
});

describe("a term", () => {
  const terms = ({ state }: LiveVault) => state.keyring.content.dataKeys.map(({ term }) => term);

  it("ends with the batch that makes its seals as many as allowed", async () => {
    // Manifest and head of the new vault; record, journal entry and head of a write.
    const { vault } = await home.create({ sealsPerTerm: 5 });
    await vault.write([put(utf8("x"))]);
    expect(terms(vault)).toEqual([1]);
    await vault.write([put(utf8("y"))]);
    expect(terms(vault)).toEqual([1, 2]);
    expect(await vault.state.era.use(({ sealer }) => [sealer.term, sealer.seals])).toEqual([2, 3]);
  });

  it("goes on counting its seals when the vault is opened again", async () => {
    const { door, vault } = await home.create();
    await vault.write([put(utf8("x")), put(utf8("y"))]);
    const seals = await vault.state.era.use(({ sealer }) => sealer.seals);
    // Manifest and head of the new vault; two records, journal entry and head.
    expect(seals).toBe(6);
    await door.close();
    const again = await home.open();
    expect(await again.vault.state.era.use(({ sealer }) => sealer.seals)).toBe(6);
  });

  it("begins at nothing where the head is sealed with the term before", async () => {
    const { door, vault } = await home.create({
      opener: disk.opener,
      sealsPerTerm: 5,
      timing: { retryFirst: 60_000, maxRetry: 60_000, scrubSlice: 60_000, inboxCount: 10_000 },
    });
    await vault.write([put(utf8("x"))]);
    disk.onBatch = () => ({ code: "WRITE_FAILED" });
    await expect(vault.write([put(utf8("y"))])).rejects.toMatchObject({ code: "WRITE_FAILED" });
    expect(terms(vault)).toEqual([1, 2]);
    await door.close();
    const again = await home.open();
    await again.vault.writer.idle();
    // The head that tells of the term, and its journal entry.
    expect(await again.vault.state.era.use(({ sealer }) => [sealer.term, sealer.seals])).toEqual([2, 2]);
    expect(again.vault.health.records).toBe(1);
  });

  it("leaves no key behind that the keyring did not take", async () => {
    let isRefused = false;
    const files: PrivateFiles = {
      ...privateFiles,
      replace: (path, bytes) =>
        isRefused && path.includes("keyring")
          ? Promise.reject(new KeepsakeError("DISK_FULL"))
          : privateFiles.replace(path, bytes),
    };
    const randomness = new WatchedRandomness();
    const { vault } = await home.create({ sealsPerTerm: 2, files, randomness });
    isRefused = true;
    const wiped = await randomness.wiped(() =>
      expect(vault.write([put(utf8("x"))])).rejects.toMatchObject({ code: "DISK_FULL" }),
    );
    expect(wiped).toEqual([true]);
  });
});
