/**
 * Files of hosts: the person's own, of any mode, perhaps behind links. They are read whole and replaced whole, in the folder that they
 * really lie in, with the mode and the owner they had; a link stays a link.
 */
import type { Stats } from "node:fs";
import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { access, lstat, mkdir, readFile, realpath, rename, rmdir, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { attempt } from "../base/attempt.ts";
import { utf8 } from "../base/bytes.ts";
import { KeepsakeError } from "../base/errors.ts";
import { systemErrorCode } from "../base/logger.ts";
import { refusalError, syncDirectory } from "../platform/private-files.ts";
import { takePlace, writeTemporary } from "../platform/temporary-file.ts";
import { badFileError } from "./documents/host-document.ts";

const MAX_HOST_FILE_BYTES = 4 << 20;
const NEW_FOLDER_MODE = 0o700;
const MODE_BITS = 0o7777;

export interface HostFile {
  /** Where it really is. */
  readonly target: string;
  /** undefined: it is not there. */
  readonly text: string | undefined;
}

/** @throws INVALID_CONFIG for what is no text or too long, UNSAFE_PATH for what is no file */
export async function readHostFile(path: string): Promise<HostFile> {
  const found = await foundAt(path);
  if (found === undefined) return { target: path, text: undefined };
  const target = await realpath(path).catch((error: unknown) => {
    if (!found.isSymbolicLink() || systemErrorCode(error) !== "ENOENT") throw refusalError(error, path);
    throw unfitError(path, "is a link that leads nowhere", "remove the link, or make the file it leads to");
  });
  const { isFolder, isFile, size, nlink } = await kindOf(target);
  if (isFolder) throw unfitError(path, "is a folder, where a file belongs", "move the folder away");
  if (!isFile) throw unfitError(path, "is no file that holds text", "move it away");
  if (nlink !== 1) {
    const mend = "a copy in its place has one name: cp it beside itself, then mv the copy over it";
    throw unfitError(path, "has more than one name (a hard link)", mend);
  }
  if (size > MAX_HOST_FILE_BYTES) throw badFileError(path, `is over ${MAX_HOST_FILE_BYTES >> 20} MiB`);
  const bytes = await readFile(target).catch((error: unknown) => {
    throw refusalError(error, path);
  });
  const text = attempt(() => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  if (text === undefined) throw badFileError(path, "is not text in UTF-8");
  return { target, text };
}

function unfitError(path: string, what: string, mend: string): KeepsakeError {
  return new KeepsakeError("UNSAFE_PATH", `${path} ${what}`, {
    hint: `nothing was changed; ${mend}, then run this again`,
  });
}

/** SHA-256 of a text's bytes, in hexadecimal. */
export async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", utf8(text).slice());
  return Buffer.from(digest).toString("hex");
}

/** The folders above a path that are not there, the outermost first. @throws UNSAFE_PATH when they cannot be made, or the file not be written */
export async function missingFolders(path: string): Promise<readonly string[]> {
  const missing: string[] = [];
  let folder = dirname(path);
  while ((await foundAt(folder)) === undefined) {
    missing.unshift(folder);
    folder = dirname(folder);
  }
  try {
    if (!(await stat(folder)).isDirectory()) throw Object.assign(new Error("no folder"), { code: "ENOTDIR" });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw refusalError(error, folder);
  }
  return missing;
}

/** @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED */
export async function makeFolders(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    try {
      await mkdir(folder, { mode: NEW_FOLDER_MODE });
    } catch (error) {
      if (systemErrorCode(error) !== "EEXIST") throw refusalError(error, folder);
    }
  }
}

/** Those that hold nothing else. */
export async function removeFolders(folders: readonly string[]): Promise<void> {
  for (const folder of folders.toReversed()) await rmdir(folder).catch(() => undefined);
}

/**
 * Puts a text in the place of a file, or makes it: afterwards it is the old one or the new one, never a mixture.
 *
 * @param target - where the file really is; its folder is there
 * @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED
 */
export async function replaceHostFile(target: string, text: string): Promise<void> {
  const former = await foundAt(target);
  try {
    const temporary = await writeTemporary(target, utf8(text), {
      dress: async (file) => (former === undefined ? undefined : dressAs(file, former)),
    });
    await takePlace(temporary, target);
    await syncDirectory(dirname(target));
  } catch (error) {
    throw refusalError(error, target);
  }
}

/** @throws UNSAFE_PATH, WRITE_FAILED */
export async function removeHostFile(target: string): Promise<void> {
  await unlink(target).catch((error: unknown) => {
    if (systemErrorCode(error) !== "ENOENT") throw refusalError(error, target);
  });
}

/** Sets a file aside under a name of its own beside it. @returns that name */
export async function setHostFileAside(target: string): Promise<string> {
  for (let count = 0; ; count += 1) {
    const aside = `${target}.changed${count === 0 ? "" : `-${count}`}`;
    if ((await foundAt(aside)) !== undefined) continue;
    await rename(target, aside).catch((error: unknown) => {
      throw refusalError(error, target);
    });
    return aside;
  }
}

async function dressAs(file: FileHandle, { uid, gid, mode }: Stats): Promise<void> {
  const own = await file.stat();
  if (own.uid !== uid || own.gid !== gid) await file.chown(uid, gid);
  await file.chmod(mode & MODE_BITS);
}

async function kindOf(target: string) {
  const found = await stat(target).catch((error: unknown) => {
    throw refusalError(error, target);
  });
  return { isFolder: found.isDirectory(), isFile: found.isFile(), size: found.size, nlink: found.nlink };
}

/** A link is there, wherever it leads. @throws UNSAFE_PATH */
async function foundAt(path: string): Promise<Stats | undefined> {
  return lstat(path).catch((error: unknown) => {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw refusalError(error, path);
  });
}
