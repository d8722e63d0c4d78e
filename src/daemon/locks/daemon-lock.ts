/** One daemon for a vault, whatever socket and state folder its environment names: the locks of a front. */
import type { Stats } from "node:fs";
import { lstat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { KeepsakeError } from "../../base/errors.ts";
import type { Places } from "../../platform/places.ts";
import type { InstanceLock } from "../../store/instance-lock.ts";
import { isAnswering } from "../listening-socket.ts";
import { findHolders, readHolder, recordHolder } from "./lock-holders.ts";
import { lockFile, takeLocks, vaultLockFolders } from "./vault-locks.ts";

/** A daemon that lost its socket makes it anew within a round of its watch, and one that ends has 4 s for it. */
const PATIENCE_MS = 15_000;
const RETRY_MS = 50;

export class DaemonLock {
  readonly #locks: InstanceLock;
  readonly #watched: string;
  readonly #own: Stats;

  private constructor(locks: InstanceLock, watched: string, own: Stats) {
    this.#locks = locks;
    this.#watched = watched;
    this.#own = own;
  }

  /**
   * Waits for a daemon that is just ending, and for one that makes its socket anew, but not for one that answers.
   *
   * @returns undefined when the daemon of this vault answers at this socket
   * @throws DAEMON_UNREACHABLE when it answers elsewhere or nowhere
   */
  static async acquire(
    places: Pick<Places, "state" | "vault" | "socket">,
    patienceMs: number = PATIENCE_MS,
  ): Promise<DaemonLock | undefined> {
    const { front } = vaultLockFolders(places);
    for (let waitedMs = 0; waitedMs <= patienceMs; waitedMs += RETRY_MS) {
      const locks = await takeLocks(front);
      if (locks !== undefined) {
        for (const folder of front) await recordHolder(folder, { pid: process.pid, socket: places.socket });
        return new DaemonLock(locks, lockFile(front[0]), await lstat(lockFile(front[0])));
      }
      if (await isAnswering(places.socket)) return undefined;
      await refuseElsewhere(front, places.socket);
      await sleep(RETRY_MS);
    }
    throw silentError(await findHolders(front), places.socket);
  }

  /** Whether nobody else could take it by now: its file is where it was. */
  async isInPlace(): Promise<boolean> {
    const found = await lstat(this.#watched).catch(() => undefined);
    return found?.ino === this.#own.ino && found.dev === this.#own.dev;
  }

  async release(): Promise<void> {
    await this.#locks.release();
  }
}

/** @throws DAEMON_UNREACHABLE when the daemon that has the locks answers at another socket */
async function refuseElsewhere(front: readonly string[], socket: string): Promise<void> {
  for (const folder of front) {
    const elsewhere = (await readHolder(folder))?.socket;
    if (elsewhere === undefined || elsewhere === socket || !(await isAnswering(elsewhere))) continue;
    throw new KeepsakeError(
      "DAEMON_UNREACHABLE",
      `the daemon of this vault listens at ${elsewhere}, not at ${socket}`,
      { hint: "set KEEPSAKE_SOCKET alike for every program that uses keepsake" },
    );
  }
}

function silentError(holders: readonly { readonly pid: number }[], socket: string): KeepsakeError {
  const who = holders.length === 0 ? "" : ` (process ${holders.map(({ pid }) => pid).join(", ")})`;
  return new KeepsakeError(
    "DAEMON_UNREACHABLE",
    `another daemon has this vault${who} and does not answer at ${socket}`,
    { hint: '"keepsake lock" ends it' },
  );
}
