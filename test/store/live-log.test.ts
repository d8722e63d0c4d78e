import { mkdtemp, readdir, readlink, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { LiveLog } from "../../src/store/live-log.ts";

let folder: string;
let log: LiveLog;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "keepsake-log-"));
  log = new LiveLog(folder);
});

afterEach(async () => {
  await log.close();
  await rm(folder, { recursive: true });
});

/** Names of the files in the folder that this process has open. */
async function held(): Promise<readonly string[]> {
  const names: string[] = [];
  for (const descriptor of await readdir("/proc/self/fd")) {
    const path = await readlink(`/proc/self/fd/${descriptor}`).catch(() => "");
    if (dirname(path) === folder) names.push(basename(path));
  }
  return names;
}

it.skipIf(process.platform !== "linux")(
  "holds the log with the highest number, not the last by name, and no other file",
  async () => {
    const write = (name: string) => writeFile(join(folder, name), "");
    for (const name of ["999998.log", "999999.log", "9999999.ldb", "LOG", "x9999999.log"]) await write(name);
    await log.sync();
    expect(await held()).toEqual(["999999.log"]);
    await write("1000000.log");
    await log.sync();
    expect(await held()).toEqual(["1000000.log"]);
    await unlink(join(folder, "1000000.log"));
    await log.sync();
    expect(await held()).toEqual(["999999.log"]);
    await log.close();
    expect(await held()).toEqual([]);
  },
);

it("has nothing to force down where there is no log", async () => {
  await expect(log.sync()).resolves.toBeUndefined();
});

it("has nothing to force down any more when the log is gone", async () => {
  await writeFile(join(folder, "000001.log"), "");
  await log.sync();
  await unlink(join(folder, "000001.log"));
  await expect(log.sync()).resolves.toBeUndefined();
});

it("says when the log cannot be forced down", async () => {
  await log.close();
  await rm(folder, { recursive: true });
  await expect(log.sync()).rejects.toMatchObject({ code: "ENOENT" });
  folder = await mkdtemp(join(tmpdir(), "keepsake-log-"));
});

it("lets go of the file it holds", async () => {
  await writeFile(join(folder, "000001.log"), "");
  await log.sync();
  await log.close();
  await log.close();
  await expect(log.sync()).resolves.toBeUndefined();
});
