/** The service: as it would be written now, leading to what is there, and running when the person logs in. */
import { findInstalled } from "../../install/service-files.ts";
import { serviceManager } from "../../install/service-managers.ts";
import type { Finding } from "../finding.ts";
import { failure, failureOf, ok, skipped, warning } from "../finding.ts";
import type { Patient } from "../patient.ts";

const AGAIN = { command: "keepsake service install" };

export async function checkService({ service }: Patient): Promise<Finding> {
  try {
    const manager = serviceManager(service());
    const { state, path, foreign, missing } = await findInstalled(manager);
    if (state === "absent") return skipped("none is installed: the daemon starts when it is needed");
    if (state === "foreign") return warning(`${foreign.join(" and ")} is not of keepsake`);
    if (missing.length > 0) {
      return failure(`it starts ${missing.join(" and ")}, which is no longer there`, AGAIN);
    }
    if (state === "outdated")
      return warning(`${path} was written by another keepsake, Node.js or place`, AGAIN);
    const absence = await manager.absence();
    if (absence !== undefined) return warning(`${path} is written, and ${absence}`);
    const { isEnabled, isActive, failure: why } = await manager.state();
    if (why !== undefined) {
      return failure(`it failed (${why})`, { ...AGAIN, advice: `"${manager.words.log}" says why` });
    }
    if (!isEnabled) return warning("it is not started when you log in", AGAIN);
    return ok(
      isActive
        ? "runs, and starts when you log in"
        : "starts when you log in; another daemon runs now, or none",
    );
  } catch (error) {
    return failureOf(error);
  }
}
