/** What is walked through in the files must be what LevelDB itself says is there. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, renameSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { toHex } from "../../../src/base/bytes.ts";
import { levelStoreOpener } from "../../../src/store/level-store.ts";
import { walkLiveKeys } from "../../../src/store/leveldb/live-keys.ts";
import { readManifest } from "../../../src/store/leveldb/manifest.ts";
import type { RecordStore } from "../../../src/store/record-store.ts";
import { batchOf, logPiece, newTable } from "../support/leveldb-bytes.ts";

process.umask(0o077);

const ALL = { from: new Uint8Array(0), to: new Uint8Array(40).fill(255) };
const opener = levelStoreOpener({ syncLiveLog: false });
let root: string;
let folder: string;
let store: RecordStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "keepsake-live-"));
  folder = join(root, "store");
  store = await opener.open(folder, { create: true });
});
afterEach(async () => {
  await store.close();
  await rm(root, { recursive: true });
});

const randomKeys = (count: number) => Array.from({ length: count }, () => new Uint8Array(randomBytes(17)));

async function putAll(keys: readonly Uint8Array[], bytes: number): Promise<void> {
  for (let from = 0; from < keys.length; from += 200) {
    const value = () => new Uint8Array(randomBytes(bytes));
    await store.batch(keys.slice(from, from + 200).map((key) => ({ type: "put", key, value: value() })));
  }
}

async function removeAll(keys: readonly Uint8Array[]): Promise<void> {
  await store.batch(keys.map((key) => ({ type: "del", key })));
}

async function walked(): Promise<readonly string[]> {
  const names: string[] = [];
  expect(await store.walkKeys((bytes, length) => names.push(toHex(bytes.subarray(0, length))))).toBe(true);
  return names;
}

async function paged(): Promise<readonly string[]> {
  const names: string[] = [];
  for (let after: Uint8Array | undefined; ;) {
    const { items } = await store.keys({ ...ALL, after, limit: 1_000 });
    names.push(...items.map((key) => toHex(key)));
    after = items.at(-1);
    if (after === undefined) return names;
  }
}

async function reopen(): Promise<void> {
  await store.close();
  store = await opener.open(folder, { create: false });
}

async function levels(): Promise<ReadonlySet<number>> {
  const name = (await readFile(join(folder, "CURRENT"), "utf8")).trim();
  const { tables } = readManifest(new Uint8Array(await readFile(join(folder, name))));
  return new Set(tables.map(({ level }) => level));
}

it("visits nothing in an empty store", async () => {
  expect(await walked()).toEqual([]);
});

it("visits what is only in the log, in order, without what was removed again", async () => {
  const keys = randomKeys(300);
  await putAll(keys, 10);
  await putAll(keys.slice(0, 100), 10);
  await removeAll(keys.slice(50, 200));
  expect(await walked()).toEqual(await paged());
  expect(await walked()).toHaveLength(150);
});

it("takes the newest of a key that is in several levels, in tables of level 0 and in the log", async () => {
  const keys = randomKeys(40_000);
  await putAll(keys, 400);
  await removeAll(keys.slice(0, 3_000));
  await putAll(keys.slice(1_000, 2_000), 20);
  await reopen();
  await removeAll(keys.slice(1_500, 4_000));
  await reopen();
  await putAll(keys.slice(3_500, 3_700), 20);
  expect([...(await levels())]).toEqual(expect.arrayContaining([0, 1, 2]));
  const live = await walked();
  expect(live).toEqual(await paged());
  expect(live).toHaveLength(36_000 + 500 + 200);
});

it("lets everything else have its turn meanwhile", async () => {
  await putAll(randomKeys(20_000), 10);
  let turns = 0;
  let isDone = false;
  const turn = () => {
    turns += 1;
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  await walked();
  isDone = true;
  expect(turns).toBeGreaterThan(5);
});

it("goes on behind the last key it met when a table is gone in the middle of the walk", async () => {
  await putAll(randomKeys(12_000), 2_000);
  await reopen();
  const expected = await paged();
  const hidden: string[] = [];
  const visited: string[] = [];
  const isWhole = await store.walkKeys((bytes, length) => {
    visited.push(toHex(bytes.subarray(0, length)));
    if (visited.length !== 2_000) return;
    // What a compaction does to the tables that were not read yet; a moment later they are named anew.
    for (const name of readdirSync(folder)) if (name.endsWith(".ldb")) hidden.push(join(folder, name));
    for (const path of hidden) renameSync(path, `${path}.away`);
    setTimeout(() => {
      for (const path of hidden) renameSync(`${path}.away`, path);
    }, 150);
  });
  expect(hidden.length).toBeGreaterThan(3);
  expect(isWhole).toBe(true);
  expect(visited).toEqual(expected);
});

it("says that it could not, instead of half of the keys, when a table is gone or does not hold", async () => {
  await putAll(randomKeys(10_000), 400);
  const table = (await readdir(folder)).find((name) => name.endsWith(".ldb"))!;
  const path = join(folder, table);
  const bytes = await readFile(path);
  await rename(path, `${path}.away`);
  await expect(walkLiveKeys(folder, () => undefined)).rejects.toThrow();
  expect(await store.walkKeys(() => undefined)).toBe(false);
  await writeFile(path, bytes.fill(0xff, 1, 3), { mode: 0o600 });
  expect(await store.walkKeys(() => undefined)).toBe(false);
});

it("does not take a change for there that the open store knows nothing of", async () => {
  const keys = randomKeys(50);
  await putAll(keys, 10);
  await reopen();
  const planted = Uint8Array.of(...batchOf(99, 1, 1, 17, ...randomKeys(1)[0]!, 1, 7));
  await writeFile(join(folder, "900000.log"), logPiece(planted), { mode: 0o600 });
  expect(await store.walkKeys(() => undefined)).toBe(false);
  const removal = Uint8Array.of(...batchOf(99, 1, 0, 17, ...keys[3]!));
  await writeFile(join(folder, "900000.log"), logPiece(removal), { mode: 0o600 });
  expect(await store.walkKeys(() => undefined)).toBe(false);
});

it("neither waits for a pipe nor reads a file that is larger than any of LevelDB's", async () => {
  await putAll(randomKeys(10), 10);
  const planted = join(folder, "900000.log");
  execFileSync("mkfifo", [planted]);
  expect(await store.walkKeys(() => undefined)).toBe(false);
  await rm(planted);
  await writeFile(planted, "", { mode: 0o600 });
  await truncate(planted, 1 << 30);
  const before = process.memoryUsage.rss();
  expect(await store.walkKeys(() => undefined)).toBe(false);
  expect(process.memoryUsage.rss() - before).toBeLessThan(200 << 20);
});

it("meets what LevelDB finds by every way, whatever bit of a table is flipped, or the store does not open", async () => {
  const keys = randomKeys(1_500);
  const stored = new Set(keys.map((key) => toHex(key)));
  await putAll(keys, 60);
  await reopen();
  await store.close();
  const pristine = join(root, "pristine");
  await cp(folder, pristine, { recursive: true });
  const table = (await readdir(folder)).find((name) => name.endsWith(".ldb"))!;
  let opened = 0;
  for (let round = 0; round < 120; round += 1) {
    await rm(folder, { recursive: true });
    await cp(pristine, folder, { recursive: true });
    const bytes = await readFile(join(folder, table));
    const at = Math.floor(Math.random() * bytes.length);
    bytes[at] = bytes[at]! ^ (1 << Math.floor(Math.random() * 8));
    await writeFile(join(folder, table), bytes);
    const flipped = await opener.open(folder, { create: false }).catch(() => undefined);
    if (flipped === undefined) continue;
    store = flipped;
    opened += 1;
    const found = await paged();
    expect([at, await walked()]).toEqual([at, found]);
    // A key that was flipped itself is none of the vault's, which says so.
    const ours = found.filter((name) => stored.has(name));
    const values = await store.getMany(ours.map((name) => Buffer.from(name, "hex")));
    expect([at, values.filter((value) => value === undefined).length]).toEqual([at, 0]);
    await store.close();
  }
  expect(opened).toBeGreaterThan(50);
  store = await opener.open(join(root, "another"), { create: true });
}, 60_000);

it("stops at a manifest that is none, or names a table that is larger than any", async () => {
  await putAll(randomKeys(10), 10);
  const current = join(folder, "CURRENT");
  const manifest = (await readFile(current, "utf8")).trim();
  await writeFile(current, "MANIFEST-none\n");
  await expect(walkLiveKeys(folder, () => undefined)).rejects.toThrow("CURRENT names no manifest");
  await writeFile(current, `${manifest}\n`);
  await writeFile(join(folder, manifest), logPiece(newTable(1, 5, "a", "b", 2 ** 27)));
  await expect(walkLiveKeys(folder, () => undefined)).rejects.toThrow("a table is too large");
  const many = Array.from({ length: 65 }, (_, number) => newTable(0, number, "a", "b")).flat();
  await writeFile(join(folder, manifest), logPiece(many));
  for (let number = 0; number < 65; number += 1) await writeFile(join(folder, `${number}.ldb`), "");
  await expect(walkLiveKeys(folder, () => undefined)).rejects.toThrow("too many sources");
});

it("gives up on a store with more logs and tables side by side than it merges", async () => {
  await putAll(randomKeys(10), 10);
  const log = (await readdir(folder)).find((name) => name.endsWith(".log"))!;
  const bytes = await readFile(join(folder, log));
  for (let number = 0; number < 70; number += 1) {
    await writeFile(join(folder, `${900_000 + number}.log`), bytes, { mode: 0o600 });
  }
  expect(await store.walkKeys(() => undefined)).toBe(false);
});
