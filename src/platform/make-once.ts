/**
 * Makes a private file where there is none, for several processes at once: one of them makes it, and it is whole from the moment
 * it has its name. It gets that as a second one, beside the name it was written under, which goes at once; whoever finds both,
 * since the maker was slow or ended, takes the first away.
 */
import { link, lstat, readdir, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { KeepsakeError } from "../base/errors.ts";
import { systemErrorCode } from "../base/logger.ts";
import { refusalError, replacePrivateFile, syncDirectory } from "./private-files.ts";
import { isTemporaryOf, writeTemporary } from "./temporary-file.ts";

/** Of file systems that give a file one name alone. */
const NO_SECOND_NAME: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

/**
 * Where a file is there already it stays. Where the file system gives a file one name alone, the last of several makers counts.
 *
 * @param path - in a folder that exists and that the caller has checked
 * @returns whether this call made it
 * @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED
 */
export async function makeOnce(path: string, bytes: Uint8Array): Promise<boolean> {
  let temporary: string | undefined;
  let isMade = true;
  try {
    temporary = await writeTemporary(path, bytes);
    await link(temporary, path);
  } catch (error) {
    const code = systemErrorCode(error) ?? "";
    if (NO_SECOND_NAME.has(code)) await replacePrivateFile(path, bytes);
    else if (code === "EEXIST") isMade = false;
    else throw error instanceof KeepsakeError ? error : refusalError(error, path);
  } finally {
    if (temporary !== undefined) await unlink(temporary).catch(() => undefined);
  }
  await syncDirectory(dirname(path));
  return isMade;
}

/** Takes away the name that a file was made under, if it still has that beside its own. @throws the system's error */
export async function dropFirstName(path: string): Promise<void> {
  const { ino, dev } = await lstat(path);
  for (const name of await readdir(dirname(path))) {
    if (!isTemporaryOf(path, name)) continue;
    const other = join(dirname(path), name);
    const found = await lstat(other).catch(() => undefined);
    if (found?.ino === ino && found.dev === dev) await unlink(other).catch(() => undefined);
  }
}
