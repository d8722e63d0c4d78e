/**
 * Where git keeps a repository, read from its files. git itself is never run, so nothing in a hostile folder is executed, and
 * no link is believed that does not lead back: a folder cannot claim to belong to a repository that does not know it.
 *
 * - `<root>/.git` is a folder, or a file `gitdir: <git folder>` (submodule, `--separate-git-dir`, linked worktree).
 * - The git folder of a linked worktree is `<shared>/worktrees/<name>`: `commondir` leads to the shared one, `gitdir` back to
 *   the worktree's `.git`.
 * - `core.worktree` of a git folder's configuration names its main worktree (submodules).
 * - A bare repository is a git folder with worktrees, beside it or below; `.bare` is the usual name of one that is hidden in
 *   the folder of its worktrees.
 *
 * Source: gitrepository-layout(5), git-worktree(1), git-config(1).
 */
import { open, opendir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { configuredWorktree, isConfiguredBare } from "./git-configuration.ts";

export interface Repository {
  /** Its main worktree, or what stands for it: absolute and real. */
  readonly root: string;
  /** The git folder that all its worktrees share. */
  readonly shared: string;
}

const MAX_LINK_BYTES = 4_096;
const MAX_CONFIGURATION_BYTES = 1 << 20;
/** Their name says nothing: the folder they are in is what people call the repository. */
const HIDDEN_GIT_FOLDERS: ReadonlySet<string> = new Set([".git", ".bare"]);
/** Of each folder in which the main worktree of a git folder apart is looked for. */
const MAX_LOOKED_AT = 256;
/** A worktree's `.git` and the git folder's `description` are written together when both are made, and never again. */
const MADE_TOGETHER_MS = 10_000;

/** @param folder - absolute and real; `undefined` when it is the root of no working tree and no bare repository */
export async function repositoryAt(folder: string): Promise<Repository | undefined> {
  const dotGit = join(folder, ".git");
  const kind = await kindOf(dotGit);
  if (kind === "folder" && (await kindOf(join(dotGit, "HEAD"))) === "file")
    return { root: folder, shared: dotGit };
  const linked = kind === "file" ? await linkTarget(dotGit) : undefined;
  if (linked !== undefined) return behindLink(folder, linked);
  const bare = join(folder, ".bare");
  if (await isGitFolder(bare)) return { root: folder, shared: bare };
  return (await isGitFolder(folder))
    ? { root: await mainWorktree(folder, folder), shared: folder }
    : undefined;
}

/** @param linked - what the `.git` file of `folder` names, which need not be there */
async function behindLink(folder: string, linked: string): Promise<Repository> {
  const gitFolder = await realOrNothing(linked);
  if (gitFolder === undefined) return { root: folder, shared: linked };
  const shared = await sharedFolder(folder, gitFolder);
  if (shared !== undefined) return { root: await mainWorktree(shared, folder), shared };
  const isKnown = (await toldWorktree(gitFolder)) === folder;
  return { root: isKnown ? await mainWorktree(gitFolder, folder) : folder, shared: gitFolder };
}

/** The git folder behind a linked worktree; `undefined` when it is none or that folder does not know it. */
async function sharedFolder(folder: string, gitFolder: string): Promise<string | undefined> {
  const common = (await readShort(join(gitFolder, "commondir")))?.trim();
  const back = (await readShort(join(gitFolder, "gitdir")))?.trim();
  if (common === undefined || back === undefined) return undefined;
  const shared = await realOrNothing(resolve(gitFolder, common));
  // The links alone prove nothing: anybody can write both. That they lie in the repository does.
  if (shared === undefined || dirname(gitFolder) !== join(shared, "worktrees")) return undefined;
  const returned = await realOrNothing(resolve(gitFolder, back));
  return returned === join(folder, ".git") ? shared : undefined;
}

/** @param from - the worktree it is asked for, beside which the main one may lie */
async function mainWorktree(shared: string, from: string): Promise<string> {
  const around = dirname(shared);
  if (HIDDEN_GIT_FOLDERS.has(basename(shared))) return around;
  const told = await toldWorktree(shared);
  if (told !== undefined && (await leadsTo(told, shared))) return told;
  if (await leadsTo(around, shared)) return around;
  return (await worktreeMadeWith(shared, [around, dirname(around), dirname(from)])) ?? shared;
}

/** What `core.worktree` names. */
async function toldWorktree(gitFolder: string): Promise<string | undefined> {
  for (const name of ["config.worktree", "config"]) {
    const text = await readShort(join(gitFolder, name), MAX_CONFIGURATION_BYTES);
    const told = text === undefined ? undefined : configuredWorktree(text);
    if (told !== undefined) return realOrNothing(resolve(gitFolder, told));
  }
  return undefined;
}

/** Whether the `.git` of a folder is that git folder, or names it. */
async function leadsTo(folder: string, gitFolder: string): Promise<boolean> {
  const dotGit = join(folder, ".git");
  const target = (await kindOf(dotGit)) === "file" ? await linkTarget(dotGit) : dotGit;
  return target !== undefined && (await realOrNothing(target)) === gitFolder;
}

/**
 * The main worktree of a git folder that was put apart (`git init --separate-git-dir`): nothing in it says where that is, and
 * git itself does not know. It is the one folder near by whose `.git` leads there and was made in the same moment: what
 * claims so later is not it.
 */
async function worktreeMadeWith(shared: string, near: readonly string[]): Promise<string | undefined> {
  const configuration = await readShort(join(shared, "config"), MAX_CONFIGURATION_BYTES);
  const madeAt = await modifiedAt(join(shared, "description"));
  if (configuration === undefined || isConfiguredBare(configuration) || madeAt === undefined)
    return undefined;
  const found: string[] = [];
  for (const place of new Set(near)) {
    for (const folder of await foldersIn(place)) {
      if (!(await leadsTo(folder, shared))) continue;
      const at = await modifiedAt(join(folder, ".git"));
      if (at !== undefined && Math.abs(at - madeAt) <= MADE_TOGETHER_MS) found.push(folder);
    }
  }
  return found.length === 1 ? found[0] : undefined;
}

/** The first of them; none where nothing can be listed. */
export async function foldersIn(place: string): Promise<readonly string[]> {
  const folders: string[] = [];
  try {
    let seen = 0;
    for await (const entry of await opendir(place)) {
      if (++seen > MAX_LOOKED_AT) break;
      if (entry.isDirectory()) folders.push(join(place, entry.name));
    }
  } catch {
    // What cannot be listed holds nothing that can be told.
  }
  return folders;
}

async function isGitFolder(path: string): Promise<boolean> {
  const kinds = [kindOf(join(path, "HEAD")), kindOf(join(path, "objects")), kindOf(join(path, "refs"))];
  return (await Promise.all(kinds)).join(" ") === "file folder folder";
}

async function linkTarget(dotGit: string): Promise<string | undefined> {
  const target = /^gitdir: (.+?)\s*$/.exec((await readShort(dotGit)) ?? "")?.[1];
  return target === undefined ? undefined : resolve(dirname(dotGit), target);
}

async function realOrNothing(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch {
    return undefined;
  }
}

async function modifiedAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
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

/** The text of a small regular file; `undefined` when there is none or it is longer, or grows just now. */
export async function readShort(path: string, mostBytes = MAX_LINK_BYTES): Promise<string | undefined> {
  if ((await kindOf(path)) !== "file") return undefined;
  try {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      if (size > mostBytes) return undefined;
      const { bytesRead, buffer } = await file.read(Buffer.alloc(size + 1));
      return bytesRead > size ? undefined : buffer.toString("utf8", 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}
