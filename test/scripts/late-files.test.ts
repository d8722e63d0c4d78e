/** What stands in the place of `node:fs/promises` in the programs does the same. */
import * as real from "node:fs/promises";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lateFiles } from "../../scripts/late-files.mjs";

const USED = "access lstat opendir readdir readFile readlink realpath stat statfs".split(" ");

let folder: string;
let late: typeof real;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "keepsake-late-"));
  mkdirSync(join(folder, "there"));
  writeFileSync(join(folder, "there", "file"), "text");
  symlinkSync("there", join(folder, "link"));
  const outfile = join(folder, "late.cjs");
  await build({
    stdin: { contents: 'export * from "node:fs/promises";' },
    outfile,
    bundle: true,
    format: "cjs",
    platform: "node",
    plugins: [lateFiles()],
    logLevel: "error",
  });
  late = createRequire(outfile)(outfile) as typeof real;
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("files asked late", () => {
  it("answer as Node's own", async () => {
    const [path, link] = [join(folder, "there", "file"), join(folder, "link")];
    expect(await late.realpath(join(link, "file"))).toBe(await real.realpath(path));
    expect(await late.readlink(link)).toBe("there");
    expect(await late.readdir(link)).toEqual(["file"]);
    const [entry] = await late.readdir(folder, { withFileTypes: true });
    expect(entry?.isFile()).toBe(true);
    expect((await late.stat(path)).ino).toBe((await real.stat(path)).ino);
    expect((await late.lstat(link)).isSymbolicLink()).toBe(true);
    expect((await late.stat(path, { bigint: true })).size).toBe(4n);
    expect((await late.statfs(folder)).bsize).toBe((await real.statfs(folder)).bsize);
    expect(await late.access(path)).toBeUndefined();
    expect(await late.readFile(path, "utf8")).toBe("text");
    const file = await late.open(path);
    expect(await file.readFile("utf8")).toBe("text");
    await file.close();
  });

  it.each(USED)("refuse as Node's own: %s", async (name) => {
    const path = join(folder, "gone");
    const refusal = async (from: typeof real) => {
      const call = from[name as "stat"];
      return (await call(path).catch((error: unknown) => error)) as NodeJS.ErrnoException;
    };
    const { code, errno, path: named } = await refusal(late);
    const expected = await refusal(real);
    expect({ code, errno, path: named }).toEqual({
      code: "ENOENT",
      errno: expected.errno,
      path: expected.path,
    });
  });

  it("make and remove", async () => {
    const [made, moved] = [join(folder, "made"), join(folder, "moved")];
    await late.mkdir(made, { mode: 0o700 });
    await late.rename(made, moved);
    expect((await real.stat(moved)).mode & 0o777).toBe(0o700);
    await late.rmdir(moved);
    await late.link(join(folder, "there", "file"), made);
    await late.unlink(made);
    expect(await real.readdir(folder)).toEqual(["late.cjs", "link", "there"]);
  });
});
