/** The pinentry program of this machine: the small dialog of GnuPG, in any of its usual names, found in PATH. */
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";

const PROGRAMS = [
  "pinentry",
  "pinentry-mac",
  "pinentry-gnome3",
  "pinentry-qt",
  "pinentry-gtk-2",
  "pinentry-curses",
];

/** What gives a machine one. */
export const INSTALL_PINENTRY =
  "install pinentry-gnome3, pinentry-qt or pinentry-curses (macOS: pinentry-mac)";

export async function findPinentry(path: string): Promise<string | undefined> {
  const folders = path.split(delimiter).filter(isAbsolute);
  for (const program of PROGRAMS) {
    for (const folder of folders) {
      const candidate = join(folder, program);
      try {
        await access(candidate, constants.X_OK);
        return candidate;
      } catch {
        // Not here.
      }
    }
  }
  return undefined;
}
