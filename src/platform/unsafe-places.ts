/**
 * Looks for what keeps a daemon from starting, an engine from opening the vault or a client from the socket: a folder or file of
 * keepsake's own that is not private, or a path that leads nowhere. The daemon refuses it as well, but whoever started it
 * cannot hear that.
 */
import { constants } from "node:fs";
import { access, lstat, readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { KeepsakeError, hasCode } from "../base/errors.ts";
import { systemErrorCode } from "../base/logger.ts";
import { isVaultPart } from "./part-names.ts";
import type { Places } from "./places.ts";
import {
  checkPrivateDirectory,
  checkPrivateFile,
  ensurePrivateDirectory,
  refusalError,
} from "./private-files.ts";

/** What connecting to a socket fails with when its path is at fault, and not the one who should listen there. */
const PATH_FAULTS: ReadonlySet<string> = new Set(["ELOOP", "ENOTDIR", "ENAMETOOLONG", "EACCES"]);

/** Makes the folders a daemon works in, or checks those that are there. @throws what `ensurePrivateDirectory` throws */
export async function ensureOwnFolders({ vault, state, run, config, clients }: Places): Promise<void> {
  for (const folder of [vault, state, run, config, clients]) await ensurePrivateDirectory(folder);
}

/** Why a daemon that was started and has failed could not make its folders: some places tell only when it is tried. */
export async function findUnmadePlace(places: Places): Promise<KeepsakeError | undefined> {
  try {
    await ensureOwnFolders(places);
    return undefined;
  } catch (error) {
    if (hasCode(error)) return withSetting(error, places);
    throw error;
  }
}

/** The first that is found, as the UNSAFE_PATH that names it; what is not there yet is no danger. Nothing is opened or changed. */
export async function findUnsafePlace(places: Places): Promise<KeepsakeError | undefined> {
  const { vault, state, run, config, clients, log, inboxToken } = places;
  try {
    for (const folder of [vault, state, run, config, clients, dirname(inboxToken)]) {
      if ((await found(folder)) === undefined) await checkCanBeMade(folder);
      else await checkPrivateDirectory(folder);
    }
    for (const path of [log, inboxToken, join(config, "config.json"), ...(await partsOf(vault))]) {
      const file = await found(path);
      if (file !== undefined && !file.isDirectory()) checkPrivateFile(file, path);
    }
    if ((await found(places.socket))?.isSocket() === false) {
      throw new KeepsakeError("UNSAFE_PATH", `${places.socket} is not a socket`);
    }
    return undefined;
  } catch (error) {
    if (hasCode(error, "UNSAFE_PATH")) return withSetting(error, places);
    throw error;
  }
}

/** Why nobody can be reached at the socket's path, when it is the path's fault. @param cause - what connecting failed with */
export async function findPathFault(places: Places, cause: unknown): Promise<KeepsakeError | undefined> {
  if (!PATH_FAULTS.has(systemErrorCode(cause) ?? "")) return undefined;
  return (await findUnsafePlace(places)) ?? withSetting(refusalError(cause, places.socket), places);
}

/** A path that cannot be followed is mended where it was set. */
function withSetting(error: KeepsakeError, { setBy = {} }: Places): KeepsakeError {
  const { code, message, cause } = error;
  if (systemErrorCode(cause) === undefined) return error;
  const [path = ""] = message.split(" cannot be used");
  const names = Object.entries(setBy).filter(([, set]) => path.startsWith(set) || set.startsWith(path));
  if (names.length === 0) return error;
  const named = names.map(([name]) => name).join(" and ");
  const hint = `look at ${named}, which must lead to a folder of yours or to where one can be made`;
  return new KeepsakeError(code, message, { hint, cause });
}

async function found(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    const refused = refusalError(error, path);
    if (systemErrorCode(error) === "ENOENT" || refused.code !== "UNSAFE_PATH") return undefined;
    throw refused;
  }
}

/** @throws UNSAFE_PATH when what is above a missing folder is a link to nothing or cannot be written to */
async function checkCanBeMade(folder: string): Promise<void> {
  let above = dirname(folder);
  while ((await found(above)) === undefined) above = dirname(above);
  try {
    await stat(above);
    await access(above, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw refusalError(cause, above);
  }
}

/** What sync tools and file managers put beside them is none of ours. */
async function partsOf(vault: string): Promise<readonly string[]> {
  try {
    return (await readdir(vault)).filter((name) => isVaultPart(name)).map((name) => join(vault, name));
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return [];
  }
}
