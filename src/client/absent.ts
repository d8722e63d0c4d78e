/** Tells a daemon that does not run from one that does not answer: only without one is nothing open. */
import { KeepsakeError, hasCode } from "../base/errors.ts";
import { systemErrorCode } from "../base/logger.ts";

/** Whether there was nobody to connect to: no socket, or one that nobody listens on. */
export function isDaemonAbsent(error: unknown): boolean {
  if (!hasCode(error, "DAEMON_UNREACHABLE")) return false;
  return ["ENOENT", "ECONNREFUSED"].includes(systemErrorCode(error.cause) ?? "");
}

/** For commands that say what state the vault is in: an answer that did not come is not taken for one. */
export function silentDaemonError(cause: KeepsakeError): KeepsakeError {
  return new KeepsakeError("DAEMON_UNREACHABLE", "the daemon does not answer; the vault may be open", {
    hint: "an engine that stays silent is ended within 35 seconds, and the keys with it: try again then",
    cause,
  });
}
