import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resolveProject } from "../../src/client/project.ts";

let base: string;

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "keepsake-project-")));
});

afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

function folder(...parts: readonly string[]): string {
  const path = join(base, ...parts);
  mkdirSync(path, { recursive: true });
  return path;
}

function git(cwd: string, ...parameters: readonly string[]): void {
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...parameters], {
    cwd,
    stdio: "ignore",
  });
}

/** A repository with one commit, made by git itself. */
function repository(...parts: readonly string[]): string {
  const path = folder(...parts);
  git(path, "init");
  git(path, "commit", "--allow-empty", "-m", "start");
  return path;
}

describe("the project of a folder", () => {
  it("is the root of its repository, from any depth", async () => {
    const root = repository("lantern");
    expect(await resolveProject(root)).toBe(root);
    expect(await resolveProject(folder("lantern", "src", "deep"))).toBe(root);
  });

  it("is nothing outside a repository and for a folder that is not there", async () => {
    expect(await resolveProject(folder("plain"))).toBeNull();
    expect(await resolveProject(join(base, "gone"))).toBeNull();
  });

  it("is the main worktree's root in a linked worktree made by git", async () => {
    const root = repository("main");
    git(root, "worktree", "add", join(base, "side"), "-b", "side");
    expect(await resolveProject(join(base, "side"))).toBe(root);
    expect(await resolveProject(folder("side", "src"))).toBe(root);
  });

  it("is the shared folder in a worktree of a bare repository", async () => {
    const root = repository("origin");
    git(base, "clone", "--bare", root, join(base, "bare.git"));
    git(join(base, "bare.git"), "worktree", "add", join(base, "work"), "-b", "work");
    expect(await resolveProject(join(base, "work"))).toBe(join(base, "bare.git"));
  });

  it("is a submodule's own folder", async () => {
    const root = repository("library");
    const outer = repository("outer");
    git(outer, "-c", "protocol.file.allow=always", "submodule", "add", root, "inner");
    expect(await resolveProject(join(outer, "inner"))).toBe(join(outer, "inner"));
  });

  it("is the same through a symbolic link", async () => {
    const root = repository("real");
    symlinkSync(root, join(base, "link"));
    expect(await resolveProject(join(base, "link"))).toBe(root);
  });

  it("cannot be claimed: a link the other repository does not return is not believed", async () => {
    const victim = repository("victim");
    git(victim, "worktree", "add", join(base, "honest"), "-b", "honest");
    const thief = folder("thief");
    writeFileSync(join(thief, ".git"), `gitdir: ${join(victim, ".git", "worktrees", "honest")}\n`);
    expect(await resolveProject(thief)).toBe(thief);
  });

  it.each([
    ["an empty .git folder", (path: string) => mkdirSync(join(path, ".git"))],
    ["a .git file without a link", (path: string) => writeFileSync(join(path, ".git"), "nonsense")],
    [
      "an overlong .git file",
      (path: string) => writeFileSync(join(path, ".git"), `gitdir: ${"a".repeat(9_000)}`),
    ],
  ])("passes over %s", async (_, make) => {
    const root = repository("around");
    const inner = folder("around", "inner");
    make(inner);
    expect(await resolveProject(inner)).toBe(root);
  });

  it("is nothing when the path cannot be a name", async () => {
    const root = repository("two\nlines");
    expect(await resolveProject(root)).toBeNull();
  });
});
