import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { folderProjects, formerProjects } from "../../../src/client/projects/folder-projects.ts";
import { HAS_GIT, git, makeRepository } from "../../support/git.ts";

let base: string;

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "keepsake-folders-")));
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

/** A repository that calls a folder its worktree, by the files git writes but for some. */
function claim(gitdir: string, but: Readonly<Record<string, string | undefined>> = {}): string {
  const root = join(base, "hostile");
  if (!existsSync(root)) repository("hostile");
  const link = folder("hostile/.git/worktrees/x");
  const written = { HEAD: "ref: refs/heads/x\n", commondir: "../..\n", gitdir, ...but };
  for (const [name, text] of Object.entries(written))
    if (text !== undefined) writeFileSync(join(link, name), text.replace("BASE", base));
  return root;
}

/** Projects of folders as one conversation names them, one after the other. */
async function inOneConversation(...folders: readonly string[]): Promise<readonly (string | null)[]> {
  const projectOf = folderProjects()();
  const projects: (string | null)[] = [];
  for (const each of folders) projects.push(await projectOf(each));
  return projects;
}

describe.skipIf(!HAS_GIT)("a folder that is gone", () => {
  it("belongs to the repository of the nearest ancestor that is there", async () => {
    const root = repository("lantern");
    folder("lantern", "src");
    const gone = [join(root, "build", "tmp"), join(root, "src", "old"), `${root}/.claude/worktrees/gone/src`];
    for (const each of gone) expect(await inOneConversation(each)).toEqual([root]);
  });

  it("belongs to the main worktree when the nearest ancestor is in a linked one, and through a symbolic link", async () => {
    const root = repository("lantern");
    git(root, "worktree", "add", "-q", join(base, "side"));
    symlinkSync(join(base, "side"), join(base, "link"));
    expect(await inOneConversation(join(base, "side", "gone"))).toEqual([root]);
    expect(await inOneConversation(join(base, "link", "gone", "deep"))).toEqual([root]);
  });

  it("below a host's worktrees belongs to what stands before them, although that is gone, too", async () => {
    const dead = join(base, "dead");
    const places = [`${dead}/.claude/worktrees/a/src`, `${dead}/.claude/worktrees/b`, dead];
    for (const each of places) expect(await inOneConversation(each)).toEqual([dead]);
    expect(await inOneConversation(`${dead}/.claude/worktrees/a/.claude/worktrees/b`)).toEqual([dead]);
  });

  it("that was a worktree anywhere belongs to the one repository beside it that still knows it", async () => {
    const root = repository("lantern");
    const [side, deep] = [join(base, "lantern-side"), join(base, "trees", "fix")];
    for (const each of [side, deep]) git(root, "worktree", "add", "-q", each);
    rmSync(side, { recursive: true });
    rmSync(join(base, "trees"), { recursive: true });
    for (const each of [side, `${side}/src/deep`, deep, `${deep}/src`])
      expect(await inOneConversation(each)).toEqual([root]);
    for (const each of [`${side}s`, join(base, "trees"), join(base, "other")])
      expect(await inOneConversation(each)).toEqual([each]);
    // Whoever else says so makes it nobody's.
    claim(`${side}/.git\n`);
    expect(await inOneConversation(side)).toEqual([side]);
    expect(await inOneConversation(deep)).toEqual([root]);
    git(root, "worktree", "prune");
    expect(await inOneConversation(deep)).toEqual([deep]);
  });

  it.each([
    ["all that git writes", {}, true],
    ["no HEAD", { HEAD: undefined }, false],
    ["a HEAD that is none", { HEAD: "yes\n" }, false],
    ["no commondir", { commondir: undefined }, false],
    ["the commondir of another", { commondir: "../../../lantern/.git\n" }, false],
    ["a gitdir of no worktree", { gitdir: "BASE/gone/src\n" }, false],
    ["no gitdir", { gitdir: undefined }, false],
  ])("is claimed by %s", async (_, but, isBelieved) => {
    const gone = join(base, "gone");
    const hostile = claim(`${gone}/.git\n`, but);
    expect(await inOneConversation(gone)).toEqual([isBelieved ? hostile : gone]);
  });

  it("that is there is no worktree of what is beside it, whatever that says", async () => {
    for (const each of [base, folder("plain")]) {
      claim(`${each}/.git\n`);
      expect(await inOneConversation(each, folder("plain", "src"))).toEqual([null, null]);
      expect(await inOneConversation(join(base, "gone"))).toEqual([join(base, "gone")]);
    }
  });

  it("stands for itself where no ancestor is in a repository, so that it is not lost to /home", async () => {
    expect(await inOneConversation("/home/other/code/lantern")).toEqual(["/home/other/code/lantern"]);
    expect(await inOneConversation(join(base, "gone") + "/")).toEqual([join(base, "gone")]);
  });

  it("belongs where its conversation began when it is below that: a dead repository is one project", async () => {
    const [dead, other] = ["/home/other/code/lantern", "/home/other/code/lantern-two"];
    expect(await inOneConversation(dead, `${dead}/src`, other, `${dead}/src/deep`)).toEqual([
      dead,
      dead,
      other,
      dead,
    ]);
    const plain = folder("plain");
    expect(await inOneConversation(plain, join(plain, "gone"))).toEqual([null, null]);
  });

  it("is judged by each conversation alone, whichever came before", async () => {
    const projects = folderProjects();
    const dead = "/home/other/code/lantern";
    const first = projects();
    expect(await first(dead)).toBe(dead);
    expect(await projects()(`${dead}/src`)).toBe(`${dead}/src`);
    expect(await first(`${dead}/src`)).toBe(dead);
  });
});

