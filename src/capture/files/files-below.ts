/** Goes through folders for an import, along symbolic links, also those that lead out of it, each folder once. */
import { lstat, opendir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";

const MAX_FOLDER_DEPTH = 16;
const PASSED_OVER = new Set(["node_modules"]);

export interface Reached {
  readonly path: string;
  /** The same file by every path. */
  readonly real: string;
  /** It does not lie in the folder that was given: a symbolic link leads to it. */
  readonly isOutside?: boolean;
}

/** The file itself, or what lies below a folder and may be in such a format. @throws what the file system does */
export async function filesBehind(
  path: string,
  isOfFormat: (name: string) => boolean,
): Promise<{ isFolder: boolean; files: readonly Reached[] }> {
  const found = await stat(path);
  // What has no path, such as a pipe, is itself.
  const real = await realpath(path).catch(() => path);
  if (!found.isDirectory()) return { isFolder: false, files: [{ path, real }] };
  const files: Reached[] = [];
  await goThrough({ path, real }, MAX_FOLDER_DEPTH, isOfFormat, new Set(), files);
  const within = join(real, "/");
  return {
    isFolder: true,
    files: files.map((file) => ({ ...file, isOutside: !file.real.startsWith(within) })),
  };
}

/** @param walked - real paths of the folders that were gone through, this one among them afterwards */
async function goThrough(
  folder: Reached,
  depth: number,
  isOfFormat: (name: string) => boolean,
  walked: Set<string>,
  files: Reached[],
): Promise<void> {
  walked.add(folder.real);
  const names: string[] = [];
  for await (const { name } of await opendir(folder.path)) names.push(name);
  for (const name of names.toSorted()) {
    if (name.startsWith(".") || PASSED_OVER.has(name)) continue;
    const entry = await reach(join(folder.path, name), join(folder.real, name));
    if (entry === undefined) continue;
    if (entry.kind === "file") {
      // A link is called as somebody likes: what it leads to must be such a file, too.
      if (isOfFormat(name) && isOfFormat(entry.real)) files.push(entry);
    } else if (depth > 1 && !walked.has(entry.real) && !folder.real.startsWith(join(entry.real, "/"))) {
      await goThrough(entry, depth - 1, isOfFormat, walked, files);
    }
  }
}

/** `undefined`: neither file nor folder, or a link to nothing. */
async function reach(
  path: string,
  real: string,
): Promise<(Reached & { readonly kind: "file" | "folder" }) | undefined> {
  const entry = await lstat(path);
  const behind = entry.isSymbolicLink() ? await linkEnd(path) : { real, found: entry };
  if (behind?.found.isDirectory() === true) return { path, real: behind.real, kind: "folder" };
  return behind?.found.isFile() === true ? { path, real: behind.real, kind: "file" } : undefined;
}

async function linkEnd(path: string) {
  try {
    return { real: await realpath(path), found: await stat(path) };
  } catch {
    return undefined;
  }
}
