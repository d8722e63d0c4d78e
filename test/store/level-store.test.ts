import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  unlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { levelStoreOpener } from "../../src/store/level-store.ts";
import type { RecordStore } from "../../src/store/record-store.ts";

process.umask(0o077);

const opener = levelStoreOpener({ syncLiveLog: false });
const ALL = { from: Uint8Array.of(0), to: Uint8Array.of(255) };
const RECORDS = 60;

let root: string;
let folder: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "keepsake-level-"));
  folder = join(root, "store.1");
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

/** A closed store of several tables: each opening writes the log before it out as one. */
async function filled(): Promise<void> {
  for (let part = 0; part < 3; part += 1) {
    const store = await opener.open(folder, { create: part === 0 });
    const operations = Array.from({ length: RECORDS / 3 }, (_, index) => {
      const key = Uint8Array.of(part * 20 + index + 1);
      return { type: "put" as const, key, value: new Uint8Array(500).fill(key[0]!) };
    });
    await store.batch(operations);
    await store.close();
  }
}

async function file(pattern: RegExp): Promise<string> {
  const name = (await readdir(folder)).toSorted().find((each) => pattern.test(each));
  if (name === undefined) throw new Error("no such file in the store");
  return join(folder, name);
}

async function open(): Promise<RecordStore> {
  return opener.open(folder, { create: false });
}

describe("a store whose own files are damaged", () => {
  it.each([
    ["CURRENT is missing", () => file(/^CURRENT$/).then(unlink)],
    ["CURRENT names another manifest", async () => writeFile(await file(/^CURRENT$/), "MANIFEST-999999\n")],
    ["the manifest is missing", () => file(/^MANIFEST/).then(unlink)],
    ["the manifest is damaged", async () => flip(await file(/^MANIFEST/), 20)],
    ["a table is missing", () => file(/\.ldb$/).then(unlink)],
    ["a table is empty", async () => writeFile(await file(/\.ldb$/), "")],
    ["a table is cut short", async () => truncate(await file(/\.ldb$/), 5_000)],
  ])("does not open when %s, and gives what is left of it", async (_, damage) => {
    await filled();
    await damage();
    await expect(open()).rejects.toMatchObject({
      code: "VAULT_DAMAGED",
      message: `${folder} does not hold a readable store`,
    });
    const store = await opener.salvage(folder, join(root, "store.1.salvage"));
    const { items } = await store.entries({ ...ALL, limit: 1_000 });
    expect(items.length).toBeGreaterThanOrEqual(RECORDS - RECORDS / 3);
    for (const { key, value } of items) expect(value).toEqual(new Uint8Array(500).fill(key[0]!));
    await store.close();
  });

  it("is missing where there is none, and not made unasked", async () => {
    const missing = { code: "VAULT_INCOMPLETE", message: `${folder} is missing` };
    await expect(open()).rejects.toMatchObject(missing);
    expect(await readdir(root)).toEqual([]);
  });

  it("is missing as well where its folder holds no file with records", async () => {
    await filled();
    for (const name of await readdir(folder)) {
      if (/^\d+\.(log|ldb)$/.test(name)) await rm(join(folder, name));
    }
    const missing = { code: "VAULT_INCOMPLETE", message: `${folder} holds no records` };
    await expect(open()).rejects.toMatchObject(missing);
  });

  it("is none the worse for what file managers and sync tools leave beside its files", async () => {
    await filled();
    await writeFile(join(folder, ".DS_Store"), "x", { mode: 0o644 });
    await writeFile(join(folder, "000003.sync-conflict-20261129-070000.log"), "x", { mode: 0o644 });
    await mkdir(join(folder, ".stfolder"));
    await (await open()).close();
    await chmod(join(folder, "CURRENT"), 0o644);
    await expect(open()).rejects.toMatchObject({ code: "UNSAFE_PATH" });
  });

  it("is not taken for missing where nobody can look", async () => {
    await writeFile(folder, "no folder");
    const below = join(folder, "store");
    await expect(opener.open(below, { create: false })).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    const salvage = opener.salvage(below, join(root, "store.1.salvage"));
    await expect(salvage).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    expect(await readdir(root)).toEqual(["store.1"]);
  });

  it("is not salvaged over something else", async () => {
    await filled();
    await writeFile(join(root, "store.1.salvage"), "in the way");
    const salvage = opener.salvage(folder, join(root, "store.1.salvage"));
    await expect(salvage).rejects.toMatchObject({ code: "UNSAFE_PATH" });
  });

  it("is an error of the moment when a file cannot be read, and no store is made of it", async () => {
    await filled();
    const log = join(folder, "000900.log");
    await writeFile(log, "");
    // Longer than any file that can be read at once, and of no room on the disk.
    await truncate(log, 5 * 2 ** 30);
    await expect(open()).rejects.toMatchObject({ code: "WRITE_FAILED" });
    const salvage = opener.salvage(folder, join(root, "store.1.salvage"));
    await expect(salvage).rejects.toMatchObject({ code: "WRITE_FAILED" });
    // What was begun is not held open.
    const begun = await opener.open(join(root, "store.1.salvage"), { create: true });
    await begun.close();
  });

  it("reads around a table that cannot be read, and says so", async () => {
    await filled();
    const store = await open();
    // Damage that comes after the store was looked through, before LevelDB has read the table.
    await writeFile(await file(/\.ldb$/), "");
    const keys: number[] = [];
    let damaged = false;
    let after: Uint8Array | undefined;
    for (let more = true; more;) {
      const page = await store.keys({ ...ALL, after, limit: 16 });
      keys.push(...page.items.map((key) => key[0]!));
      after = page.items.at(-1);
      damaged ||= page.damaged;
      more = page.more;
    }
    expect(damaged).toBe(true);
    expect(keys.length).toBe(RECORDS - RECORDS / 3);
    const lost = Uint8Array.of([...Array(RECORDS).keys()].find((n) => !keys.includes(n + 1))! + 1);
    const kept = Uint8Array.of(keys[0]!);
    await expect(store.get(lost)).rejects.toMatchObject({
      code: "RECORD_DAMAGED",
      cause: expect.any(Error) as Error,
    });
    const [first, second] = await store.getMany([lost, kept]);
    expect(first).toBeUndefined();
    expect(second).toEqual(new Uint8Array(500).fill(kept[0]!));
    const entries = await store.entries({ ...ALL, limit: 1_000 });
    expect(entries.items.length).toBeGreaterThan(0);
    await store.close();
  });
});

