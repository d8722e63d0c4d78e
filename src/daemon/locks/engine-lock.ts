import { setTimeout as sleep } from "node:timers/promises";
import { KeepsakeError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Places } from "../../platform/places.ts";
import type { InstanceLock } from "../../store/instance-lock.ts";
import { recordHolder } from "./lock-holders.ts";
import { takeLocks, vaultLockFolders } from "./vault-locks.ts";

const RETRY_MS = 25;
/** An engine has the grace of a lock for requests in flight and again for closing. */
const PATIENCE_MS = 3 * LIMITS.lockGraceMs;

/**
 * One engine at a time, whoever its front is. A front that is killed leaves an engine that still closes the vault while
 * the next daemon is there already; the next engine touches nothing before that one is gone.
 *
 * @throws BUSY when another engine does not end; UNSAFE_PATH
 */
export async function acquireEngineLock(places: Pick<Places, "state" | "vault">): Promise<InstanceLock> {
  const folder = vaultLockFolders(places).engine;
  for (let waitedMs = 0; waitedMs <= PATIENCE_MS; waitedMs += RETRY_MS) {
    const lock = await takeLocks([folder]);
    if (lock !== undefined) {
      await recordHolder(folder, { pid: process.pid });
      return lock;
    }
    await sleep(RETRY_MS);
  }
  throw new KeepsakeError("BUSY", "another engine of this vault does not end");
}
