/**
 * Files and folders that belong to this user alone. keepsake makes folders 0700 and files 0600, looks at what it finds
 * with `lstat` (never through a symbolic link) and refuses what is not private: it never repairs a mode or an owner,
 * because a loose one says that something else was there.
 *
 * Only keepsake's own folders are checked for owner and mode. Folders above them must merely not let everybody rename
 * what is inside: world-writable without the sticky bit is refused. Their owner is not looked at, since inside a user
 * namespace (systemd's `PrivateUsers=`) root's folders show the overflow id 65534.
 *
 * Replacing is atomic and durable: temporary 0600 `O_EXCL` in the same folder → fsync → rename → fsync of the folder.
 */
import type { Stats } from "node:fs";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { lstat, mkdir, open, readdir, realpath, stat, unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { KeepsakeError } from "../base/errors.ts";
import { systemErrorCode } from "../base/logger.ts";
import type { PrivateFiles } from "./private-file-access.ts";
import { takePlace, TEMPORARY_NAME, writeTemporary } from "./temporary-file.ts";

const BEYOND_OWNER_READ_WRITE = 0o7177;
const GROUP_OR_OTHER = 0o077;
/** What the system's code means here, where it does not speak for itself. */
const REASONS: Readonly<Record<string, string>> = {
  ELOOP: "it is a symbolic link, or links on the way lead in a circle",
  ENOTDIR: "something on the way is not a folder",
  ENAMETOOLONG: "a name may have 255 bytes and the whole 4,095",
};
const IN_THE_WAY = "ENOTDIR EEXIST ELOOP ENAMETOOLONG EACCES EPERM ENOENT ENXIO EISDIR".split(" ");

/**
 * Makes a folder (and missing ones above it) 0700, or checks the one that is there.
 *
 * @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED
 */
export async function ensurePrivateDirectory(path: string): Promise<void> {
  const folder = resolve(path);
  try {
    for (const missing of await missingFolders(folder)) {
      await makeFolder(missing);
      await syncDirectory(dirname(missing));
    }
  } catch (error) {
    throw error instanceof KeepsakeError ? error : refusalError(error, folder);
  }
  await checkPrivateDirectory(folder);
}

/**
 * Checks that a folder is a real one, ours, closed to everybody else, and that nobody may rename it from above.
 *
 * @throws UNSAFE_PATH, also when it is not there
 */
export async function checkPrivateDirectory(path: string): Promise<void> {
  const folder = resolve(path);
  const found = await lstat(folder).catch((error: unknown) => {
    throw refusalError(error, folder);
  });
  if (!found.isDirectory()) throw unsafeError(folder, "is not a folder");
  if (found.uid !== ownUid()) throw unsafeError(folder, "belongs to another user");
  if ((found.mode & GROUP_OR_OTHER) !== 0)
    throw unsafeError(folder, "is open to other users (want mode 0700)");
  await checkParents(folder);
}

/**
 * The bytes of a private file, `undefined` when there is none.
 *
 * @throws UNSAFE_PATH when it is not a regular file of ours, 0600, with one link, or is longer than `limitBytes`
 */
export async function readPrivateFile(path: string, limitBytes: number): Promise<Uint8Array | undefined> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  let file: number;
  try {
    file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw refusalError(error, path);
  }
  try {
    checkPrivateFile(fstatSync(file), path);
    return readWhole(file, limitBytes, path);
  } finally {
    closeSync(file);
  }
}

/**
 * Puts `bytes` in the place of a private file, whether it is there or not: after a crash the file is the old or the new
 * one, never a mixture. Its folder must exist and is the caller's to check.
 *
 * @throws UNSAFE_PATH when something else than a private file is there, DISK_FULL, WRITE_FAILED
 */
export async function replacePrivateFile(path: string, bytes: Uint8Array): Promise<void> {
  await checkReplaceable(path);
  try {
    await takePlace(await writeTemporary(path, bytes), path);
  } catch (error) {
    throw writeFailureError(error, path);
  }
  await syncDirectory(dirname(path)).catch((error: unknown) => {
    throw writeFailureError(error, path);
  });
}

/** The real ones. */
export const privateFiles: PrivateFiles = { read: readPrivateFile, replace: replacePrivateFile };

/**
 * Removes a private file for good.
 *
 * @returns false when there was none
 * @throws UNSAFE_PATH when something else is there, WRITE_FAILED
 */
