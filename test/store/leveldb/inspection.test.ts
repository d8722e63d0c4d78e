/** A store that is called sound must not be able to abort LevelDB; one that is not gives what can be read of it. */
import { randomBytes } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { concatBytes, toHex, utf8 } from "../../../src/base/bytes.ts";
import { levelStoreOpener } from "../../../src/store/level-store.ts";
import { ByteReader } from "../../../src/store/leveldb/encoding-reader.ts";
import { crc32c, maskedCrc32c } from "../../../src/store/leveldb/crc32c.ts";
import { isSound } from "../../../src/store/leveldb/inspection.ts";
import { salvageEntries } from "../../../src/store/leveldb/salvage.ts";
import { readBlock, readIndex } from "../../../src/store/leveldb/sorted-table.ts";
import { batchOf, blockOf, entry, logPiece, newTable, tableOf } from "../support/leveldb-bytes.ts";

process.umask(0o077);

const opener = levelStoreOpener({ syncLiveLog: false });
const stored = new Map<string, string>();
let root: string;
let folder: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "keepsake-inspection-"));
  folder = join(root, "store");
  stored.clear();
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

/** A store of three tables and a log, each with its own records. */
async function fill(recordsEach = 60): Promise<void> {
  for (let part = 0; part < 4; part += 1) {
    const store = await opener.open(folder, { create: part === 0 });
    for (let batch = 0; batch < 3; batch += 1) {
      const operations = Array.from({ length: recordsEach / 3 }, () => {
        const key = concatBytes(Uint8Array.of(1), new Uint8Array(randomBytes(16)));
        const value = new Uint8Array(randomBytes(300));
        stored.set(toHex(key), toHex(value));
        return { type: "put" as const, key, value };
      });
      await store.batch(operations);
    }
    await store.close();
  }
}

async function fileOf(pattern: RegExp): Promise<string> {
  const names = (await readdir(folder)).filter((name) => pattern.test(name)).toSorted();
  return join(folder, names[0]!);
}

async function edit(path: string, change: (bytes: Buffer) => Buffer | void): Promise<void> {
  const bytes = await readFile(path);
  await writeFile(path, change(bytes) ?? bytes);
}

async function salvaged(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const entries of salvageEntries(folder)) {
    for (const { key, value } of entries) found.set(toHex(key), toHex(value));
  }
  return found;
}

function countRight(found: Map<string, string>): number {
  return [...found].filter(([key, value]) => stored.get(key) === value).length;
}

