/** Folders as programs on Windows name them, where keepsake runs in its Linux subsystem (WSL), or reads what they wrote. */
import { stat } from "node:fs/promises";
import { win32 } from "node:path";

const DRIVE = /^([a-z]):(?:[\\/]|$)/i;
/** A distribution's own files, seen from Windows: `\\wsl$\Ubuntu\home\x`, `\\wsl.localhost\Ubuntu\home\x`. */
const OWN_FILES = /^(?:\\\\|\/\/)(?:wsl\$|wsl\.localhost)[\\/][^\\/]+(?=[\\/]|$)/i;
const SHARE = /^\\\\[^\\/]/;
/** How Windows marks a path as longer than others may be. */
const LONG = /^\\\\\?\\(?:UNC(?=\\))?/i;
const MOUNTS = "/mnt";

export function isWindowsPath(path: string): boolean {
  return DRIVE.test(path) || OWN_FILES.test(path) || SHARE.test(path);
}

/**
 * The same folder as it is called here: `/home/x` for a distribution's own files, `/mnt/c/…` where drive C is mounted, else
 * its one spelling, `C:\Users\x\repo`, which names a folder of another machine. Any other path is returned as it is.
 *
 * @param mounts - where drives are mounted
 */
export async function localPath(given: string, mounts: string = MOUNTS): Promise<string> {
  const path = LONG.test(given) ? given.replace(LONG, (mark) => (/unc$/i.test(mark) ? "\\" : "")) : given;
  const own = OWN_FILES.exec(path)?.[0];
  if (own !== undefined) return path.slice(own.length).replaceAll("\\", "/") || "/";
  if (!isWindowsPath(path)) return path;
  const spelling = win32.normalize(path).replace(/(?<=[^:\\])\\+$/, "");
  const letter = DRIVE.exec(spelling)?.[1];
  if (letter === undefined) return spelling;
  const mount = `${mounts}/${letter.toLowerCase()}`;
  const rest = spelling.slice(2).replaceAll("\\", "/");
  return (await isFolder(mount)) ? `${mount}${rest}` : `${letter.toUpperCase()}:${spelling.slice(2)}`;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
