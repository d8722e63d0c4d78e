/** What a power cut leaves is worked out from a log of system calls, and a log ends in the middle of them. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TracedFiles } from "./support/traced-files.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ks-traced-"));
  mkdirSync(join(folder, "store.1"));
  path = join(folder, "store.1/000006.log");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Lines of `strace -f -y`, of one thread each; `FILE` stands for a descriptor of the file. */
function cutBy(lines: readonly string[], kept = 0, inside = folder): void {
  const files = new TracedFiles(inside);
  files.read(lines.map((line) => line.replaceAll("FILE", `20<${path}>`)).join("\n"));
  files.cut(kept);
}
const lengthOf = (at: string) => readFileSync(at).length;
const created = () => `15 openat(AT_FDCWD</root>, "${path}", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 20<${path}>`;
const WRITTEN = '15 write(FILE, ""..., 100) = 100';
const SYNCED = "16 fdatasync(FILE) = 0";

describe("a file", () => {
  test("keeps what was synced, and a share of the rest", () => {
    for (const [kept, length] of [
      [0, 100],
      [0.5, 150],
      [1, 200],
    ] as const) {
      writeFileSync(path, Buffer.alloc(200));
      cutBy([created(), WRITTEN, SYNCED, WRITTEN], kept);
      expect(lengthOf(path)).toBe(length);
    }
  });

  test("that was there before keeps what it had", () => {
    writeFileSync(path, Buffer.alloc(1_000));
    cutBy([WRITTEN]);
    expect(lengthOf(path)).toBe(900);
  });

  test("keeps what it has beside the folder", () => {
    writeFileSync(path, Buffer.alloc(100));
    cutBy([created(), WRITTEN], 0, join(folder, "other"));
    expect(lengthOf(path)).toBe(100);
  });

  test("takes its count along to another name", () => {
    const renamed = join(folder, "keyring.a");
    writeFileSync(renamed, Buffer.alloc(200));
    cutBy([created(), WRITTEN, SYNCED, WRITTEN, `15 rename("${path}", "${renamed}") = 0`]);
    expect(lengthOf(renamed)).toBe(100);
  });
});

describe("a sync", () => {
  test.each([
    ["that failed", "16 fdatasync(FILE) = -1 EIO (Input/output error)"],
    ["that was injected", "16 fdatasync(FILE) = 0 (INJECTED)"],
    ["that did not end", "16 fdatasync(FILE <unfinished ...>"],
    ["of a thread that was killed in it", "16 fdatasync(FILE) = ?"],
    ["of a thread whose registers were read as it died", "16 fdatasync(FILE) = 18446744073709551615"],
  ])("%s keeps nothing", (_name, sync) => {
    writeFileSync(path, Buffer.alloc(100));
    cutBy([created(), WRITTEN, sync]);
    expect(lengthOf(path)).toBe(0);
  });

  test("that another thread's call came between keeps what was written", () => {
    writeFileSync(path, Buffer.alloc(100));
    cutBy([
      created(),
      WRITTEN,
      "16 fdatasync(FILE <unfinished ...>",
      '17 write(1<pipe:[1]>, ""..., 5) = 5',
      "16 <... fdatasync resumed>) = 0",
    ]);
    expect(lengthOf(path)).toBe(100);
  });
});

describe.each([
  ["did not end", '15 write(FILE, ""..., 30 <unfinished ...>'],
  ["was cut short with its thread", '15 write(FILE, ""..., 30) = ?'],
  ["says what a register held as its thread died", '15 write(FILE, ""..., 30) = 18446744073709551615'],
])("a write that %s", (_name, write) => {
  test.each([
    ["and was done", 130],
    ["and was done in part", 110],
    ["and was not done", 100],
  ])("%s is lost, and nothing in front of it", (_done, length) => {
    writeFileSync(path, Buffer.alloc(length));
    cutBy([created(), WRITTEN, SYNCED, write]);
    expect(lengthOf(path)).toBe(100);
  });
});

describe("a rename in which the thread was killed", () => {
  const cutAfter = (end: string) => {
    const renamed = join(folder, "keyring.a");
    cutBy([
      `15 openat(AT_FDCWD</root>, "${renamed}", O_WRONLY|O_CREAT|O_EXCL, 0600) = 21<${renamed}>`,
      `15 write(21<${renamed}>, ""..., 10) = 10`,
      `15 fsync(21<${renamed}>) = 0`,
      created(),
      WRITTEN,
      SYNCED,
      `15 rename("${path}", "${renamed}"${end}`,
    ]);
    return renamed;
  };

  test.each([") = ?", " <unfinished ...>"])("that was done brings the whole file: %s", (end) => {
    writeFileSync(join(folder, "keyring.a"), Buffer.alloc(100));
    expect(lengthOf(cutAfter(end))).toBe(100);
  });

  test("that was not done leaves both", () => {
    writeFileSync(join(folder, "keyring.a"), Buffer.alloc(10));
    writeFileSync(path, Buffer.alloc(100));
    expect([lengthOf(cutAfter(") = ?")), lengthOf(path)]).toEqual([10, 100]);
  });
});