describe("a store made by hand", () => {
  const FIRST = blockOf(entry(0, "a"));
  const TABLE = tableOf([
    ["b", FIRST],
    ["d", blockOf([...entry(0, "c"), ...entry(0, "d")])],
  ]);
  const BATCH = logPiece(batchOf(9, 1, 0, 1, 65));
  const sound: Readonly<Record<string, string | Uint8Array>> = {
    CURRENT: "MANIFEST-000004\n",
    "MANIFEST-000004": logPiece([2, 6, ...newTable(1, 5, "a", "d", TABLE.length)]),
    "000005.ldb": TABLE,
    "000006.log": BATCH,
  };

  async function isSoundWith(changes: Readonly<Record<string, string | Uint8Array>>): Promise<boolean> {
    await mkdir(folder);
    for (const [name, content] of Object.entries({ ...sound, ...changes })) {
      await writeFile(join(folder, name), content);
    }
    return isSound(folder);
  }

  it.each<[string, Readonly<Record<string, string | Uint8Array>>]>([
    ["as it is", {}],
    ["with a table no manifest names", { "000007.ldb": "no table" }],
    ["with a log that is written out", { "000005.log": "no log" }],
    ["with a later log", { "000008.log": BATCH }],
    ["with a log of a batch of nothing", { "000008.log": logPiece(batchOf(9, 0)) }],
    ["with other files", { LOG: "text", "000009.log.old": "text", "x000009.log": "text" }],
    [
      "with a manifest of a shorter number",
      { CURRENT: "MANIFEST-4\n", "MANIFEST-4": sound["MANIFEST-000004"]! },
    ],
  ])("is sound %s", async (_, changes) => {
    expect(await isSoundWith(changes)).toBe(true);
  });

  const manifestOf = (smallest: string, largest: string, size = TABLE.length, logNumber = 6) => ({
    "MANIFEST-000004": logPiece([2, logNumber, ...newTable(1, 5, smallest, largest, size)]),
  });
  const damagedLog = logPiece([2, 1]);

  it.each<[string, Readonly<Record<string, string | Uint8Array>>]>([
    ["CURRENT begins with something else", { CURRENT: "xMANIFEST-000004\n" }],
    ["CURRENT goes on", { CURRENT: "MANIFEST-000004\nx" }],
    ["CURRENT is not ended", { CURRENT: "MANIFEST-000004" }],
    ["CURRENT names no number", { CURRENT: "MANIFEST-\n" }],
    ["CURRENT is not text", { CURRENT: Uint8Array.of(0xff) }],
    ["CURRENT names no file", { CURRENT: "MANIFEST-000005\n" }],
    ["a table is not there", { "MANIFEST-000004": logPiece(newTable(1, 8, "a", "d", TABLE.length)) }],
    ["a table holds what is newer than the store", { "000006.log": logPiece(batchOf(0, 1, 0, 1, 65)) }],
    ["a table is longer", manifestOf("a", "d", TABLE.length - 1)],
    ["a table is shorter", manifestOf("a", "d", TABLE.length + 1)],
    ["a table begins too late", manifestOf("A", "d")],
    ["a table begins too early", manifestOf("aa", "d")],
    ["a table ends too late", manifestOf("a", "c")],
    ["a table ends too early", manifestOf("a", "e")],
    [
      "an index names a key before the last of its block",
      {
        "000005.ldb": tableOf([
          ["Z", FIRST],
          ["d", blockOf([...entry(0, "c"), ...entry(0, "d")])],
        ]),
      },
    ],
    ["the log to go on from is no log", { "000006.log": damagedLog }],
    ["a later log is no log", { "000007.log": damagedLog }],
    [
      "a log has a gap",
      { "000006.log": Uint8Array.of(...BATCH.map((byte, at) => (at === 0 ? byte ^ 1 : byte)), ...BATCH) },
    ],
  ])("is found when %s", async (_, changes) => {
    expect(await isSoundWith(changes)).toBe(false);
  });
});

describe("a store nobody touched", () => {
  it("is sound, and is salvaged whole", async () => {
    await fill();
    expect(await isSound(folder)).toBe(true);
    expect(await salvaged()).toEqual(stored);
  });

  it("is sound when its last write was cut off by a crash", async () => {
    await fill();
    await edit(await fileOf(/\.log$/), (bytes) => bytes.subarray(0, bytes.length - 40));
    expect(await isSound(folder)).toBe(true);
    expect(countRight(await salvaged())).toBe(stored.size - 20);
  });

  it("is sound with room set aside behind its log, or no log at all", async () => {
    await fill();
    const log = await fileOf(/\.log$/);
    await edit(log, (bytes) => Buffer.concat([bytes, Buffer.alloc(5_000)]));
    expect(await isSound(folder)).toBe(true);
    await rm(log);
    expect(await isSound(folder)).toBe(true);
  });

  it("is salvaged in its newest state: what was removed or replaced does not come back", async () => {
    await fill();
    const keys = [...stored.keys()];
    const store = await opener.open(folder, { create: false });
    const value = new Uint8Array(randomBytes(10));
    await store.batch([
      ...keys.slice(0, 30).map((key) => ({ type: "del" as const, key: Buffer.from(key, "hex") })),
      ...keys.slice(30, 60).map((key) => ({ type: "put" as const, key: Buffer.from(key, "hex"), value })),
    ]);
    await store.close();
    await (await opener.open(folder, { create: false })).close();
    // A table that should be gone: what a crash in a compaction leaves.
    const table = await fileOf(/\.ldb$/);
    await copyFile(table, join(folder, "000900.ldb"));
    for (const key of keys.slice(0, 30)) stored.delete(key);
    for (const key of keys.slice(30, 60)) stored.set(key, toHex(value));
    expect(await salvaged()).toEqual(stored);
  });
});

