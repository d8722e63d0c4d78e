/** Sets what is in a vault's folder aside, whole, so that a new vault can be made in its place. Nothing is removed. */
import { mkdir, readdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { hasCode, KeepsakeError } from "../../base/errors.ts";
import { systemErrorCode } from "../../base/logger.ts";
import { refusalError, syncDirectory } from "../../platform/private-files.ts";

/**
 * Stay where they are: the configuration, which on macOS lies in the vault's folder, the locks of the daemon that runs, and
 * what sync tools mark a folder by.
 */
const STAYS = /^(config$|locks$|\.)/;

/**
 * @param now - milliseconds since the epoch
 * @returns the folder, 0700, beside the vault's, that holds everything from then on
 * @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED; what was moved by then is in that folder, the rest where it was
 */
export async function setAside(vaultFolder: string, now: number): Promise<string> {
  const stamp = new Date(now).toISOString().slice(0, 19).replaceAll(":", "-");
  const folder = await makeFolder(`${vaultFolder}-set-aside-${stamp}`);
  try {
    await syncDirectory(dirname(folder));
    for (const name of await readdir(vaultFolder)) {
      if (!STAYS.test(name)) await rename(join(vaultFolder, name), join(folder, name));
    }
    await syncDirectory(folder);
    await syncDirectory(vaultFolder);
  } catch (cause) {
    throw new KeepsakeError("WRITE_FAILED", `${vaultFolder} could not be moved to ${folder}`, {
      hint: "look into both folders; nothing was removed",
      cause,
    });
  }
  return folder;
}

async function makeFolder(wanted: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const folder = number === 1 ? wanted : `${wanted}.${number}`;
    try {
      await mkdir(folder, { mode: 0o700 });
      return folder;
    } catch (error) {
      if (systemErrorCode(error) !== "EEXIST") throw refusalError(error, folder);
    }
  }
}

/** For a new vault that was not made: the old one is where it was put. */
export function setAsideInVainError(error: unknown, folder: string): unknown {
  if (!hasCode(error)) return error;
  const hint = `what was there is in ${folder}; "keepsake init" tries again`;
  return new KeepsakeError(error.code, error.message, { hint, cause: error });
}
