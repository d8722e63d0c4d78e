/**
 * Which project a folder belongs to: the root of its git repository, and for a linked worktree the root of the main one.
 * Only reads files; git itself is never run, so nothing in a hostile folder is executed.
 *
 * A linked worktree's `.git` is a file, `gitdir: <main>/.git/worktrees/<name>`; that folder's `commondir` leads to the
 * main `.git` and its `gitdir` back to the file. A link that is not returned is not believed: a folder cannot claim
 * to belong to a repository that does not know it.
 * Source: gitrepository-layout(5).
 */
import { open, realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { projectName } from "../protocol/schemas.ts";

const MAX_LINK_BYTES = 4_096;

/**
 * The project of a folder.
 *
 * @param folder - an existing folder; relative paths start at the working folder
 * @returns the absolute, real path of the repository's root, or `null` outside a repository, for a folder that
 * cannot be read and for a path that cannot be a project's name
 */
export async function resolveProject(folder: string): Promise<string | null> {
  let current: string;
  try {
    current = await realpath(resolve(folder));
  } catch {
    return null;
  }
  for (;;) {
    const root = await repositoryRoot(current);
    if (root !== undefined) return projectName.safeParse(root).success ? root : null;
    const parent = dirname(current);
    if (parent === current) return null;
    current = parent;
  }
}

/**
 * Projects of the folders that transcripts name, each looked up once. A folder that is gone (the repository was moved, or the
 * transcript comes from another machine) stands for itself: sessions start at a repository's root as a rule.
 */
export function folderProjects(): (folder: string | undefined) => Promise<string | null> {
  const known = new Map<string, Promise<string | null>>();
  return (folder) => {
    if (folder === undefined || !isAbsolute(folder)) return Promise.resolve(null);
    const project = known.get(folder) ?? projectOf(folder);
    known.set(folder, project);
    return project;
  };
}

async function projectOf(folder: string): Promise<string | null> {
  try {
    await stat(folder);
  } catch {
    return projectName.safeParse(folder).success ? folder : null;
  }
  return resolveProject(folder);
}

/** `folder` or its main worktree when `folder` is the root of a working tree. */
async function repositoryRoot(folder: string): Promise<string | undefined> {
  const dotGit = join(folder, ".git");
  const kind = await kindOf(dotGit);
  if (kind === "folder") return (await kindOf(join(dotGit, "HEAD"))) === "file" ? folder : undefined;
  if (kind !== "file") return undefined;
  const target = /^gitdir: (.+?)\s*$/.exec((await readShort(dotGit)) ?? "")?.[1];
  if (target === undefined) return undefined;
  return (await mainWorktree(dotGit, resolve(folder, target))) ?? folder;
}

/** Root of the main worktree behind a linked one; `undefined` for a submodule or a link that does not lead back. */
async function mainWorktree(dotGit: string, gitFolder: string): Promise<string | undefined> {
  const common = (await readShort(join(gitFolder, "commondir")))?.trim();
  const back = (await readShort(join(gitFolder, "gitdir")))?.trim();
  if (common === undefined || back === undefined) return undefined;
  try {
    if ((await realpath(resolve(gitFolder, back))) !== dotGit) return undefined;
    const shared = await realpath(resolve(gitFolder, common));
    return basename(shared) === ".git" ? dirname(shared) : shared;
  } catch {
    return undefined;
  }
}

async function kindOf(path: string): Promise<"file" | "folder" | undefined> {
  try {
    const found = await stat(path);
    return found.isDirectory() ? "folder" : found.isFile() ? "file" : undefined;
  } catch {
    return undefined;
  }
}

/** The text of a small regular file; `undefined` when there is none or it is too long to be a link. */
async function readShort(path: string): Promise<string | undefined> {
  if ((await kindOf(path)) !== "file") return undefined;
  try {
    const file = await open(path, "r");
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_LINK_BYTES + 1));
      return bytesRead > MAX_LINK_BYTES ? undefined : buffer.toString("utf8", 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}
