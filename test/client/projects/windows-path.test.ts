import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { folderProjects, formerProjects } from "../../../src/client/projects/folder-projects.ts";
import { meantProject, shortProjectName } from "../../../src/client/projects/project-names.ts";
import { isWindowsPath, localPath } from "../../../src/client/projects/windows-path.ts";

let mounts: string;

beforeAll(() => {
  mounts = realpathSync(mkdtempSync(join(tmpdir(), "keepsake-mnt-")));
  mkdirSync(join(mounts, "c"));
  mkdirSync(join(mounts, "code", "lantern", ".git"), { recursive: true });
});

afterAll(() => {
  rmSync(mounts, { recursive: true, force: true });
});

describe("a folder as Windows names it", () => {
  it.each([
    ["C:\\Users\\x\\repo", "%/c/Users/x/repo"],
    ["c:/Users/x/repo/", "%/c/Users/x/repo"],
    ["C:\\", "%/c/"],
    ["\\\\?\\C:\\Users\\x", "%/c/Users/x"],
    ["d:\\work\\..\\repo\\", "D:\\repo"],
    ["D:/repo", "D:\\repo"],
    ["\\\\wsl$\\Ubuntu\\home\\x\\repo", "/home/x/repo"],
    ["\\\\wsl.localhost\\Ubuntu-24.04\\home\\x\\repo\\", "/home/x/repo/"],
    ["//wsl$/Debian/home/x", "/home/x"],
    ["\\\\WSL$\\Ubuntu", "/"],
    ["\\\\?\\UNC\\wsl$\\Ubuntu\\home", "/home"],
    ["\\\\server\\share\\repo\\", "\\\\server\\share\\repo"],
  ])("%s is %s here", async (path, local) => {
    expect(isWindowsPath(path) || path.startsWith("\\\\?\\")).toBe(true);
    expect(await localPath(path, mounts)).toBe(local.replace("%", mounts));
  });

  it.each(["/home/x", "C", "c:repo", "a/b", "//server/share", ""])("%j is none", async (path) => {
    expect(isWindowsPath(path)).toBe(false);
    expect(await localPath(path, mounts)).toBe(path);
  });

  it("is the project of that folder when it is one of this system", async () => {
    const projectOf = folderProjects()();
    const seen = `\\\\wsl.localhost\\Ubuntu${mounts.replaceAll("/", "\\")}\\code`;
    expect(await projectOf(seen)).toBeNull();
    expect(await projectOf(`${seen}\\gone\\src`)).toBeNull();
  });

  it("is one project with what is below it, on a drive that is not here", async () => {
    const projectOf = folderProjects()();
    for (const each of [
      "Q:\\code\\lantern",
      "q:/code/lantern/src",
      "Q:\\code\\lantern\\.claude\\worktrees\\a\\src",
    ])
      expect(await projectOf(each)).toBe("Q:\\code\\lantern");
    expect(await projectOf("Q:\\code\\lantern-two")).toBe("Q:\\code\\lantern-two");
    expect(await formerProjects("Q:\\code\\lantern")).toEqual([null]);
  });

  it("is called by its last folder, in whatever spelling", async () => {
    expect(shortProjectName("Q:\\code\\lantern")).toBe("lantern");
    const known = { names: ["Q:\\code\\lantern"], isCut: false };
    for (const name of ["lantern", "q:/code/lantern/", "Q:\\code\\lantern\\src"])
      expect(await meantProject(name, known, "/")).toEqual({ is: "known", project: "Q:\\code\\lantern" });
    expect(await meantProject("Q:\\code\\lantren", known, "/")).toEqual({
      is: "unknown",
      project: "Q:\\code\\lantren",
      nearest: ["Q:\\code\\lantern"],
    });
  });
});
