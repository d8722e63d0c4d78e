import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  realpath,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  checkPrivateDirectory,
  ensurePrivateDirectory,
  readPrivateFile,
  removePrivateFile,
  removeTemporaries,
  replacePrivateFile,
} from "../../src/platform/private-files.ts";

const isRoot = process.getuid?.() === 0;
const OTHER_USER = 65_534;
const bytes = (text: string) => new TextEncoder().encode(text);
const unsafe = expect.objectContaining({ code: "UNSAFE_PATH" });

let home: string;
let umask: number;
beforeEach(async () => {
  // Modes are given here as they are meant.
  umask = process.umask(0o022);
  home = await realpath(await mkdtemp(join(tmpdir(), "keepsake-private-")));
});
afterEach(async () => {
  process.umask(umask);
  await rm(home, { recursive: true, force: true });
});

const modeOf = async (path: string) => (await lstat(path)).mode & 0o7777;

describe("ensurePrivateDirectory", () => {
  it.each([0o000, 0o022, 0o077])("makes the folder and those above it 0700 under umask %o", async (umask) => {
    const script = `import { ensurePrivateDirectory } from "./src/platform/private-files.ts";
      process.umask(${umask}); await ensurePrivateDirectory(process.argv[1]);`;
    const bundled = execFileSync(
      "node_modules/.bin/esbuild",
      ["--bundle", "--platform=node", "--format=esm", "--log-level=error"],
      { input: script },
    );
    const target = join(home, "a", "b");
    execFileSync(process.execPath, ["--input-type=module", "-e", bundled.toString(), target]);
    expect(await modeOf(join(home, "a"))).toBe(0o700);
    expect(await modeOf(target)).toBe(0o700);
  });

  it("accepts one that is there and private", async () => {
    await mkdir(join(home, "a"), { mode: 0o700 });
    await expect(ensurePrivateDirectory(join(home, "a"))).resolves.toBeUndefined();
    await expect(ensurePrivateDirectory(`${join(home, "a")}/`)).resolves.toBeUndefined();
  });

  it.each([0o710, 0o701, 0o750, 0o755, 0o777, 0o1777])(
    "refuses mode %o and leaves it as it is",
    async (mode) => {
      await mkdir(join(home, "a"));
      await chmod(join(home, "a"), mode);
      await expect(ensurePrivateDirectory(join(home, "a"))).rejects.toEqual(unsafe);
      expect(await modeOf(join(home, "a"))).toBe(mode);
    },
  );

  it.each(["a", "a/"])("refuses a symbolic link given as %j and leaves its target alone", async (name) => {
    await mkdir(join(home, "victim"), { mode: 0o700 });
    await symlink(join(home, "victim"), join(home, "a"));
    await expect(ensurePrivateDirectory(`${home}/${name}`)).rejects.toEqual(unsafe);
    expect(await readdir(join(home, "victim"))).toEqual([]);
  });

  it("refuses a link to nowhere, a file, and a path through a file", async () => {
    await symlink(join(home, "nowhere"), join(home, "dangling"));
    await writeFile(join(home, "file"), "", { mode: 0o600 });
    await expect(ensurePrivateDirectory(join(home, "dangling"))).rejects.toEqual(unsafe);
    await expect(ensurePrivateDirectory(join(home, "file"))).rejects.toEqual(unsafe);
    await expect(ensurePrivateDirectory(join(home, "file", "a"))).rejects.toEqual(unsafe);
  });

  it.runIf(process.platform === "linux")(
    "ends where no folder can be made, and names the place",
    async () => {
      await expect(ensurePrivateDirectory("/proc/keepsake/vault")).rejects.toMatchObject({
        code: "UNSAFE_PATH",
        message: "/proc/keepsake cannot be used (ENOENT: no folder can be made there)",
      });
    },
  );

  it("follows links above keepsake's own folder, where systems have them", async () => {
    await mkdir(join(home, "disk"), { mode: 0o755 });
    await symlink(join(home, "disk"), join(home, "link"));
    await ensurePrivateDirectory(join(home, "link", "a"));
    expect(await modeOf(join(home, "disk", "a"))).toBe(0o700);
  });

  it("refuses a folder from which everybody could rename it, unless the sticky bit forbids that", async () => {
    await mkdir(join(home, "open", "between"), { recursive: true });
    await chmod(join(home, "open"), 0o777);
    await expect(ensurePrivateDirectory(join(home, "open", "between", "a"))).rejects.toEqual(unsafe);
    await chmod(join(home, "open"), 0o1777);
    await ensurePrivateDirectory(join(home, "open", "between", "a"));
  });

  it("does not look at who owns the folders above, which shows another id inside a user namespace", async (context) => {
    if (!isRoot) context.skip("needs root to give a folder to another user");
    await mkdir(join(home, "parent"), { mode: 0o755 });
    await chown(join(home, "parent"), OTHER_USER, OTHER_USER);
    await expect(ensurePrivateDirectory(join(home, "parent", "a"))).resolves.toBeUndefined();
  });

  it("refuses a folder of another user", async (context) => {
    if (!isRoot) context.skip("needs root to give a folder to another user");
    await mkdir(join(home, "a"), { mode: 0o700 });
    await chown(join(home, "a"), OTHER_USER, OTHER_USER);
    await expect(ensurePrivateDirectory(join(home, "a"))).rejects.toEqual(unsafe);
  });

  it("names the path and the mode it wants, so that a person can act", async () => {
    await mkdir(join(home, "a"), { mode: 0o755 });
    await expect(ensurePrivateDirectory(join(home, "a"))).rejects.toThrow(
      `${join(home, "a")} is open to other users (want mode 0700)`,
    );
  });

  it("does not follow a link that is given with a slash behind it when it only checks", async () => {
    await mkdir(join(home, "victim"), { mode: 0o700 });
    await symlink(join(home, "victim"), join(home, "a"));
    await expect(checkPrivateDirectory(`${home}/a/`)).rejects.toEqual(unsafe);
  });

  it("does not make anything when it only checks", async () => {
    await expect(checkPrivateDirectory(join(home, "a"))).rejects.toEqual(unsafe);
    expect(await readdir(home)).toEqual([]);
  });
});

