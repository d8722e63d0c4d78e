/**
 * Which folders there would have to be. Node's own way to make them all (`recursive`) never ends in a file system that makes none,
 * such as `/proc`, and holds up the end of the process as well.
 */
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { systemErrorCode } from "../base/logger.ts";

/**
 * The folder and those above it, as far as they are not there, the outermost first.
 *
 * @param folder - absolute
 * @throws what the file system does, but for what is not there
 */
export async function missingFolders(folder: string): Promise<readonly string[]> {
  const missing: string[] = [];
  for (let at = folder; !(await isThere(at)); at = dirname(at)) missing.unshift(at);
  return missing;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return false;
    throw error;
  }
}
