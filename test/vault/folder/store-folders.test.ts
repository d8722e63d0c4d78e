import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clearWay, findStores } from "../../../src/vault/folder/store-folders.ts";

/** Longest path of a system call, with the byte that ends it. */
const PATH_BYTES = process.platform === "darwin" ? 1_024 : 4_096;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "keepsake-stores-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** A folder whose path has `length` characters. */
async function folderOfLength(length: number): Promise<string> {
  let path = root;
  while (path.length < length) {
    const left = length - path.length - 1;
    path = join(path, "f".repeat(left <= 200 ? left : Math.min(100, left - 2)));
  }
  await mkdir(path, { recursive: true });
  return path;
}

describe("the stores in a folder", () => {
  it("are what has the name of one, letter for letter", async () => {
    for (const name of [
      "store.1",
      "store.12.salvage",
      "store.02",
      "store.0",
      "store.1e3",
      "store.1 (copy)",
    ]) {
      await mkdir(join(root, name));
    }
    for (const name of ["store.3.draft", "store.03.draft"]) await writeFile(join(root, name), "");
    expect(await findStores(root)).toEqual({ stores: [1], salvaged: [12], drafts: new Set([3]) });
  });
});

describe("a store that is in the way", () => {
  it("stays where it cannot be renamed, and the next one is not begun", async () => {
    const folder = await folderOfLength(PATH_BYTES - 1 - "/store.2.kept.1".length + 1);
    await mkdir(join(folder, "store.2"));
    await expect(clearWay(folder, 2)).rejects.toMatchObject({ code: "WRITE_FAILED" });
    expect(await readdir(folder)).toEqual(["store.2"]);
  });

  it("gets the first name that is free", async () => {
    for (const name of ["store.2", "store.2.kept.1"]) await mkdir(join(root, name));
    await clearWay(root, 2);
    expect((await readdir(root)).toSorted()).toEqual(["store.2.draft", "store.2.kept.1", "store.2.kept.2"]);
  });
});
