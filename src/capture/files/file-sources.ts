/**
 * What a file that may change is known by: its real path; that of a file in a linked worktree as it would be in the main one, so
 * that the same file of two worktrees is one. Only the daemon keeps it, sealed.
 */
import { lstat, realpath } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { resolveProject } from "../../client/projects/project.ts";

/** Looks each folder up once. @returns a function from paths that exist to their names */
export function fileSources(): (path: string) => Promise<string> {
  const known = new Map<string, Promise<(path: string) => string>>();
  return async (path) => {
    const real = await realpath(path);
    const folder = dirname(real);
    const naming = known.get(folder) ?? namingIn(folder);
    known.set(folder, naming);
    return (await naming)(real).toWellFormed();
  };
}

/** Whether there is something at a path, of whatever kind; `true` when that cannot be told. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    return !(
      error instanceof Error &&
      "code" in error &&
      (error.code === "ENOENT" || error.code === "ENOTDIR")
    );
  }
}

async function namingIn(folder: string): Promise<(path: string) => string> {
  const [top, project] = await Promise.all([workingTree(folder), resolveProject(folder)]);
  if (top === undefined || project === null || project === top) return (path) => path;
  return (path) => join(project, relative(top, path));
}

/** The nearest folder that git works in. */
async function workingTree(folder: string): Promise<string | undefined> {
  for (let current = folder; ; current = dirname(current)) {
    if (await isThere(join(current, ".git"))) return current;
    if (dirname(current) === current) return undefined;
  }
}