describe.skipIf(!HAS_GIT)("a folder below a host's worktrees that is there", () => {
  it("belongs to what stands before them, although git no longer knows it", async () => {
    const root = repository("lantern");
    const made = join(root, ".claude", "worktrees", "made");
    git(root, "worktree", "add", "-q", made);
    expect(await inOneConversation(made)).toEqual([root]);
    rmSync(join(root, ".git", "worktrees"), { recursive: true });
    expect(await inOneConversation(made, folder("lantern/.claude/worktrees/made/src"))).toEqual([root, root]);
  });

  it("belongs to the repository it is linked to, and to its own where nothing else is", async () => {
    const root = repository("lantern");
    const kept = join(base, ".claude", "worktrees", "kept");
    mkdirSync(join(base, ".claude", "worktrees"), { recursive: true });
    git(root, "worktree", "add", "-q", kept);
    expect(await inOneConversation(kept)).toEqual([root]);
    const own = repository(".claude", "worktrees", "own");
    expect(await inOneConversation(own)).toEqual([own]);
  });
});

describe("what is no folder", () => {
  it("is none", async () => {
    for (const path of ["../relative", "", "/with\nline end", `/${"a/".repeat(3_000)}`])
      expect(await inOneConversation(path)).toEqual([null]);
  });
});

describe.skipIf(!HAS_GIT)("what 0.1.0 called a folder", () => {
  it("is the folder itself or none, when it is gone", async () => {
    const root = repository("lantern");
    const gone = join(root, ".claude", "worktrees", "gone");
    expect(await formerProjects(gone)).toEqual([null, gone, root]);
    expect(await formerProjects("/home/other/x/")).toEqual([null, "/home/other/x/"]);
    expect(await formerProjects("relative")).toEqual([null]);
    expect(await formerProjects(undefined)).toEqual([null]);
  });

  it("is the git folder of a bare repository, in its worktrees and where they were", async () => {
    const source = repository("source");
    git(base, "clone", "-q", "--bare", source, join(base, "one", ".bare"));
    git(join(base, "one", ".bare"), "worktree", "add", "-q", join(base, "one", "main"));
    const bare = join(base, "one", ".bare");
    expect(await formerProjects(join(base, "one", "main"))).toContain(bare);
    expect(await formerProjects(join(base, "one", "gone"))).toContain(bare);
  });
});
