/**
 * Projects of the folders that conversations name, many of which are gone: deleted worktrees, moved repositories, and every
 * folder of a transcript from another machine.
 *
 * 1. What stands below `.claude/worktrees/x` is where that worktree was made, and `C:\…` is where that drive is mounted.
 * 2. A folder that is there belongs to its repository, and to no project outside one.
 * 3. One that is gone belongs to the repository of its nearest ancestor that is there, else to the one beside it that knows it
 *    as a worktree.
 * 4. Where that leads to none: to the project of the folder its conversation began in when it is below that, else it stands
 *    for itself. So one dead repository is one project, and none is lost to `/home`.
 */
import { stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, resolve } from "node:path";
import { goneWorktrees } from "./gone-worktrees.ts";
import type { GoneWorktrees } from "./gone-worktrees.ts";
import { beforeHostsWorktree, findRepository, isProjectName, livingFolder } from "./project.ts";
import { isWindowsPath, localPath } from "./windows-path.ts";

/** The project of a folder as a conversation names it; `undefined` when it names none. */
export type ProjectOfFolder = (folder: string | undefined) => Promise<string | null>;

/** As long as a path may be on any system. */
const MAX_FOLDER_BYTES = 4_096;

interface Place {
  /** As it is called on this machine, without what stands below a host's worktrees. */
  readonly folder: string;
  /** `undefined`: it is gone, none of its ancestors is in a repository, and none beside it knows it. */
  readonly project: string | null | undefined;
}

/**
 * Each call is for one conversation, which begins in the first folder asked for; every folder is looked up once for all of
 * them.
 */
export function folderProjects(): () => ProjectOfFolder {
  const known = new Map<string, Promise<Place | undefined>>();
  const worktrees = goneWorktrees();
  const placeOf = (folder: string) => {
    const place = known.get(folder) ?? lookUp(folder, worktrees);
    known.set(folder, place);
    return place;
  };
  return () => {
    let start: Place | undefined;
    return async (folder) => {
      const place = folder === undefined ? undefined : await placeOf(folder);
      if (place === undefined) return null;
      start ??= place;
      const { project, folder: own } = place.project === undefined && isBelow(place, start) ? start : place;
      if (project !== undefined) return project;
      return isProjectName(own) ? own : null;
    };
  };
}

/**
 * What version 0.1.0 may have given the same folder, when it was there or when it was gone: the folder itself, the git folder
 * of a bare repository, a worktree that its repository no longer knows, none. Ids of turns that it stored hold that name.
 */
export async function formerProjects(folder: string | undefined): Promise<readonly (string | null)[]> {
  if (folder === undefined || !isFolderPath(folder) || isWindowsPath(folder)) return [null];
  const found = await findRepository(await livingFolder(folder));
  const behind =
    found === undefined
      ? []
      : [found.at, basename(found.shared) === ".git" ? dirname(found.shared) : found.shared];
  return [null, ...new Set([folder, ...behind].filter(isProjectName))];
}

/** `undefined` for what is no absolute path. */
async function lookUp(given: string, worktrees: GoneWorktrees): Promise<Place | undefined> {
  if (!isFolderPath(given)) return undefined;
  const local = await localPath(given);
  if (!isAbsolute(local)) return { folder: beforeHostsWorktree(local), project: undefined };
  const living = await livingFolder(local);
  const folder = beforeHostsWorktree(resolve(local));
  const around = (await findRepository(living))?.root;
  if (around === undefined && (await isThere(folder))) return { folder, project: null };
  const root = around ?? (await worktrees(folder, living));
  if (root === undefined) return { folder, project: undefined };
  return { folder, project: isProjectName(root) ? root : null };
}

function isFolderPath(path: string): boolean {
  return Buffer.byteLength(path) <= MAX_FOLDER_BYTES && (isAbsolute(path) || isWindowsPath(path));
}

function isBelow(place: Place, start: Place): boolean {
  return ["/", "\\"].some((separator) => place.folder.startsWith(`${start.folder}${separator}`));
}

async function isThere(folder: string): Promise<boolean> {
  try {
    await stat(folder);
    return true;
  } catch {
    return false;
  }
}
