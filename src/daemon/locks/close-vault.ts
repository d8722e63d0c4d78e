/**
 * Takes every lock of a vault on behalf of the command line, which may not load what a lock is made of:
 *
 *   take ─ all ─────────────────────────────────────────────────────────────> free
 *        └ held ─ look ─────────────────────────────────────────────────────> held, by whom
 *               └ end ─> SIGTERM to its holders ─ take ─> SIGKILL ─ take ───> free, or held
 *
 * Whoever has them has the vault in no other process's memory: the system gives a lock back only behind the memory of the
 * process that had it. Only processes that were proven to be daemons of this user are sent a signal.
 */
import { lstat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../../base/clock.ts";
import { KeepsakeError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { systemErrorCode } from "../../base/logger.ts";
import type { Places } from "../../platform/places.ts";
import { checkPrivateDirectory, refusalError } from "../../platform/private-files.ts";
import type { LocksReport, LocksWish } from "../../protocol/locks-report.ts";
import type { InstanceLock } from "../../store/instance-lock.ts";
import { findHolders } from "./lock-holders.ts";
import { takeLocks, vaultLockFolders } from "./vault-locks.ts";

const RETRY_MS = 25;
/** Another command may be looking as well, and has them for a moment. */
const LOOK_MS = 1_000;
/** A front gives its engine twice the grace of a lock, then kills it. */
const TERM_MS = 3 * LIMITS.lockGraceMs;
const KILL_MS = 3_000;

export interface ClosedVault {
  readonly report: LocksReport;
  /** Gives back what was taken. */
  readonly release: () => Promise<void>;
}

/** Never rejects: what keeps it from looking is told. */
export async function closeVault(
  places: Pick<Places, "state" | "vault">,
  wish: LocksWish,
): Promise<ClosedVault> {
  try {
    return await close(places, wish);
  } catch (error) {
    const reason = error instanceof KeepsakeError ? error.message : (systemErrorCode(error) ?? "INTERNAL");
    return { report: { state: "unknown", reason }, release: () => Promise.resolve() };
  }
}

async function close(places: Pick<Places, "state" | "vault">, wish: LocksWish): Promise<ClosedVault> {
  const folders = await foldersOf(places);
  // Without a lock in hand nothing can be said: a folder that was moved took its locks along.
  if (folders.length === 0 && wish === "end") {
    const report = {
      state: "unknown",
      reason: "there is no folder of a vault, and so no lock of one",
    } as const;
    return { report, release: () => Promise.resolve() };
  }
  const ended = new Set<number>();
  let locks = await takeWithin(folders, LOOK_MS);
  for (const [signal, patienceMs] of [
    ["SIGTERM", TERM_MS],
    ["SIGKILL", KILL_MS],
  ] as const) {
    if (locks !== undefined || wish !== "end") break;
    for (const { pid } of await findHolders(folders)) if (send(pid, signal)) ended.add(pid);
    locks = await takeWithin(folders, patienceMs);
  }
  if (locks !== undefined)
    return { report: { state: "free", ended: [...ended] }, release: () => locks.release() };
  const holders = (await findHolders(folders)).map(({ pid }) => pid);
  return { report: { state: "held", holders }, release: () => Promise.resolve() };
}

/** A lock whose place is not there was never made: whoever has it made that place first. @throws UNSAFE_PATH */
async function foldersOf(places: Pick<Places, "state" | "vault">): Promise<readonly string[]> {
  const { front, engine } = vaultLockFolders(places);
  const [ofState, ofVault] = front;
  return [
    ...((await isUsable(places.state)) ? [ofState] : []),
    ...((await isUsable(places.vault)) ? [ofVault, engine] : []),
  ];
}

async function isUsable(folder: string): Promise<boolean> {
  try {
    await lstat(folder);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return false;
    throw refusalError(error, folder);
  }
  await checkPrivateDirectory(folder);
  return true;
}

async function takeWithin(folders: readonly string[], patienceMs: number): Promise<InstanceLock | undefined> {
  const deadline = monotonicMs() + patienceMs;
  for (;;) {
    const locks = await takeLocks(folders);
    if (locks !== undefined || monotonicMs() >= deadline) return locks;
    await sleep(RETRY_MS);
  }
}

/** @returns whether it was there */
function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
