/**
 * The one program that every host's registration names, `<config>/bin/keepsake`, 0700: a shell script with the Node.js, the program
 * and the places that set-up ran with. Its path never changes, so that hosts which ask for trust in a command ask once; and whatever
 * a host leaves out of its environment, or has there of its own, the same vault is found.
 */
import type { Stats } from "node:fs";
import { access, lstat, readFile, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { utf8 } from "../base/bytes.ts";
import { KeepsakeError } from "../base/errors.ts";
import { systemErrorCode } from "../base/logger.ts";
import type { Places } from "../platform/places.ts";
import {
  checkPrivateDirectory,
  ensurePrivateDirectory,
  refusalError,
  syncDirectory,
} from "../platform/private-files.ts";
import { takePlace, writeTemporary } from "../platform/temporary-file.ts";
import { shellWord } from "./text/shell-words.ts";

/** Variables that a place depends on; what set-up did not have is taken away from the host's. */
const PINNED = ["KEEPSAKE_HOME", "KEEPSAKE_SOCKET", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"];
const LAUNCHER_MODE = 0o700;
const NOT_OWNER_ALONE = 0o7077;
const OWNER_EXECUTES = 0o100;

/** What the launcher starts. */
export interface Programs {
  /** Absolute path of Node.js. */
  readonly node: string;
  /** `bin/keepsake.js` of the package. */
  readonly program: string;
}

/**
 * `outdated`: of another Node.js, keepsake or place. `edited`: of the same, and not as it was written. `broken`: what it leads to is gone.
 * `blocked`: it may not be executed.
 */
export type LauncherState = "absent" | "ready" | "outdated" | "edited" | "broken" | "blocked";

export function launcherPath({ config }: Pick<Places, "config">): string {
  return join(config, "bin", "keepsake");
}

export function launcherText({ node, program }: Programs, { setBy = {} }: Pick<Places, "setBy">): string {
  const pins = PINNED.map((name) => {
    const path = setBy[name];
    return path === undefined ? `unset ${name}` : `export ${name}=${shellWord(path)}`;
  });
  return `#!/bin/sh
# Written by "keepsake setup"; the hosts that are set up start keepsake by it.
node=${shellWord(node)}
program=${shellWord(program)}
${pins.join("\n")}
if [ ! -x "$node" ] || [ ! -f "$program" ]; then
  echo 'keepsake: error: the Node.js or the keepsake that set-up ran with is no longer there' >&2
  echo 'keepsake: hint: run "keepsake setup HOST" again in a terminal, with the host that this is for' >&2
  [ "$1" = hook ] && exit 0
  exit 1
fi
exec "$node" "$program" "$@"
`;
}

/** @throws UNSAFE_PATH when something is there that is not private */
export async function launcherState(places: Places, programs: Programs): Promise<LauncherState> {
  const path = launcherPath(places);
  const found = await ownLauncher(path);
  if (found === undefined) return "absent";
  const [text, wanted] = [await readFile(path, "utf8"), launcherText(programs, places)];
  if (text !== wanted) return pinsOf(text) === pinsOf(wanted) ? "edited" : "outdated";
  if ((found.mode & OWNER_EXECUTES) === 0) return "blocked";
  return (await isThere(programs.node)) && (await isThere(programs.program)) ? "ready" : "broken";
}

/** Writes it unless it is as it should be. @returns its path. @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED */
export async function ensureLauncher(places: Places, programs: Programs): Promise<string> {
  const path = launcherPath(places);
  const folder = dirname(path);
  await ensurePrivateDirectory(places.config);
  await ensurePrivateDirectory(folder);
  if ((await launcherState(places, programs)) === "ready") return path;
  try {
    const bytes = utf8(launcherText(programs, places));
    await takePlace(await writeTemporary(path, bytes, { mode: LAUNCHER_MODE }), path);
    await syncDirectory(folder);
  } catch (error) {
    throw refusalError(error, path);
  }
  return path;
}

/** Removes it, when it is there. */
export async function removeLauncher(places: Places): Promise<void> {
  const path = launcherPath(places);
  if ((await ownLauncher(path)) === undefined) return;
  await unlink(path);
}

/** The lines that say what it starts, and with which places. */
function pinsOf(text: string): string {
  return text
    .split("\n")
    .filter((line) => /^(?:node|program)=|^(?:export|unset) /.test(line))
    .join("\n");
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** @throws UNSAFE_PATH when it is not private, or its folder is not */
async function ownLauncher(path: string): Promise<Stats | undefined> {
  const found = await lstat(path).catch((error: unknown) => {
    if (systemErrorCode(error) === "ENOENT" || systemErrorCode(error) === "ENOTDIR") return undefined;
    throw refusalError(error, path);
  });
  if (found === undefined) return undefined;
  await checkPrivateDirectory(dirname(path));
  const isPrivate = found.isFile() && found.nlink === 1 && (found.mode & NOT_OWNER_ALONE) === 0;
  if (!isPrivate || found.uid !== process.getuid?.()) {
    throw new KeepsakeError("UNSAFE_PATH", `${path} is not a program of this user alone (want mode 0700)`);
  }
  return found;
}
