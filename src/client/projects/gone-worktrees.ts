/**
 * Linked worktrees that were deleted. git keeps `<shared>/worktrees/<name>/gitdir`, the path of the worktree's `.git`, until it
 * prunes: a repository beside the folder that is gone still says that this was its own. Only the disk is asked, so that the
 * answer is the same whatever files are read together.
 */
import { basename, dirname, join, resolve } from "node:path";
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
      const folder = await worktreeOf(link, repository.shared);
      if (folder?.startsWith(join(living, "/")) === true) found.push({ folder, root: repository.root });
    }
  }
  return found;
}

/** What git writes into a linked worktree's git folder; one that lacks any of it was not made by git. */
const HEAD = /^(?:ref: \S.*|[0-9a-f]{40}|[0-9a-f]{64})$/;

/** The folder of the worktree whose git folder it is; `undefined` when it is none of that repository. */
async function worktreeOf(link: string, shared: string): Promise<string | undefined> {
  const names = ["HEAD", "commondir", "gitdir"];
  const texts = await Promise.all(names.map((name) => readShort(join(link, name))));
  const [head = "", common = "", back = ""] = texts.map((text) => text?.trim());
  const isGits = HEAD.test(head) && common !== "" && resolve(link, common) === shared;
  return isGits && basename(back) === ".git" ? dirname(resolve(link, back)) : undefined;
}
