import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { listStoreFiles, readBytes, readInTurn } from "../../../src/store/leveldb/store-files.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "keepsake-files-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

it("lists tables and logs by ascending number, and nothing else", async () => {
  const others = ["CURRENT", "LOCK", "MANIFEST-000004", "a1.log", "1.log.old", "1.dbtmp", ".log", "1xlog"];
  const tooLong = "1".repeat(16);
  for (const name of [...others, `${tooLong}.log`, "10.log", "9.log", "000100.ldb", "21.sst", "3.ldb"]) {
    await writeFile(join(folder, name), "");
  }
  const file = (name: string) => ({ path: join(folder, name), number: Number.parseInt(name, 10) });
  expect(await listStoreFiles(folder)).toEqual({
    tables: [file("3.ldb"), file("21.sst"), file("000100.ldb")],
    logs: [file("9.log"), file("10.log")],
  });
});

it("reads all bytes of a file, plain", async () => {
  await writeFile(join(folder, "1.log"), Uint8Array.of(1, 2, 3));
  const bytes = await readBytes(join(folder, "1.log"));
  expect(bytes).toStrictEqual(Uint8Array.of(1, 2, 3));
  expect(Buffer.isBuffer(bytes)).toBe(false);
});

it("says what the system says of a folder or a file that is not there", async () => {
  await expect(listStoreFiles(join(folder, "none"))).rejects.toMatchObject({ code: "ENOENT" });
  await expect(readBytes(join(folder, "none"))).rejects.toMatchObject({ code: "ENOENT" });
});

it("reads tables in turn, in two buffers, each of the size it must have", async () => {
  const sizes = [3, 5, 1, 5, 0];
  const files = sizes.map((size, index) => ({ path: join(folder, `${index}.ldb`), size }));
  for (const [index, { path, size }] of files.entries())
    await writeFile(path, new Uint8Array(size).fill(index));
  const buffers = new Set<ArrayBufferLike>();
  const seen: number[][] = [];
  for await (const bytes of readInTurn(files)) {
    buffers.add(bytes.buffer);
    seen.push([...bytes]);
  }
  expect(seen).toEqual([[0, 0, 0], [1, 1, 1, 1, 1], [2], [3, 3, 3, 3, 3], []]);
  expect(buffers.size).toBe(2);
  for (const other of ["four", "sixsix"]) {
    await writeFile(join(folder, "3.ldb"), other);
    await expect(drain(readInTurn(files))).rejects.toThrow("table of another size");
  }
  await rm(join(folder, "1.ldb"));
  await expect(drain(readInTurn(files))).rejects.toMatchObject({ code: "ENOENT" });
});

it.runIf(process.platform === "linux")(
  "does not wait for the rest of a table that has less than it says",
  async () => {
    // The system makes up what is in it, and does not know how much that will be.
    const file = { path: "/sys/devices/system/cpu/online", size: 4_096 };
    await expect(drain(readInTurn([file]))).rejects.toThrow("table of another size");
  },
);

async function drain(tables: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of tables);
}
