/** The files that the paths of a command line mean: each file itself, and of a folder every transcript and note below it. */
import { lstat, opendir, open, stat } from "node:fs/promises";
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
 * In the order given, files of a folder by name. Symbolic links inside folders are not followed.
 *
 * @param as - the format of every file, whatever it looks like; a folder's files only where their names fit it
 * @param onEmpty - told of a folder without any; it is an error where nobody is
 * @throws INVALID_INPUT for a path that is not there, not readable or neither file nor folder; it is named by its place in
 * the list, since a file's name may itself say too much
 */
export async function findFiles(
  paths: readonly string[],
  as?: ImportFormat,
  onEmpty: (error: KeepsakeError) => void = raise,
): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = [];
  for (const [index, path] of paths.entries()) {
    const place = `file ${index + 1} of ${paths.length}`;
    const { isFolder, files } = await naming(place, filesBehind(path, as));
    for (const file of files) found.push(await naming(place, look(file, as)));
    if (isFolder && files.length === 0) onEmpty(emptyError(place, as));
  }
  return found;
}

function raise(error: KeepsakeError): never {
  throw error;
}

function emptyError(place: string, as: ImportFormat | undefined): KeepsakeError {
  const suffixes = new Set(rowsOf(as).map(({ suffixes: [first] }) => first));
  return new KeepsakeError("INVALID_INPUT", `${place} holds no ${[...suffixes].join(" or ")} file`, {
    hint: "name the files themselves",
  });
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

async function filesBehind(
  path: string,
  as: ImportFormat | undefined,
): Promise<{ isFolder: boolean; files: readonly string[] }> {
  const found = await stat(path);
  return found.isDirectory()
    ? { isFolder: true, files: await filesBelow(path, MAX_FOLDER_DEPTH, as) }
    : { isFolder: false, files: [path] };
}

async function filesBelow(
  folder: string,
  depth: number,
  as: ImportFormat | undefined,
): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of await opendir(folder)) names.push(name);
  const files: string[] = [];
  for (const name of names.toSorted()) {
    if (name.startsWith(".") || PASSED_OVER.has(name)) continue;
    const path = join(folder, name);
    const found = await lstat(path);
    if (found.isDirectory() && depth > 1) files.push(...(await filesBelow(path, depth - 1, as)));
    else if (found.isFile() && rowsOf(as).some((row) => hasSuffix(name, row))) files.push(path);
  }
  return files;
}

function rowsOf(as: ImportFormat | undefined) {
  return FORMATS.filter(({ name }) => as === undefined || name === as);
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