describe("readPrivateFile", () => {
  it("returns the bytes, or undefined when there is no file", async () => {
    await writeFile(join(home, "f"), "abc", { mode: 0o600 });
    expect(await readPrivateFile(join(home, "f"), 3)).toEqual(bytes("abc"));
    expect(await readPrivateFile(join(home, "g"), 3)).toBeUndefined();
  });

  it("accepts a file its owner may only read", async () => {
    await writeFile(join(home, "f"), "abc", { mode: 0o400 });
    expect(await readPrivateFile(join(home, "f"), 3)).toEqual(bytes("abc"));
  });

  it("refuses one byte over the limit, also when the system does not know the size", async () => {
    await writeFile(join(home, "f"), "abcd", { mode: 0o600 });
    await expect(readPrivateFile(join(home, "f"), 3)).rejects.toEqual(unsafe);
  });

  it.each([0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o700, 0o4600])("refuses mode %o", async (mode) => {
    await writeFile(join(home, "f"), "abc");
    await chmod(join(home, "f"), mode);
    await expect(readPrivateFile(join(home, "f"), 9)).rejects.toEqual(unsafe);
    expect(await modeOf(join(home, "f"))).toBe(mode);
  });

  it("refuses a symbolic link, a hard link, a folder and a pipe, without waiting for the pipe", async () => {
    await writeFile(join(home, "victim"), "abc", { mode: 0o600 });
    await symlink(join(home, "victim"), join(home, "symlink"));
    await mkdir(join(home, "folder"), { mode: 0o700 });
    execFileSync("mkfifo", ["-m", "600", join(home, "pipe")]);
    for (const name of ["symlink", "folder", "pipe"]) {
      await expect(readPrivateFile(join(home, name), 9)).rejects.toEqual(unsafe);
    }
    await link(join(home, "victim"), join(home, "hard"));
    await expect(readPrivateFile(join(home, "hard"), 9)).rejects.toEqual(unsafe);
  });

  it("refuses a file of another user", async (context) => {
    if (!isRoot) context.skip("needs root to give a file to another user");
    await writeFile(join(home, "f"), "abc", { mode: 0o600 });
    await chown(join(home, "f"), OTHER_USER, OTHER_USER);
    await expect(readPrivateFile(join(home, "f"), 9)).rejects.toEqual(unsafe);
  });
});

