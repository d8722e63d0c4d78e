/**
 * Mutual exclusion between processes. Node has no `flock`, but LevelDB has a lock: a database is open in one process at
 * a time, and the system drops its lock with the process, however that ends. The database holds nothing, so one that is
 * damaged is replaced; its `LOCK` file stays, since a second one would be a second lock.
 *
 * POSIX locks belong to the process: opening the same directory twice in one process would drop the lock silently
 * (LevelDB 1.20 opens and closes `LOCK` before it looks whether this process has it).
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Level } from "level";
import { systemErrorCode } from "../base/logger.ts";

export interface InstanceLock {
  release(): Promise<void>;
}

/**
 * Takes the lock, once a process.
 *
 * @param directory - the lock's own, holding nothing else; made when missing
 * @returns undefined when another process has it
 * @throws Error when the directory cannot be used
 */
export async function acquireInstanceLock(directory: string): Promise<InstanceLock | undefined> {
  const attempt = await open(directory);
  if (attempt !== "damaged") return attempt;
  for (const name of await readdir(directory)) {
    if (name !== "LOCK") await rm(join(directory, name), { force: true });
  }
  const again = await open(directory);
  if (again === "damaged") throw new Error("the lock's directory cannot be used");
  return again;
}

async function open(directory: string): Promise<InstanceLock | undefined | "damaged"> {
  const database = new Level(directory);
  try {
    await database.open();
  } catch (error) {
    return isLocked(error) ? undefined : "damaged";
  }
  return { release: () => database.close() };
}

function isLocked(error: unknown): boolean {
  return error instanceof Error && systemErrorCode(error.cause) === "LEVEL_LOCKED";
}
