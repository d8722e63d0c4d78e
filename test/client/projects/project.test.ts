import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resolveProject } from "../../../src/client/projects/project.ts";
import { HAS_GIT, git, makeRepository } from "../../support/git.ts";

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

function repository(...parts: readonly string[]): string {
  return makeRepository(join(base, ...parts));
}

describe.skipIf(!HAS_GIT)("the project of a folder", () => {
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

  it("is the bare repository in a worktree of one", async () => {
    const root = repository("origin");
    git(base, "clone", "--bare", root, join(base, "bare.git"));
    git(join(base, "bare.git"), "worktree", "add", join(base, "work"), "-b", "work");
    expect(await resolveProject(join(base, "work"))).toBe(join(base, "bare.git"));
  });

  describe("with a bare clone", () => {
    /** `one/.bare` with worktrees beside it. */
    function contained(name: string, gitFolder: string): string {
      const container = join(base, name);
      git(base, "clone", "--bare", repository(`source of ${name}`), join(container, gitFolder));
      git(join(container, gitFolder), "worktree", "add", join(container, "main"), "-b", "work");
      return container;
    }

    it("is the folder that holds it and its worktrees, wherever in it", async () => {
      const container = contained("one", ".bare");
      const inside = [".", "main", ".bare", ".bare/objects", "gone/src"];
      for (const each of inside) expect(await resolveProject(join(container, each))).toBe(container);
    });

    it.each([[".bare"], [".git"], [".repository"], ["store.git"]])(
      "is the folder whose .git leads to it, called %s",
      async (gitFolder) => {
        const container = contained("one", gitFolder);
        if (gitFolder !== ".git") writeFileSync(join(container, ".git"), `gitdir: ./${gitFolder}\n`);
        mkdirSync(join(container, "main", "src"));
        for (const each of [".", "main", "main/src", gitFolder])
          expect(await resolveProject(join(container, each))).toBe(container);
      },
    );

    it("is told apart from every other of that layout", async () => {
      const [one, two] = [contained("one", ".bare"), contained("two", ".bare")];
      expect(await resolveProject(join(one, "main"))).not.toBe(await resolveProject(join(two, "main")));
    });

    it("is the bare repository where nothing else holds its worktrees", async () => {
      const bare = join(base, "lantern.git");
      git(base, "clone", "--bare", repository("source"), bare);
      git(bare, "worktree", "add", join(bare, "inside"), "-b", "inside");
      git(bare, "worktree", "add", join(base, "beside"), "-b", "beside");
      for (const each of [
        bare,
        join(bare, "inside"),
        join(base, "beside"),
        join(bare, "gone"),
        join(bare, "hooks"),
      ])
        expect(await resolveProject(each)).toBe(bare);
    });
  });

  describe("with its git folder apart", () => {
    it("is the main worktree, from a linked one, too", async () => {
      const root = folder("lantern");
      folder("store");
      git(root, "init", `--separate-git-dir=${join(base, "store", "lantern.git")}`);
      git(root, "commit", "--allow-empty", "-m", "start");
      git(root, "worktree", "add", join(base, "side"));
      for (const each of [
        root,
        join(base, "side"),
        join(base, "side", "gone"),
        join(base, "store", "lantern.git"),
      ])
        expect(await resolveProject(each)).toBe(root);
    });

    it("is not taken over by a folder that names its git folder later", async () => {
      const root = folder("deep", "lantern");
      folder("store");
      git(root, "init", `--separate-git-dir=${join(base, "store", "lantern.git")}`);
      git(root, "commit", "--allow-empty", "-m", "start");
      git(root, "worktree", "add", join(base, "side"));
      const thief = folder("thief");
      writeFileSync(join(thief, ".git"), readFileSync(join(root, ".git")));
      utimesSync(join(thief, ".git"), 1e9, 1e9);
      expect(await resolveProject(join(base, "side"))).toBe(join(base, "store", "lantern.git"));
      expect(await resolveProject(thief)).toBe(thief);
    });
  });

  it.each([
    ["as git writes it", (text: string) => text],
    ["as people write it", (text: string) => text.replace(/worktree = (.*)/, 'WorkTree="$1" ; where it is')],
  ])("is the submodule in worktrees of one, its configuration %s", async (_, written) => {
    const outer = repository("outer");
    git(outer, "-c", "protocol.file.allow=always", "submodule", "add", repository("library"), "inner");
    const inner = join(outer, "inner");
    git(inner, "worktree", "add", join(base, "side"), "-b", "side");
    const configuration = join(outer, ".git", "modules", "inner", "config");
    writeFileSync(configuration, written(readFileSync(configuration, "utf8")));
    expect(await resolveProject(join(base, "side"))).toBe(inner);
    git(inner, "sparse-checkout", "init");
    expect(await resolveProject(join(base, "side"))).toBe(inner);
    expect(await resolveProject(join(outer, ".git", "modules", "inner"))).toBe(inner);
  });

  it("is the repository whose core.worktree names the folder, when that leads to it", async () => {
    const root = repository("lantern");
    const work = folder("work");
    git(root, "config", "core.worktree", work);
    expect(await resolveProject(work)).toBeNull();
    writeFileSync(join(work, ".git"), `gitdir: ${join(root, ".git")}\n`);
    expect(await resolveProject(work)).toBe(root);
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
    expect(await resolveProject(join(base, "link/"))).toBe(root);
    expect(await resolveProject(join(base, "link", "gone"))).toBe(root);
  });

  it("is the same where links between worktrees are relative", async () => {
    const root = repository("main");
    git(root, "worktree", "add", join(base, "side"), "-b", "side");
    writeFileSync(join(base, "side", ".git"), "gitdir: ../main/.git/worktrees/side\n");
    writeFileSync(join(root, ".git", "worktrees", "side", "gitdir"), "../../../../side/.git\n");
    expect(await resolveProject(join(base, "side"))).toBe(root);
  });

  it("cannot be claimed: a link the other repository does not return is not believed", async () => {
    const victim = repository("victim");
    git(victim, "worktree", "add", join(base, "honest"), "-b", "honest");
    const thief = folder("thief");
    writeFileSync(join(thief, ".git"), `gitdir: ${join(victim, ".git", "worktrees", "honest")}\n`);
    expect(await resolveProject(thief)).toBe(thief);
  });

  it("cannot be claimed by links of the claimant's own that lead to each other", async () => {
    const victim = repository("victim");
    const thief = folder("thief");
    const own = folder("thief", "own");
    writeFileSync(join(thief, ".git"), "gitdir: own\n");
    writeFileSync(join(own, "commondir"), `${join(victim, ".git")}\n`);
    writeFileSync(join(own, "gitdir"), `${join(thief, ".git")}\n`);
    expect(await resolveProject(thief)).toBe(thief);
  });

  it.each([
    [".git", "gitdir: %\n"],
    ["fake/config", "[core]\n\tworktree = %\n"],
  ])("cannot be claimed by a %s that names it", async (name, text) => {
    const victim = repository("victim");
    const thief = folder("thief");
    folder("thief", "fake", "objects");
    folder("thief", "fake", "refs");
    writeFileSync(join(thief, "fake", "HEAD"), "ref: refs/heads/main\n");
    writeFileSync(join(thief, ".git"), "gitdir: fake\n");
    writeFileSync(join(thief, name), text.replace("%", name === ".git" ? join(victim, ".git") : victim));
    expect(await resolveProject(thief)).toBe(thief);
    expect(await resolveProject(join(thief, "fake"))).not.toBe(victim);
  });

  it("is its own again when the repository it was a worktree of has moved", async () => {
    const root = repository("main");
    git(root, "worktree", "add", join(base, "side"), "-b", "side");
    renameSync(root, join(base, "moved"));
    expect(await resolveProject(join(base, "side"))).toBe(join(base, "side"));
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
