import { mkdtemp, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

it("follows the log with the highest number, not the last by name", async () => {
  await writeFile(join(folder, "000009.log"), "old");
  await log.sync();
  await writeFile(join(folder, "000010.log"), "new");
  await log.sync();
  // A log that is open already is not looked for again; one that is not would be missed now.
  await unlink(join(folder, "000009.log"));
  await expect(log.sync()).resolves.toBeUndefined();
});

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
