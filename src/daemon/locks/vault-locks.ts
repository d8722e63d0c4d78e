/**
 * The locks of a vault: whoever has all of them knows that no process of keepsake has the vault.
 *
 *   state/instance-lock   the front; where keepsake 0.1.0 has it as well
 *   vault/locks/daemon    the front, whatever state folder its environment names
 *   vault/locks/engine    the engine, the process that can hold keys
 *
 * Two lie in the vault's own folder, so that they are found by everybody who finds the vault and go where it goes. None
 * lies in the run folder, which may be removed under a daemon that runs.
 */
import { dirname, join } from "node:path";
import type { Places } from "../../platform/places.ts";
import { ensurePrivateDirectory } from "../../platform/private-files.ts";
import type { InstanceLock } from "../../store/instance-lock.ts";
import { acquireInstanceLock } from "../../store/instance-lock.ts";

export interface VaultLockFolders {
  /** In the order in which everybody takes them; the first is the one that is watched. */
  readonly front: readonly [string, string];
  readonly engine: string;
}

export function vaultLockFolders({ state, vault }: Pick<Places, "state" | "vault">): VaultLockFolders {
  const own = join(vault, "locks");
  return { front: [join(state, "instance-lock"), join(own, "daemon")], engine: join(own, "engine") };
}

/** The file of a lock that the system's own lock is on. */
export function lockFile(folder: string): string {
  return join(folder, "LOCK");
}

/**
 * All of the locks, in their order, or none.
 *
 * @returns undefined when another process has one of them
 * @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED, Error when a lock's folder cannot be used
 */
export async function takeLocks(folders: readonly string[]): Promise<InstanceLock | undefined> {
  const locks: InstanceLock[] = [];
  const release = async () => {
    for (const lock of locks.toReversed()) await lock.release();
  };
  try {
    for (const folder of folders) {
      // The folder above is the vault's own as well: a link there would take the lock elsewhere.
      await ensurePrivateDirectory(dirname(folder));
      await ensurePrivateDirectory(folder);
      const lock = await acquireInstanceLock(folder);
      if (lock === undefined) {
        await release();
        return undefined;
      }
      locks.push(lock);
    }
  } catch (error) {
    await release();
    throw error;
  }
  return { release };
}
