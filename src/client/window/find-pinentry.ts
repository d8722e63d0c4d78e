/**
 * The pinentry program of this machine: the small dialog of GnuPG, in any of its usual names. It gets the passphrase, so it is
 * looked for in a PATH of the person's own terminal alone, and what a repository may have put there is passed over.
 */
import { constants } from "node:fs";
import type { Stats } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join, sep } from "node:path";
import { KeepsakeError } from "../../base/errors.ts";
import type { Settings } from "../../platform/configuration.ts";

const PROGRAMS = [
  "pinentry",
  "pinentry-mac",
  "pinentry-gnome3",
  "pinentry-qt",
  "pinentry-gtk-2",
  "pinentry-curses",
];
/** Homebrew's folder is a work tree of git itself. */
const NO_PROJECT = "/opt/homebrew/";
const GROUP_WRITABLE = 0o020;
const OTHERS_WRITABLE = 0o002;
const STICKY = 0o1000;
/** Of macOS: those who may become root. */
const ADMIN_GROUP = 80;

/** What gives a machine one. */
export const INSTALL_PINENTRY =
  "install pinentry-gnome3, pinentry-qt or pinentry-curses (macOS: pinentry-mac)";
/** What makes it the one that asks. */
export const CHOOSE_PINENTRY = '"keepsake config set unlock.ask pinentry" looks for one again';

/** @param folder - the working folder, which may be a project's. @returns its absolute path */
export async function findPinentry(path: string, folder: string): Promise<string | undefined> {
  const folders = path.split(delimiter).filter(isAbsolute);
  for (const program of PROGRAMS) {
    for (const candidate of folders.map((each) => join(each, program))) {
      if ((await isSafeProgram(candidate)) && !(await isOfProject(candidate, folder))) return candidate;
    }
  }
  return undefined;
}

/** The program that was chosen with the setting; where none was, what a terminal's PATH has. @throws NO_INPUT */
export async function pinentryFor({ unlock }: Settings, path: string, folder: string): Promise<string> {
  const chosen = unlock?.pinentry;
  if (chosen !== undefined) {
    if (await isSafeProgram(chosen)) return chosen;
    throw new KeepsakeError("NO_INPUT", `${chosen} is no program that only you and the system can change`, {
      hint: CHOOSE_PINENTRY,
    });
  }
  const found = await findPinentry(path, folder);
  if (found !== undefined) return found;
  throw new KeepsakeError("NO_INPUT", "no pinentry program was found in PATH", { hint: INSTALL_PINENTRY });
}

/** Whether it is a program, and nobody but the person and the system can put another one in its place. */
export async function isSafeProgram(program: string): Promise<boolean> {
  try {
    const real = await realpath(program);
    const file = await stat(real);
    await access(real, constants.X_OK);
    if (!file.isFile() || !isKept(file)) return false;
    for (const folder of [...foldersAbove(program), ...foldersAbove(real)]) {
      if (!isKept(await stat(folder))) return false;
    }
    return true;
  } catch {
    return false;
  }
}

/** A folder that all may write to is kept where nobody renames what is another's, as in /tmp. */
function isKept({ uid, gid, mode }: Stats): boolean {
  const owners = [0, process.getuid?.()];
  const groups = [0, process.getgid?.(), ...(process.platform === "darwin" ? [ADMIN_GROUP] : [])];
  const isLoose = (mode & OTHERS_WRITABLE) !== 0 || ((mode & GROUP_WRITABLE) !== 0 && !groups.includes(gid));
  return owners.includes(uid) && (!isLoose || (mode & STICKY) !== 0);
}

/** Whether it lies in the working folder, in a work tree of git or among a project's packages. */
async function isOfProject(program: string, folder: string): Promise<boolean> {
  const isHome = isIn(homedir(), folder);
  for (const path of [program, await realpath(program)]) {
    if (path.split(sep).includes("node_modules") || (!isHome && isIn(path, folder))) return true;
    if (path.startsWith(NO_PROJECT)) continue;
    for (const above of foldersAbove(path)) if (await isThere(join(above, ".git"))) return true;
  }
  return false;
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

function foldersAbove(path: string): readonly string[] {
  const above = dirname(path);
  return above === path ? [] : [above, ...foldersAbove(above)];
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
