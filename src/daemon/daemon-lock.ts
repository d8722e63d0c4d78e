/**
 * One daemon for a vault and for a socket. Both count: the state folder belongs to the vault's user, whatever session he
 * is in, the run folder to the socket, and either may be set apart by the environment.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import type { Places } from "../platform/places.ts";
import { ensurePrivateDirectory } from "../platform/private-files.ts";
import type { InstanceLock } from "../store/instance-lock.ts";
import { acquireInstanceLock } from "../store/instance-lock.ts";
import { isAnswering } from "./listening-socket.ts";

const PATIENCE_MS = 5_000;
const RETRY_MS = 50;

export class DaemonLock {
  readonly #locks: readonly InstanceLock[];

  private constructor(locks: readonly InstanceLock[]) {
    this.#locks = locks;
  }

  /**
   * Waits for a daemon that is just ending, but not for one that answers.
   *
   * @returns undefined when another daemon is running
   */
  static async acquire(places: Pick<Places, "state" | "run" | "socket">): Promise<DaemonLock | undefined> {
    const folders = [places.state, places.run].map((folder) => join(folder, "instance-lock"));
    for (const folder of folders) await ensurePrivateDirectory(folder);
    for (let waitedMs = 0; waitedMs <= PATIENCE_MS; waitedMs += RETRY_MS) {
      const locks = await acquireAll(folders);
      if (locks !== undefined) return new DaemonLock(locks);
      if (await isAnswering(places.socket)) return undefined;
      await sleep(RETRY_MS);
    }
    return undefined;
  }

  async release(): Promise<void> {
    for (const lock of this.#locks.toReversed()) await lock.release();
  }
}

/** All of them, in an order that is the same for everybody, or none. */
async function acquireAll(folders: readonly string[]): Promise<readonly InstanceLock[] | undefined> {
  const locks: InstanceLock[] = [];
  for (const folder of folders) {
    const lock = await acquireInstanceLock(folder);
    if (lock === undefined) {
      for (const taken of locks) await taken.release();
      return undefined;
    }
    locks.push(lock);
  }
  return locks;
}
