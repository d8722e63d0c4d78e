/**
 * Linked worktrees that were deleted. git keeps `<shared>/worktrees/<name>/gitdir`, the path of the worktree's `.git`, until it
 * prunes: a repository beside the folder that is gone still says that this was its own. Only the disk is asked, so that the
 * answer is the same whatever files are read together.
 */
import { dirname, join, resolve } from "node:path";
import { foldersIn, readShort, repositoryAt } from "./git-layout.ts";

interface KnownWorktree {
  readonly folder: string;
  readonly root: string;
}

/**
 * The root of the one repository beside a folder that knows it as its worktree, or as what stood in one; `undefined` when none or
 * several do.
 *
 * @param living - absolute and real: the nearest ancestor that is there, whose folders are looked at once for all that is gone
 */
export type GoneWorktrees = (folder: string, living: string) => Promise<string | undefined>;

export function goneWorktrees(): GoneWorktrees {
  const known = new Map<string, Promise<readonly KnownWorktree[]>>();
  return async (folder, living) => {
    const worktrees = known.get(living) ?? worktreesGoneFrom(living);
    known.set(living, worktrees);
    const roots = (await worktrees).filter((each) => `${folder}/`.startsWith(`${each.folder}/`));
    const [root, ...others] = new Set(roots.map((each) => each.root));
    return others.length === 0 ? root : undefined;
  };
}

/** Those that are gone as well: below what is there. */
async function worktreesGoneFrom(living: string): Promise<readonly KnownWorktree[]> {
  const found: KnownWorktree[] = [];
  for (const beside of await foldersIn(living)) {
    const repository = await repositoryAt(beside);
    if (repository === undefined) continue;
    for (const link of await foldersIn(join(repository.shared, "worktrees"))) {
      const dotGit = (await readShort(join(link, "gitdir")))?.trim() ?? "";
      const folder = dirname(resolve(link, dotGit));
      if (folder.startsWith(join(living, "/"))) found.push({ folder, root: repository.root });
    }
  }
  return found;
}
