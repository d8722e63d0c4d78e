import {
  chmod,
  link,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLogFile } from "../../src/daemon/log-file.ts";
import { FakeClock } from "../support/fake-clock.ts";

const clock = new FakeClock();
const unsafe = expect.objectContaining({ code: "UNSAFE_PATH" }) as Error;

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "keepsake-log-"));
  path = join(folder, "keepsake.log");
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const lines = async (file = path) => (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");

describe("openLogFile", () => {
  it("writes one JSON object a line into a file of 0600", async () => {
    const logger = openLogFile(path, clock);
    logger.log("engine-ended", { counts: { exitCode: 70 } });
    logger.log("front-stopped");
    expect(await lines()).toEqual([
      `{"at":"2026-05-01T12:00:00.000Z","event":"engine-ended","counts":{"exitCode":70}}`,
      `{"at":"2026-05-01T12:00:00.000Z","event":"front-stopped"}`,
    ]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("goes on behind what is there", async () => {
    openLogFile(path, clock).log("first");
    openLogFile(path, clock).log("second");
    expect(await lines()).toHaveLength(2);
  });

  it("keeps at most two files of the cap, the newest lines in the first", async () => {
    const logger = openLogFile(path, clock, 1_000);
    for (let count = 0; count < 200; count++) logger.log("tick", { counts: { count } });
    expect((await readdir(folder)).toSorted()).toEqual(["keepsake.log", "keepsake.log.1"]);
    expect((await stat(path)).size).toBeLessThanOrEqual(1_000);
    expect((await stat(`${path}.1`)).size).toBeLessThanOrEqual(1_000);
    expect((await stat(`${path}.1`)).mode & 0o777).toBe(0o600);
    expect((await lines()).at(-1)).toContain(`"count":199`);
  });

  it("loses no line in between when two processes write and either finds it full", async () => {
    const [front, engine] = [openLogFile(path, clock, 2_000), openLogFile(path, clock, 2_000)];
    for (let count = 0; count < 24; count += 2) {
      front.log("tick", { counts: { count } });
      engine.log("tick", { counts: { count: count + 1 } });
    }
    const kept = [...(await lines(`${path}.1`).catch(() => [])), ...(await lines())];
    const counts = kept.map((line) => (JSON.parse(line) as { counts: { count: number } }).counts.count);
    expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 24 }, (_, index) => index));
    for (let count = 24; count < 60; count++)
      (count % 2 === 0 ? front : engine).log("tick", { counts: { count } });
    expect((await readdir(folder)).length).toBe(2);
    expect((await lines()).at(-1)).toContain(`"count":59`);
  });

  it("refuses a link, a loose file, a hard link and a folder", async () => {
    await writeFile(join(folder, "victim"), "", { mode: 0o600 });
    await symlink(join(folder, "victim"), path);
    expect(() => openLogFile(path, clock)).toThrow(unsafe);
    await rm(path);
    await symlink(join(folder, "nowhere"), path);
    expect(() => openLogFile(path, clock)).toThrow(unsafe);
    await rm(path);
    await link(join(folder, "victim"), path);
    expect(() => openLogFile(path, clock)).toThrow(unsafe);
    await rm(path);
    await writeFile(path, "");
    await chmod(path, 0o644);
    expect(() => openLogFile(path, clock)).toThrow(unsafe);
    expect(() => openLogFile(folder, clock)).toThrow(unsafe);
    expect(await readFile(join(folder, "victim"), "utf8")).toBe("");
  });

  it("never throws once it is open, also when its folder is gone", async () => {
    const logger = openLogFile(path, clock, 200);
    logger.log("before");
    await truncate(path, 0);
    await rm(folder, { recursive: true });
    for (let count = 0; count < 20; count++) expect(() => logger.log("after")).not.toThrow();
  });
});
