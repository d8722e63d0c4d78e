/**
 * The copy of a vault that may not be written to. LevelDB cannot open a store without writing beside it, so all of the vault's
 * sealed files are copied, the count of wrong guesses alone being kept from an earlier copy. The copy is read and never written
 * on: what is saved there would be lost. It goes with the daemon.
 */
import { chmod, copyFile, lstat, mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isVaultPart } from "../platform/part-names.ts";
import type { Places } from "../platform/places.ts";
import { ensurePrivateDirectory } from "../platform/private-files.ts";

const GUESSES = "unlock.failures";
/** Room for a disk that is full; this one is not written to. */
const BALLAST = "ballast";

/** What a vault refuses writes for. */
export function readOnlyReason({ vault }: Pick<Places, "vault">): string {
  return `${vault} may not be written to: its disk is mounted to be read only, or the folder's mode forbids it; mend that, then run "keepsake lock"`;
}

/** Makes the folders that a daemon of such a vault works in. @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED */
export async function makeStandInFolders({ vault, state, run }: Places): Promise<void> {
  for (const folder of [dirname(vault), vault, state, run]) await ensurePrivateDirectory(folder);
}

/** One engine at a time. @throws the system's error */
export async function copyVault(from: string, to: string): Promise<void> {
  for (const name of await readdir(to)) {
    if (isVaultPart(name) && name !== GUESSES) await rm(join(to, name), { recursive: true, force: true });
  }
  const kept = new Set(await readdir(to));
  for (const name of await readdir(from)) {
    if (isVaultPart(name) && name !== BALLAST && !kept.has(name))
      await copy(join(from, name), join(to, name));
  }
}

/** Files and folders alone, private whatever mode they have. */
async function copy(from: string, to: string): Promise<void> {
  const found = await lstat(from);
  if (found.isFile()) {
    await copyFile(from, to);
    await chmod(to, 0o600);
  } else if (found.isDirectory()) {
    await mkdir(to, { mode: 0o700 });
    for (const name of await readdir(from)) await copy(join(from, name), join(to, name));
  }
}

/**
 * Removes the copy for good, once no engine has it. Its folder lies where anybody may make one, or a link to somewhere else: only
 * a private folder of this user's own is looked into, and what cannot be removed keeps no daemon from starting.
 */
export async function removeStandIn({ vault }: Places): Promise<void> {
  const around = await lstat(dirname(vault)).catch(() => undefined);
  const isOurs =
    around?.isDirectory() === true && around.uid === process.geteuid?.() && (around.mode & 0o077) === 0;
  if (isOurs) await rm(vault, { recursive: true, force: true }).catch(() => undefined);
}
