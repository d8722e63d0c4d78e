/**
 * Takes the locks of the vault, by way of a process of the daemon's program: a client may not load what a lock is made of. The locks
 * stay taken until `release`, so what is said meanwhile of a vault that nobody has is true.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { KeepsakeError } from "../base/errors.ts";
import { startTimer } from "../base/timer.ts";
import { childEnvironment } from "../platform/child-environment.ts";
import type { LocksReport, LocksWish } from "../protocol/locks-report.ts";
import { locksReport } from "../protocol/locks-report.ts";

/** Starting on a busy machine, a look, and both steps of ending a daemon. */
const REPORT_MS = 60_000;
/** A process that was told that nobody needs it any more. */
const RELEASE_MS = 5_000;

export interface VaultLocks {
  readonly report: Exclude<LocksReport, { readonly state: "unknown" }>;
  /** Gives back what was taken, which it is then. Safe to call twice. */
  readonly release: () => Promise<void>;
}

/**
 * @param daemonPath - `bin/keepsaked.js`; undefined when the package is not whole
 * @throws DAEMON_UNREACHABLE when it could not look: the vault may be open then
 */
export async function takeVaultLocks(
  daemonPath: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  wish: LocksWish,
): Promise<VaultLocks> {
  if (daemonPath === undefined) throw unknownError("this copy of keepsake is not whole");
  const child = spawn(process.execPath, [daemonPath, "locks", wish], {
    cwd: "/",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    env: childEnvironment(environment),
  });
  const ended = new Promise<void>((resolve) =>
    child.once("exit", () => resolve()).once("error", () => resolve()),
  );
  const release = async () => {
    if (child.connected) child.disconnect();
    const cancel = startTimer(RELEASE_MS, () => child.kill("SIGKILL"));
    await ended;
    cancel();
  };
  const report = await heardFrom(child);
  if (report.state !== "unknown") return { report, release };
  await release();
  throw unknownError(report.reason);
}

/** What it reports; nothing of use when it ends before, or takes too long. */
async function heardFrom(child: ChildProcess): Promise<LocksReport> {
  let cancel = () => {};
  const heard = await new Promise<unknown>((resolve) => {
    child.once("message", resolve);
    child.once("error", resolve);
    child.once("exit", resolve);
    cancel = startTimer(REPORT_MS, () => child.kill("SIGKILL"));
  });
  cancel();
  const report = locksReport.safeParse(heard);
  return report.success ? report.data : { state: "unknown", reason: "the program that looks did not answer" };
}

function unknownError(reason: string): KeepsakeError {
  return new KeepsakeError("DAEMON_UNREACHABLE", `whether the vault is open could not be told: ${reason}`, {
    hint: '"pgrep -fa keepsaked" lists a daemon that runs, and "kill" with its number closes the vault',
  });
}
