/**
 * Which project a folder belongs to: the root of its repository, for all worktrees the main one. A folder that is gone belongs
 * where the nearest of its ancestors does that is there.
 */
import { realpath } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { LIMITS } from "../../base/limits.ts";
import { repositoryAt } from "./git-layout.ts";
import type { Repository } from "./git-layout.ts";

/** Where Claude Code puts the worktrees it makes: in the repository they are of. */
const HOSTS_WORKTREE = /^(.+?)[\\/]\.claude[\\/]worktrees[\\/][^\\/]+(?=[\\/]|$)/;

/**
 * The project of a folder.
 *
 * @param folder - relative paths start at the working folder; it need not be there
 * @returns the absolute, real path of the repository's root, or `null` outside a repository and for a path that cannot be a
 * project's name
 */
export async function resolveProject(folder: string): Promise<string | null> {
  const found = await findRepository(await livingFolder(folder));
  return found !== undefined && isProjectName(found.root) ? found.root : null;
}

/** As `projectName` of the protocol says it, without the schemas: hooks have no time to load them. */
export function isProjectName(name: string): boolean {
  const bytes = Buffer.byteLength(name);
  return bytes > 0 && bytes <= LIMITS.projectBytes && name.isWellFormed() && !/[\0\r\n]/.test(name);
}

/** What stands before the first `.claude/worktrees/x` of a path: all below that is of the same repository. */
export function beforeHostsWorktree(folder: string): string {
  return HOSTS_WORKTREE.exec(folder)?.[1] ?? folder;
}

/** The nearest that is there of a folder and its ancestors, by its real path. */
export async function livingFolder(folder: string): Promise<string> {
  for (let current = resolve(folder); ; current = dirname(current)) {
    try {
      return await realpath(current);
    } catch {
      if (current === dirname(current)) return current;
    }
  }
}

/** The repository that a folder is in. @param folder - absolute and real */
export async function findRepository(folder: string): Promise<(Repository & { at: string }) | undefined> {
  for (let current = folder; ; current = dirname(current)) {
    const found = await repositoryAt(current);
    if (found !== undefined) {
      const before = beforeHostsWorktree(current);
      // What git no longer knows as a worktree is still no repository of its own there.
      const around = found.root === current && before !== current ? await findRepository(before) : undefined;
      return around ?? { ...found, at: current };
    }
    if (current === dirname(current)) return undefined;
  }
}
