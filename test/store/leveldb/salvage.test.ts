/** What salvaging gives of files made by hand: of each key the newest change, and only once. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { concatBytes, utf8 } from "../../../src/base/bytes.ts";
import { salvageEntries } from "../../../src/store/leveldb/salvage.ts";
import type { StoreEntry } from "../../../src/store/record-store.ts";
import { batchOf, blockOf, entry, logPiece, tableOf, trailer } from "../support/leveldb-bytes.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "keepsake-salvage-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const put = (key: string, value: string) => [1, key.length, ...utf8(key), value.length, ...utf8(value)];
const remove = (key: string) => [0, key.length, ...utf8(key)];

/** The entries of files, page by page, as `key=value`. */
async function salvaged(
  files: Readonly<Record<string, Uint8Array>>,
): Promise<readonly (readonly string[])[]> {
  return (await pagesOf(files)).map((page) => page.map(({ key, value }) => `${text(key)}=${text(value)}`));
}

async function pagesOf(
  files: Readonly<Record<string, Uint8Array>>,
): Promise<readonly (readonly StoreEntry[])[]> {
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  const pages: (readonly StoreEntry[])[] = [];
  for await (const page of salvageEntries(folder)) pages.push(page);
  return pages;
}

it("gives the newest change of a key, in whichever file it stands", async () => {
  const old = logPiece(batchOf(1, 3, ...put("a", "old"), ...put("b", "old"), ...put("c", "only")));
  const replaced = logPiece(batchOf(9, 2, ...put("a", "new"), ...remove("b")));
  expect(await salvaged({ "1.log": replaced, "2.log": old })).toEqual([["a=new"], ["c=only"]]);
  expect(await salvaged({ "1.log": old, "2.log": replaced })).toEqual([["c=only"], ["a=new"]]);
});

it("gives a key that was removed and stored again", async () => {
  const log = logPiece(batchOf(1, 2, ...remove("a"), ...put("a", "again")));
  expect(await salvaged({ "1.log": log })).toEqual([["a=again"]]);
});

it("gives each key once, however often its newest change is there", async () => {
  const table = tableOf([["b", blockOf([...entry(0, "a", trailer(3)), ...entry(0, "b", trailer(4))])]]);
  const log = logPiece(batchOf(3, 1, ...put("a", "\u0007")));
  expect(await salvaged({ "1.ldb": table, "2.ldb": table, "3.log": log })).toEqual([
    ["a=\u0007", "b=\u0007"],
  ]);
});

it("gives a change whose number is the lowest there is", async () => {
  expect(await salvaged({ "1.log": logPiece(batchOf(0, 1, ...put("a", "first"))) })).toEqual([["a=first"]]);
});

it("gives no key that is empty or longer than any of the vault's", async () => {
  const [longest, tooLong] = ["k".repeat(64), "k".repeat(65)];
  const log = logPiece(batchOf(1, 3, ...put("", "x"), ...put(longest, "y"), ...put(tooLong, "z")));
  const table = tableOf([[tooLong, blockOf([...entry(0, ""), ...entry(0, "a"), ...entry(0, tooLong)])]]);
  expect(await salvaged({ "1.log": log, "2.ldb": table })).toEqual([["a=\u0007"], [`${longest}=y`]]);
});

it("gives what stands beside a block or a batch that does not hold together", async () => {
  const [good, bad] = [blockOf(entry(0, "c", trailer(5))), blockOf(entry(0, "b", trailer(1, 2)))];
  const table = tableOf([
    ["b", bad],
    ["c", good],
  ]);
  const log = concatBytes(
    logPiece(batchOf(7, 2, ...put("d", "lost"))),
    logPiece(batchOf(8, 1, ...put("e", "kept"))),
  );
  const files = { "1.ldb": table, "2.ldb": utf8("no table"), "3.log": log };
  expect(await salvaged(files)).toEqual([["c=\u0007"], ["e=kept"]]);
});

it("gives copies, which keep no file in memory", async () => {
  const [page] = await pagesOf({ "1.log": logPiece(batchOf(1, 1, ...put("key", "value"))) });
  expect([page?.[0]?.key.buffer.byteLength, page?.[0]?.value.buffer.byteLength]).toEqual([3, 5]);
});

it("fails where the folder cannot be read", async () => {
  const pages = salvageEntries(join(folder, "none"));
  await expect(pages[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "ENOENT" });
});
