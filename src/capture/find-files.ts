/** The files that the paths of a command line mean: each file itself, and of a folder every transcript and note below it. */
import { lstat, opendir, open, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { KeepsakeError } from "../base/errors.ts";
import { systemErrorCode } from "../base/logger.ts";
import { PEEK_BYTES, detectFormat, hasSuffix, isText, namedAs } from "./detect-format.ts";
import { FORMATS } from "./formats.ts";
import type { ImportFormat } from "./formats.ts";

export interface FoundFile {
  readonly path: string;
  /** Size when it was looked at; what is appended later is not read. */
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  /** `undefined`: in no format keepsake reads. */
  readonly format: ImportFormat | undefined;
}

const MAX_FOLDER_DEPTH = 16;
const PASSED_OVER = new Set(["node_modules"]);

/**
 * In the order given, files of a folder by name. Symbolic links are followed, but none to a folder it lies in; every folder is
 * gone through once and every file is there once, however many ways lead to it.
 *
 * @param as - the format of every file, whatever it looks like; a folder's files only where their names fit it
 * @throws INVALID_INPUT for a path that is not there, not readable or neither file nor folder; it is named by its place in
 * the list, since a file's name may itself say too much
 */
export async function findFiles(paths: readonly string[], as?: ImportFormat): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = [];
  const rows = FORMATS.filter(({ name }) => as === undefined || name === as);
  const isOfFormat = (name: string) => rows.some((row) => hasSuffix(name, row));
  const seen = new Set<string>();
  for (const [index, path] of paths.entries()) {
    const place = `file ${index + 1} of ${paths.length}`;
    const { isFolder, files } = await naming(place, filesBehind(path, isOfFormat));
    for (const { path: file, real } of files) {
      if (!seen.has(real)) found.push(await naming(place, look(file, as)));
      seen.add(real);
    }
    if (isFolder && files.length === 0)
      throw new KeepsakeError(
        "INVALID_INPUT",
        `${place} holds no ${[...new Set(rows.map(({ suffixes }) => suffixes[0]))].join(" or ")} file`,
        { hint: "name the files themselves" },
      );
  }
  return found;
}

/** @throws INVALID_INPUT with the place in front */
async function naming<R>(place: string, looking: Promise<R>): Promise<R> {
  try {
    return await looking;
  } catch (cause) {
    throw new KeepsakeError("INVALID_INPUT", `${place} ${reasonOf(cause)}`, {
      hint: "name files or folders that are there and that you may read",
      cause,
    });
  }
}

interface Reached {
  readonly path: string;
  /** The same file by every path. */
  readonly real: string;
}

async function filesBehind(
  path: string,
  isOfFormat: (name: string) => boolean,
): Promise<{ isFolder: boolean; files: readonly Reached[] }> {
  const found = await stat(path);
  // What has no path, such as a pipe, is itself.
  const real = await realpath(path).catch(() => path);
  if (!found.isDirectory()) return { isFolder: false, files: [{ path, real }] };
  const files: Reached[] = [];
  await goThrough({ path, real }, MAX_FOLDER_DEPTH, isOfFormat, new Set(), files);
  return { isFolder: true, files };
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

async function look(path: string, as: ImportFormat | undefined): Promise<FoundFile> {
  // Opening a pipe or a device could wait for ever.
  const found = await stat(path);
  if (!found.isFile()) throw new KeepsakeError("INVALID_INPUT", "is not a regular file");
  const file = await open(path, "r");
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(PEEK_BYTES, found.size)));
    const start = buffer.subarray(0, bytesRead);
    const isWhole = found.size <= PEEK_BYTES;
    const asGiven = isText(start, isWhole) ? as : undefined;
    const format = as === undefined ? detectFormat(start, isWhole, namedAs(path)) : asGiven;
    return { path, bytes: found.size, modified: found.mtimeMs, format };
  } finally {
    await file.close();
  }
}

function reasonOf(cause: unknown): string {
  if (cause instanceof KeepsakeError) return cause.message;
  switch (systemErrorCode(cause)) {
    case "ENOENT":
      return "does not exist";
    case "EACCES":
    case "EPERM":
      return "cannot be read: permission denied";
    case undefined:
      return "cannot be read";
    default:
      return `cannot be read: ${systemErrorCode(cause)}`;
  }
}
