import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileProjects } from "../../src/capture/files/file-project.ts";
import { folderProjects } from "../../src/client/projects/folder-projects.ts";
import { HAS_GIT, makeRepository } from "../support/git.ts";

let base: string;

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "keepsake.files-")));
});

afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

function file(path: string, text = ""): string {
  const whole = join(base, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, text);
  return whole;
}

function repository(path: string): string {
  return makeRepository(join(base, path));
}

function projectOf(path: string, hostsFolders: readonly string[] = []): Promise<string | null> {
  return fileProjects(folderProjects(), hostsFolders)(path);
}

const said = (cwd: string) => `${JSON.stringify({ type: "user", uuid: "u", sessionId: "s", cwd })}\n`;
const encoded = (folder: string) => folder.replaceAll(/[^A-Za-z0-9]/g, "-");

describe.skipIf(!HAS_GIT)("the project of a file", () => {
  it("is the repository it lies in, and none outside", async () => {
    const root = repository("lantern");
    expect(await projectOf(file("lantern/docs/notes.md"))).toBe(root);
    expect(await projectOf(file("downloads/notes.md"))).toBeNull();
  });

  it("is that of the file itself behind a symbolic link", async () => {
    const root = repository("lantern");
    repository("other");
    symlinkSync(file("lantern/notes.md"), join(base, "other", "link.md"));
    expect(await projectOf(join(base, "other", "link.md"))).toBe(root);
  });

  it("is of a folder called memory what it is of any other", async () => {
    const root = repository("lantern");
    expect(await projectOf(file("lantern/memory/notes.md"))).toBe(root);
    expect(await projectOf(file("lantern/projects/web/memory/notes.md"))).toBe(root);
  });
});

describe.skipIf(!HAS_GIT)("the project of Claude Code's own notes", () => {
  it("is that of the transcripts beside them, even in a repository", async () => {
    repository("dotfiles");
    const root = repository("code/my-app");
    const name = encoded(root);
    file(`dotfiles/projects/${name}/a.jsonl`, `${JSON.stringify({ type: "summary" })}\n${said(root)}`);
    expect(await projectOf(file(`dotfiles/projects/${name}/memory/MEMORY.md`))).toBe(root);
    expect(await projectOf(file(`dotfiles/projects/${name}/memory/topics/build.md`))).toBe(root);
  });

  it("is where the sessions began, wherever the first line was said, and although that is gone", async () => {
    const dead = "/home/other/code/my-app";
    file(`projects/${encoded(dead)}/a.jsonl`, said(`${dead}/src`));
    expect(await projectOf(file(`projects/${encoded(dead)}/memory/MEMORY.md`))).toBe(dead);
    file("projects/C--Users-mira-app/a.jsonl", said("C:\\Users\\mira\\app\\src"));
    const windows = await projectOf(file("projects/C--Users-mira-app/memory/MEMORY.md"));
    expect(["C:\\Users\\mira\\app", "/mnt/c/Users/mira/app"]).toContain(windows);
  });

  it("is what any of them names, when none names that folder", async () => {
    file("projects/-srv-beta/a.jsonl", `not JSON, "cwd":"\\x"\n${said("/moved/beta")}`);
    expect(await projectOf(file("projects/-srv-beta/memory/MEMORY.md"))).toBe("/moved/beta");
  });

  it("is without a transcript that of the one folder of that name", async () => {
    const root = repository("my-app");
    const notes = file(`elsewhere/projects/${encoded(root)}/memory/MEMORY.md`);
    expect(await projectOf(notes)).toBe(root);
    repository("my.app");
    expect(await projectOf(notes)).toBeNull();
  });

  it("is none where nothing tells, never that of the folder it is imported from", async () => {
    repository("alpha");
    const inside = file("alpha/claude/projects/-srv-nowhere-beta/memory/MEMORY.md");
    expect(await projectOf(inside, [join(base, "alpha/claude/projects")])).toBeNull();
    expect(await projectOf(file("projects/-srv-nowhere-beta/memory/MEMORY.md"))).toBeNull();
  });

  it.each([
    ["that is there", () => repository("code/my-app")],
    ["that is gone", () => "/srv/nowhere/beta"],
  ])("is that of the repository they lie in, when a folder of it is named after one %s", async (_, make) => {
    const hostile = repository("hostile");
    const folder = `projects/${encoded(make())}`;
    expect(await projectOf(file(`hostile/${folder}/memory/MEMORY.md`))).toBe(hostile);
    // Nor is any folder called .claude the person's own, and one that cannot be there takes no file in.
    const hidden = file(`hostile/.claude/${folder}/memory/topics/a.md`);
    expect(await projectOf(hidden, [join(base, "home/.claude/projects"), "/gone/projects"])).toBe(hostile);
    // A transcript of another folder says nothing for the name.
    file(`hostile/${folder}/a.jsonl`, said("/somewhere/else"));
    expect(await projectOf(file(`hostile/${folder}/memory/b.md`))).toBe(hostile);
  });

  it("is by its name alone in the host's own folder, wherever that really lies", async () => {
    repository("dotfiles");
    const root = repository("code/my-app");
    const notes = file(`dotfiles/claude/projects/${encoded(root)}/memory/MEMORY.md`);
    mkdirSync(join(base, "home"));
    symlinkSync(join(base, "dotfiles/claude"), join(base, "home/.claude"));
    const own = [join(base, "home/.claude/projects")];
    expect(await projectOf(notes, own)).toBe(root);
    expect(await projectOf(join(own[0] ?? "", encoded(root), "memory/MEMORY.md"), own)).toBe(root);
    file(`dotfiles/claude/projects/${encoded(root)}/a.jsonl`, said("/moved/app"));
    expect(await projectOf(notes, own)).toBe("/moved/app");
  });
});
