/** A file that is whole before it has its name: nothing is left of one that did not come to be. */
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isTemporaryOf, takePlace, writeTemporary } from "../../src/platform/temporary-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keepsake-temporary-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const bytes = Buffer.from("whole");

describe("a temporary file", () => {
  it("is private, beside the file it is for, and known as one of it", async () => {
    const path = join(folder, "config.json");
    const temporary = await writeTemporary(path, bytes);
    expect(lstatSync(temporary).mode & 0o777).toBe(0o600);
    expect(readFileSync(temporary)).toEqual(bytes);
    const [name = ""] = readdirSync(folder);
    expect(isTemporaryOf(path, name)).toBe(true);
    for (const other of ["onfig.json", "config.jso", "config_json", ".config.json"])
      expect(isTemporaryOf(join(folder, other), name)).toBe(false);
    expect(isTemporaryOf(path, `${name}x`)).toBe(false);
    await takePlace(temporary, path);
    expect(readdirSync(folder)).toEqual(["config.json"]);
  });

  it("has the mode asked for, whatever the umask is", async () => {
    const temporary = await writeTemporary(join(folder, "launcher"), bytes, { mode: 0o700 });
    expect(lstatSync(temporary).mode & 0o777).toBe(0o700);
  });

  it("is gone when it could not be made ready", async () => {
    const dress = () => Promise.reject(new Error("no"));
    await expect(writeTemporary(join(folder, "host.json"), bytes, { dress })).rejects.toThrow("no");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is gone when it could not take the place", async () => {
    const path = join(folder, "taken");
    mkdirSync(join(path, "by a folder"), { recursive: true });
    await expect(takePlace(await writeTemporary(path, bytes), path)).rejects.toMatchObject({
      code: "EISDIR",
    });
    expect(readdirSync(folder)).toEqual(["taken"]);
  });
});
