/**
 * Makes a private file where there is none, for several processes at once: one of them makes it, and it is whole from the moment
 * it has its name. It gets that as a second one, beside the name it was written under, which goes at once; whoever finds both,
 * since the maker was slow or ended, takes the first away.
 */
import { constants } from "node:fs";
import { link, lstat, open, readdir, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { KeepsakeError } from "../base/errors.ts";
import { systemErrorCode } from "../base/logger.ts";
import { refusalError, replacePrivateFile, syncDirectory } from "./private-files.ts";

/** Of file systems that give a file one name alone. */
const NO_SECOND_NAME: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);
const RANDOM_BYTES = 8;

/**
 * Where a file is there already it stays. Where the file system gives a file one name alone, the last of several makers counts.
 *
 * @param path - in a folder that exists and that the caller has checked
 * @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED
 */
export async function makeOnce(path: string, bytes: Uint8Array): Promise<void> {
  const random = Buffer.from(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES))).toString("hex");
  const temporary = join(dirname(path), `.${basename(path)}.${random}.tmp`);
  try {
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const file = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(temporary, path);
  } catch (error) {
    const code = systemErrorCode(error) ?? "";
    if (NO_SECOND_NAME.has(code)) await replacePrivateFile(path, bytes);
    else if (code !== "EEXIST") throw error instanceof KeepsakeError ? error : refusalError(error, path);
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
  await syncDirectory(dirname(path));
}

/** Takes away the name that a file was made under, if it still has that beside its own. @throws the system's error */
export async function dropFirstName(path: string): Promise<void> {
  const { ino, dev } = await lstat(path);
  const isTemporary = new RegExp(
    String.raw`^\.${basename(path).replaceAll(".", String.raw`\.`)}\.[0-9a-f]{16}\.tmp$`,
  );
  for (const name of await readdir(dirname(path))) {
    if (!isTemporary.test(name)) continue;
    const other = join(dirname(path), name);
    const found = await lstat(other).catch(() => undefined);
    if (found?.ino === ino && found.dev === dev) await unlink(other).catch(() => undefined);
  }
}