export async function removePrivateFile(path: string): Promise<boolean> {
  if (!(await checkReplaceable(path))) return false;
  try {
    await unlink(path);
    await syncDirectory(dirname(path));
  } catch (error) {
    throw writeFailureError(error, path);
  }
  return true;
}

/** Removes temporaries that a crash in `replacePrivateFile` left. Only while no other process writes in the folder. */
export async function removeTemporaries(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => TEMPORARY_NAME.test(each))) await unlink(join(folder, name));
}

/** Makes renames and removals in a folder durable. */
export async function syncDirectory(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** @throws UNSAFE_PATH when `found` is not a regular file of ours, 0600 at most, with one link at most */
export function checkPrivateFile(found: Stats, path: string): void {
  if (!found.isFile()) throw unsafeError(path, "is not a regular file");
  if (found.uid !== ownUid()) throw unsafeError(path, "belongs to another user");
  if ((found.mode & BEYOND_OWNER_READ_WRITE) !== 0) {
    throw unsafeError(path, "is open to other users (want mode 0600)");
  }
  // One that was replaced since it was opened has none any more.
  if (found.nlink > 1) throw unsafeError(path, "has more than one name (a hard link)");
}

/** @returns whether a private file is there */
async function checkReplaceable(path: string): Promise<boolean> {
  try {
    checkPrivateFile(await lstat(path), path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return false;
    throw error instanceof KeepsakeError ? error : refusalError(error, path);
  }
}

/** Those not there, the outermost first: Node's `recursive` never ends where none can be made (`/proc`), nor lets the process end. */
async function missingFolders(folder: string): Promise<readonly string[]> {
  const missing: string[] = [];
  const isThere = (path: string) => stat(path).then(Boolean, () => path === dirname(path));
  for (let at = folder; !(await isThere(at)); at = dirname(at)) missing.unshift(at);
  return missing;
}

/** In one that is there. What somebody else made meanwhile is not looked at here. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (systemErrorCode(error) === "EEXIST") return;
    if (systemErrorCode(error) !== "ENOENT") throw error;
    throw unsafeError(folder, "cannot be used (ENOENT: no folder can be made there)", error);
  }
}

async function checkParents(folder: string): Promise<void> {
  let above = await realpath(dirname(folder));
  for (;;) {
    const { mode } = await stat(above);
    const isWorldWritable = (mode & 0o002) !== 0;
    const isSticky = (mode & 0o1000) !== 0;
    if (isWorldWritable && !isSticky) throw unsafeError(above, "lets every user rename what is inside it");
    if (above === dirname(above)) return;
    above = dirname(above);
  }
}

function readWhole(file: number, limitBytes: number, path: string): Uint8Array {
  const bytes = new Uint8Array(limitBytes + 1);
  let length = 0;
  for (;;) {
    const bytesRead = readSync(file, bytes, length, bytes.length - length, null);
    length += bytesRead;
    if (length > limitBytes) throw unsafeError(path, `is over ${limitBytes} bytes`);
    if (bytesRead === 0) break;
  }
  const content = bytes.slice(0, length);
  bytes.fill(0);
  return content;
}

function ownUid(): number | undefined {
  return process.getuid?.();
}

function unsafeError(path: string, what: string, cause?: unknown): KeepsakeError {
  return new KeepsakeError("UNSAFE_PATH", `${path} ${what}`, { cause });
}

/** What stands in the way of a path is unsafe; a disk that refuses is a failed write. */
export function refusalError(cause: unknown, path: string): KeepsakeError {
  const errno = systemErrorCode(cause);
  if (errno !== undefined && IN_THE_WAY.includes(errno)) {
    const reason = REASONS[errno];
    const told = reason === undefined ? errno : `${errno}: ${reason}`;
    return new KeepsakeError("UNSAFE_PATH", `${path} cannot be used (${told})`, { cause });
  }
  return writeFailureError(cause, path);
}

function writeFailureError(cause: unknown, path: string): KeepsakeError {
  const errno = systemErrorCode(cause);
  const isFull = errno === "ENOSPC" || errno === "EDQUOT";
  const message = `${path} could not be written (${errno ?? "unknown reason"})`;
  return new KeepsakeError(isFull ? "DISK_FULL" : "WRITE_FAILED", message, {
    ...(errno === "EROFS" && { hint: "its disk is mounted to be read only; make it writable, then retry" }),
    cause,
  });
}