describe("a table in which something does not hold", () => {
  /** Offsets of a table's parts, from the end. */
  const FOOTER = 48;

  it.each([
    ["a length in a block", (bytes: Buffer) => void bytes.fill(0xff, 1, 3)],
    ["a restart", (bytes: Buffer) => void (bytes[restartsOf(bytes) + 4]! ^= 1)],
    ["the number of restarts", (bytes: Buffer) => void bytes.writeUInt32LE(0, restartsOf(bytes) + 8)],
    [
      "so many restarts that they have no room",
      (bytes: Buffer) => void bytes.writeUInt32LE(1 << 30, restartsOf(bytes) + 8),
    ],
    ["the type of a key", (bytes: Buffer) => void (bytes[4 + 17] = 9)],
    ["the order of the keys", (bytes: Buffer) => void bytes.fill(0xff, 4, 6)],
    ["the first key", (bytes: Buffer) => void (bytes[6]! ^= 1)],
    ["a key too short to be one", (bytes: Buffer) => void (bytes[1] = 5)],
    ["what a block says it shares", (bytes: Buffer) => void (bytes[0] = 5)],
    ["the compression of a block", (bytes: Buffer) => void (bytes[restartsOf(bytes) + 12] = 1)],
    [
      "the index",
      (bytes: Buffer) => void bytes.fill(0xff, bytes.length - FOOTER - 20, bytes.length - FOOTER - 10),
    ],
    ["the footer", (bytes: Buffer) => void bytes.fill(0xff, bytes.length - FOOTER, bytes.length - 20)],
    ["the magic number", (bytes: Buffer) => void (bytes[bytes.length - 1]! ^= 1)],
    ["its size", (bytes: Buffer) => bytes.subarray(0, bytes.length - 1)],
    ["all of it", () => Buffer.alloc(0)],
  ])("is found, and the rest salvaged: %s", async (_, change) => {
    await fill();
    await edit(await fileOf(/\.ldb$/), change);
    expect(await isSound(folder)).toBe(false);
    const found = await salvaged();
    expect(countRight(found)).toBeGreaterThanOrEqual(stored.size - 60);
    expect(found.size - countRight(found)).toBeLessThanOrEqual(1);
  });

  it("is found when its last key is not the one the manifest has", async () => {
    await fill();
    await edit(await fileOf(/\.ldb$/), (bytes) => {
      const table = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
      const { value } = readBlock(table, readIndex(table).at(-1)!.block).at(-1)!;
      table[value.byteOffset - table.byteOffset - 1] = 1;
    });
    expect(await isSound(folder)).toBe(false);
  });

  it("is found when its index is not in the order of its blocks", async () => {
    await fill();
    await edit(await fileOf(/\.ldb$/), (bytes) => {
      const footer = new ByteReader(bytes, bytes.length - FOOTER);
      const [, , index] = [footer.varint(), footer.varint(), footer.varint()];
      // The first entry's key, behind its three lengths.
      bytes[index! + 3] = 0;
    });
    expect(await isSound(folder)).toBe(false);
  });

  it("is found when it is another table, and loses nothing that the files still hold", async () => {
    await fill();
    const [first, second] = (await readdir(folder)).filter((name) => name.endsWith(".ldb")).toSorted();
    await copyFile(join(folder, second!), join(folder, first!));
    expect(await isSound(folder)).toBe(false);
    expect(countRight(await salvaged())).toBe(stored.size - 60);
  });

  it("is left to the vault when the damage is inside a value", async () => {
    await fill();
    await edit(await fileOf(/\.ldb$/), (bytes) => void (bytes[100]! ^= 1));
    expect(await isSound(folder)).toBe(true);
  });

  /** Where the restarts of a table's first block begin: one every 16 entries. */
  function restartsOf(table: Buffer): number {
    // 12 entries of 28 + 300 bytes fill a block of 4 KiB; the handle of the first block is the first value of the index.
    let offset = 0;
    for (let entry = 0; entry < 13; entry += 1) offset += entryLength(table, offset);
    return offset - 4;
  }

  function entryLength(table: Buffer, offset: number): number {
    const [shared, unshared] = [table[offset]!, table[offset + 1]!];
    void shared;
    const valueLength = (table[offset + 2]! & 0x7f) | (table[offset + 3]! << 7);
    return 4 + unshared + valueLength;
  }
});