describe("replacePrivateFile", () => {
  it("writes a new file and replaces an old one, 0600, leaving nothing beside it", async () => {
    await replacePrivateFile(join(home, "f"), bytes("one"));
    await replacePrivateFile(join(home, "f"), bytes("two"));
    expect(await readFile(join(home, "f"), "utf8")).toBe("two");
    expect(await modeOf(join(home, "f"))).toBe(0o600);
    expect(await readdir(home)).toEqual(["f"]);
  });

  it("refuses to replace what is not a private file, and touches neither it nor a link's target", async () => {
    await writeFile(join(home, "victim"), "victim", { mode: 0o600 });
    await symlink(join(home, "victim"), join(home, "symlink"));
    await writeFile(join(home, "loose"), "loose");
    await chmod(join(home, "loose"), 0o644);
    await mkdir(join(home, "folder"));
    for (const name of ["symlink", "loose", "folder"]) {
      await expect(replacePrivateFile(join(home, name), bytes("x"))).rejects.toEqual(unsafe);
    }
    expect(await readFile(join(home, "victim"), "utf8")).toBe("victim");
    expect(await readFile(join(home, "loose"), "utf8")).toBe("loose");
    expect((await readdir(home)).toSorted()).toEqual(["folder", "loose", "symlink", "victim"]);
  });

  it("leaves the old file and no temporary when the write fails", async () => {
    const failing = replacePrivateFile(join(home, "missing-folder", "f"), bytes("x"));
    await expect(failing).rejects.toEqual(expect.objectContaining({ code: "WRITE_FAILED" }));
  });

  it("says DISK_FULL when the disk is full and keeps the old file", async (context) => {
    if (!isRoot) context.skip("needs root to mount a small disk");
    const disk = join(home, "disk");
    await mkdir(disk, { mode: 0o700 });
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", disk], { stdio: "ignore" });
    } catch {
      context.skip("cannot mount here");
    }
    try {
      await replacePrivateFile(join(disk, "f"), bytes("old"));
      const failing = replacePrivateFile(join(disk, "f"), new Uint8Array(1 << 20));
      await expect(failing).rejects.toEqual(expect.objectContaining({ code: "DISK_FULL" }));
      expect(await readFile(join(disk, "f"), "utf8")).toBe("old");
      expect(await readdir(disk)).toEqual(["f"]);
    } finally {
      execFileSync("umount", [disk]);
    }
  });
});

describe("removePrivateFile", () => {
  it("removes a private file and says whether there was one", async () => {
    await replacePrivateFile(join(home, "f"), bytes("x"));
    expect(await removePrivateFile(join(home, "f"))).toBe(true);
    expect(await removePrivateFile(join(home, "f"))).toBe(false);
  });

  it("refuses what is not one", async () => {
    await symlink("/etc/hostname", join(home, "symlink"));
    await expect(removePrivateFile(join(home, "symlink"))).rejects.toEqual(unsafe);
    expect(await readdir(home)).toEqual(["symlink"]);
  });
});

describe("removeTemporaries", () => {
  it("removes what a crashed replacement left and nothing else", async () => {
    for (const name of [
      ".keyring.a.0123456789abcdef.tmp",
      "keyring.a",
      ".other.tmp",
      "x.0123456789abcdef.tmp",
    ]) {
      await writeFile(join(home, name), "");
    }
    await removeTemporaries(home);
    expect((await readdir(home)).toSorted()).toEqual([".other.tmp", "keyring.a", "x.0123456789abcdef.tmp"]);
  });

  it("accepts a folder that is not there", async () => {
    await expect(removeTemporaries(join(home, "none"))).resolves.toBeUndefined();
  });
});
