import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, stat, statfs, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Ballast, BALLAST_BYTES, BALLAST_NAME } from "../../src/store/ballast.ts";

process.umask(0o077);

let folder: string;
let ballast: Ballast;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "keepsake-ballast-"));
  ballast = new Ballast(folder, (length) => randomBytes(length));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("the ballast", () => {
  it("holds room until it is given up, and is made again", async () => {
    expect(await ballast.ensure()).toBe(true);
    expect((await stat(join(folder, BALLAST_NAME))).size).toBe(BALLAST_BYTES);
    expect(await ballast.giveUp()).toBe(true);
    expect(await ballast.giveUp()).toBe(false);
    expect(await readdir(folder)).toEqual([]);
    expect(await ballast.ensure()).toBe(true);
  });

  it("is left alone when it is there, and completed when it is not whole", async () => {
    await ballast.ensure();
    const before = await stat(join(folder, BALLAST_NAME));
    expect(await ballast.ensure()).toBe(true);
    expect((await stat(join(folder, BALLAST_NAME))).ino).toBe(before.ino);
    await writeFile(join(folder, BALLAST_NAME), "cut short");
    expect(await ballast.ensure()).toBe(true);
    expect((await stat(join(folder, BALLAST_NAME))).size).toBe(BALLAST_BYTES);
  });

  it("is refused when something else is in its place", async () => {
    await writeFile(join(folder, "target"), "untouched");
    await symlink(join(folder, "target"), join(folder, BALLAST_NAME));
    await expect(ballast.ensure()).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    await expect(ballast.giveUp()).rejects.toMatchObject({ code: "UNSAFE_PATH" });
  });

  it("is not made where there is too little room beside it", async () => {
    const small = new (class extends Ballast {
      override freeBytes(): Promise<number> {
        return Promise.resolve(BALLAST_BYTES + 1);
      }
    })(folder, (length) => randomBytes(length));
    expect(await small.ensure()).toBe(false);
    expect(await readdir(folder)).toEqual([]);
  });

  it("is made where there is just room enough beside it", async () => {
    const enough = BALLAST_BYTES + (1 << 20);
    const tight = Object.assign(ballast, { freeBytes: () => Promise.resolve(enough - 1) });
    expect(await tight.ensure()).toBe(false);
    tight.freeBytes = () => Promise.resolve(enough);
    expect(await tight.ensure()).toBe(true);
  });

  it("is missing, and no reason to fail, where the disk refuses it", async () => {
    const refusing = new Ballast(join(folder, "missing"), (length) => randomBytes(length));
    const roomy = Object.assign(refusing, { freeBytes: () => Promise.resolve(1 << 30) });
    expect(await roomy.ensure()).toBe(false);
  });
});

describe("a trial of the disk", () => {
  it("succeeds where files can be written, and leaves nothing behind", async () => {
    expect(await ballast.hasRoom()).toBe(true);
    expect(await readdir(folder)).toEqual([]);
  });

  it("fails where they cannot", async () => {
    await rm(folder, { recursive: true });
    expect(await ballast.hasRoom()).toBe(false);
  });

  it("says how much room there is", async () => {
    const { bavail, bsize } = await statfs(folder);
    const free = await ballast.freeBytes();
    // Others write to the disk meanwhile.
    expect(free).toBeGreaterThan(bavail * bsize * 0.5);
    expect(free).toBeLessThan(bavail * bsize * 2);
  });
});
