/** Tells a daemon that nobody can be reached at from one that was reached. Neither says whether a vault is open: its locks do. */
import { KeepsakeError, hasCode } from "../base/errors.ts";
import { systemErrorCode } from "../base/logger.ts";

/** Whether there was nobody to connect to: no socket, or one that nobody listens on. */
export function isDaemonAbsent(error: unknown): boolean {
  if (!hasCode(error, "DAEMON_UNREACHABLE")) return false;
  return ["ENOENT", "ECONNREFUSED"].includes(systemErrorCode(error.cause) ?? "");
}

/**
 * For commands that say what state the vault is in: no answer is not taken for one while another process has its locks.
 *
 * @param holders - processes that were found to have them
 */
export function silentDaemonError(socket: string, holders: readonly number[], cause: unknown): KeepsakeError {
  return new KeepsakeError(
    "DAEMON_UNREACHABLE",
    `the daemon does not answer at ${socket}; the vault may be open${namedIn(holders)}`,
    { hint: '"keepsake lock" closes the vault all the same: it ends a daemon that does not answer', cause },
  );
}

/** A vault that could not be closed. @param holders - as above */
export function unclosedVaultError(holders: readonly number[], cause: unknown): KeepsakeError {
  if (holders.length === 0) {
    return new KeepsakeError(
      "DAEMON_UNREACHABLE",
      "the vault may be open: another process has its locks, and which one could not be told",
      {
        hint: 'end the process "keepsaked.js": it may run in a container or on another machine that has this folder',
        cause,
      },
    );
  }
  return new KeepsakeError(
    "DAEMON_UNREACHABLE",
    `the vault may be open: what has it could not be ended${namedIn(holders)}`,
    { hint: `"kill -9 ${holders.join(" ")}" closes the vault`, cause },
  );
}

function namedIn(holders: readonly number[]): string {
  return holders.length === 0 ? "" : ` (process ${holders.join(", ")})`;
}
