/**
 * Looks for what keeps a daemon from starting or an engine from opening the vault: a folder or file of keepsake's own that is
 * not private. The daemon refuses it as well, but whoever started it cannot hear that. Nothing is opened or changed.
 */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "../base/errors.ts";
import type { KeepsakeError } from "../base/errors.ts";
import { systemErrorCode } from "../base/logger.ts";
import type { Places } from "./places.ts";
import { checkPrivateDirectory, checkPrivateFile } from "./private-files.ts";

/** The first that is found, as the UNSAFE_PATH that names it; what is not there yet is no danger. */
export async function findUnsafePlace(places: Places): Promise<KeepsakeError | undefined> {
  const { vault, state, run, config, clients, log } = places;
  try {
    for (const folder of [vault, state, run, config, clients]) {
      if ((await found(folder)) !== undefined) await checkPrivateDirectory(folder);
    }
    for (const path of [log, ...(await entriesOf(vault)), ...(await entriesOf(config))]) {
      const file = await found(path);
      if (file !== undefined && !file.isDirectory()) checkPrivateFile(file, path);
    }
    return undefined;
  } catch (error) {
    if (hasCode(error, "UNSAFE_PATH")) return error;
    throw error;
  }
}

async function found(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).map((name) => join(folder, name));
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return [];
  }
}
