/** The daemon that runs now, and who started it. */
import { hasCode } from "../base/errors.ts";
import { isDaemonAbsent } from "../client/absent.ts";
import type { KeepsakeClient } from "../client/keepsake-client.ts";
import type { RunCommand } from "./service-manager.ts";

/** `by hand`: in a terminal. */
export type StartedBy = "service" | "by hand" | "on demand";

export interface RunningDaemon {
  /** Of the front. */
  readonly pid: number;
  readonly isOpen: boolean;
  readonly version: string;
}

/** @returns undefined when none runs. @throws DAEMON_UNREACHABLE when one does not answer */
export async function findRunningDaemon(
  connect: () => Promise<KeepsakeClient>,
): Promise<RunningDaemon | undefined> {
  try {
    const { pid, frontPid = pid, state, version } = await (await connect()).call("vault.status", {});
    return { pid: frontPid, isOpen: state === "open", version };
  } catch (error) {
    if (hasCode(error, "DAEMON_UNREACHABLE") && isDaemonAbsent(error)) return undefined;
    throw error;
  }
}

/** @param servicePid - the daemon that the service runs */
export async function startedBy(
  { pid }: RunningDaemon,
  servicePid: number | undefined,
  run: RunCommand,
): Promise<StartedBy> {
  if (pid === servicePid) return "service";
  const { out } = await run("ps", ["-o", "tty=", "-p", String(pid)]);
  // A daemon on demand has no terminal, whoever needed it.
  return /[a-z0-9]/i.test(out) ? "by hand" : "on demand";
}