describe("a manifest that does not hold", () => {
  const damaged: readonly [string, (folderOf: string) => Promise<void>][] = [
    ["CURRENT is gone", async () => rm(await fileOf(/^CURRENT$/))],
    ["CURRENT names something else", async () => writeFile(await fileOf(/^CURRENT$/), "LOG\n")],
    ["CURRENT is not text", async () => writeFile(await fileOf(/^CURRENT$/), Buffer.of(0xff, 0xfe))],
    ["the manifest is gone", async () => rm(await fileOf(/^MANIFEST/))],
    ["a table is gone", async () => rm(await fileOf(/\.ldb$/))],
    [
      "the first edit is damaged",
      async () => edit(await fileOf(/^MANIFEST/), (bytes) => void (bytes[10]! ^= 1)),
    ],
  ];

  it.each(damaged)("is found: %s", async (_, damage) => {
    await fill();
    await damage(folder);
    expect(await isSound(folder)).toBe(false);
    expect(countRight(await salvaged())).toBeGreaterThanOrEqual(stored.size - 60);
  });

  it.each([
    ["an edit nobody knows", [8]],
    ["a level that is too high", [6, 7, 1]],
    ["an edit that ends too early", [2]],
    ["a key without a trailer", [7, 0, 1, 1, 1, 65, 1, 65]],
    ["a number that is too large", [2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
  ])("is found: %s", async (_, edits) => {
    await fill();
    await edit(await fileOf(/^MANIFEST/), (bytes) => Buffer.concat([bytes, logPiece(Buffer.from(edits))]));
    expect(await isSound(folder)).toBe(false);
  });

  it("is found when tables of a level overlap", async () => {
    await fill();
    const [smallest, largest] = [internalKey("a"), internalKey("z")];
    const newTable = (number: number) => Buffer.from([7, 1, number, 1, ...smallest, ...largest]);
    await edit(await fileOf(/^MANIFEST/), (bytes) =>
      Buffer.concat([bytes, logPiece(Buffer.concat([newTable(90), newTable(91)]))]),
    );
    expect(await isSound(folder)).toBe(false);
  });

  it("knows every edit that LevelDB writes", async () => {
    await fill();
    const compactPointer = Buffer.from([5, 1, ...internalKey("k")]);
    const deleted = Buffer.from([6, 3, 99]);
    await edit(await fileOf(/^MANIFEST/), (bytes) =>
      Buffer.concat([bytes, logPiece(Buffer.concat([compactPointer, deleted, Buffer.from([9, 0])]))]),
    );
    expect(await isSound(folder)).toBe(true);
  });

  function internalKey(text: string): readonly number[] {
    return [text.length + 8, ...utf8(text), 1, 1, 0, 0, 0, 0, 0, 0];
  }
});

describe("a log that does not hold", () => {
  it("is found when whole records stand behind a damaged one, and gives all but that one", async () => {
    await fill();
    await edit(await fileOf(/\.log$/), (bytes) => void (bytes[50]! ^= 1));
    expect(await isSound(folder)).toBe(false);
    expect(countRight(await salvaged())).toBe(stored.size - 20);
  });

  it("gives what begins with the next block when nothing says where the next record begins", async () => {
    await fill(600);
    await edit(await fileOf(/\.log$/), (bytes) => void bytes.fill(0xff, 4, 6));
    expect(await isSound(folder)).toBe(false);
    const right = countRight(await salvaged());
    expect(right).toBeGreaterThan(stored.size - 600);
    expect(right).toBeLessThan(stored.size);
  });

  it("gives nothing of a record whose beginning or end is missing", async () => {
    await fill(600);
    const log = await fileOf(/\.log$/);
    await edit(log, (bytes) => bytes.subarray(32 << 10));
    expect(await isSound(folder)).toBe(false);
    const found = await salvaged();
    expect(countRight(found)).toBe(found.size);
  });

  it.each([
    ["a change of no known type", [5]],
    ["a change that ends too early", [1, 3, 1]],
    ["another number of changes than it says", [0, 1, 65]],
  ])("is found when a record is no batch: %s", async (_, changes) => {
    await fill();
    const batch = Buffer.concat([
      Buffer.alloc(8, 1).fill(0, 6),
      Buffer.from([7, 0, 0, 0]),
      Buffer.from(changes),
    ]);
    await edit(await fileOf(/\.log$/), (bytes) => Buffer.concat([bytes, logPiece(batch)]));
    expect(await isSound(folder)).toBe(false);
    expect(countRight(await salvaged())).toBe(stored.size);
  });

  it("is no matter when it is written out already", async () => {
    await fill();
    await writeFile(
      join(folder, "000001.log"),
      Buffer.concat([logPiece(Buffer.from("no batch")), Buffer.alloc(9)]),
    );
    expect(await isSound(folder)).toBe(true);
    expect(await salvaged()).toEqual(stored);
  });

  it("gives no key that is none of the vault's", async () => {
    await fill();
    const key = Buffer.alloc(100, 65);
    const batch = Buffer.concat([Buffer.alloc(8), Buffer.from([1, 0, 0, 0, 0, 100]), key]);
    const empty = Buffer.concat([Buffer.alloc(8), Buffer.from([1, 0, 0, 0, 1, 0, 0])]);
    await edit(await fileOf(/\.log$/), (bytes) => Buffer.concat([bytes, logPiece(batch), logPiece(empty)]));
    expect(await salvaged()).toEqual(stored);
  });
});

describe("what cannot be read at the moment", () => {
  it("is an error, not damage", async () => {
    await fill();
    const table = await fileOf(/\.ldb$/);
    await rm(table);
    await mkdir(table);
    await expect(isSound(folder)).rejects.toMatchObject({ code: "EISDIR" });
    await expect(salvaged()).rejects.toMatchObject({ code: "EISDIR" });
  });

  it("is damage when the disk cannot read it any more, and the rest is salvaged", async () => {
    await fill();
    const table = await fileOf(/\.ldb$/);
    await rm(table);
    // Reading a process's first page is an I/O error.
    await symlink("/proc/self/mem", table);
    expect(await isSound(folder)).toBe(false);
    expect(countRight(await salvaged())).toBe(stored.size - 60);
  });
});

describe("the checksum", () => {
  it("is CRC-32C: the published check value, and the masked form of LevelDB's own test", () => {
    expect(crc32c(utf8("123456789"))).toBe(0xe306_9283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a91_36aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8_ab43);
    const masked = maskedCrc32c(utf8("foo"));
    expect(masked).not.toBe(crc32c(utf8("foo")));
    const rotated = (masked - 0xa282_ead8) >>> 0;
    expect(((rotated >>> 17) | (rotated << 15)) >>> 0).toBe(crc32c(utf8("foo")));
  });
});