describe("a store's files", () => {
  it("are refused when another user could read them", async () => {
    await filled();
    await chmod(await file(/\.ldb$/), 0o640);
    await expect(open()).rejects.toMatchObject({ code: "UNSAFE_PATH" });
  });

  it("are refused when they have a second name", async () => {
    await filled();
    await link(await file(/\.ldb$/), join(root, "second name"));
    await expect(open()).rejects.toMatchObject({ code: "UNSAFE_PATH" });
  });

  it("are refused when one is a symbolic link, whose target stays as it is", async () => {
    await filled();
    const victim = join(root, "victim");
    await writeFile(victim, "untouched");
    const table = await file(/\.ldb$/);
    await unlink(table);
    await symlink(victim, table);
    await expect(open()).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    const salvage = opener.salvage(folder, join(root, "store.1.salvage"));
    await expect(salvage).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    expect(await readFile(victim, "utf8")).toBe("untouched");
  });

  it("are refused when their folder is a link or open to others", async () => {
    await mkdir(join(root, "elsewhere"), { mode: 0o700 });
    await symlink(join(root, "elsewhere"), folder);
    await expect(opener.open(folder, { create: true })).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    await unlink(folder);
    await filled();
    await chmod(folder, 0o750);
    await expect(open()).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    expect(await readdir(join(root, "elsewhere"))).toEqual([]);
  });

  it("are made for their owner alone", async () => {
    await filled();
    const store = await open();
    await expect(store.close()).resolves.toBeUndefined();
  });
});

describe("a store that is open already", () => {
  it("says so to a second opener, in this process too", async () => {
    const store = await opener.open(folder, { create: true });
    await expect(open()).rejects.toMatchObject({ code: "BUSY" });
    await store.close();
  });

  it("refuses a batch once it is closed", async () => {
    const store = await opener.open(folder, { create: true });
    await store.close();
    const put = { type: "put" as const, key: Uint8Array.of(1), value: Uint8Array.of(1) };
    await expect(store.batch([put])).rejects.toMatchObject({ code: "WRITE_FAILED" });
  });
});

async function flip(path: string, offset: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[offset]! ^= 1;
  await writeFile(path, bytes);
}
