/** Whether the daemon runs and answers. */
import { hasCode } from "../../base/errors.ts";
import { silentDaemonError } from "../../client/absent.ts";
import type { Finding } from "../finding.ts";
import { failure, failureOf, ok, skipped } from "../finding.ts";
import type { Patient } from "../patient.ts";

export async function checkDaemon(patient: Patient): Promise<Finding> {
  try {
    const { frontPid, pid } = await patient.status();
    return ok(`answers, process ${frontPid ?? pid}`);
  } catch (error) {
    if (!hasCode(error, "DAEMON_UNREACHABLE")) return failureOf(error);
    const { report, release } = await patient.takeVaultLocks("look");
    await release();
    if (report.state === "held") {
      return failureOf(silentDaemonError(patient.setup.places.socket, report.holders, error));
    }
    if (!(await patient.hasVault())) return skipped("does not run; there is no vault yet");
    return failure("does not run, so nothing is open", {
      command: "keepsake unlock",
      fix: { run: () => patient.connect("start") },
    });
  }
}
