/** The program that every host's registration names: there, ours, and leading to a Node.js and a keepsake that are there. */
import type { Finding } from "../finding.ts";
import { failure, failureOf, ok, skipped, warning } from "../finding.ts";
import type { Patient } from "../patient.ts";
import { ensureLauncher, launcherPath, launcherState } from "../../setup/launcher.ts";
import type { LauncherState } from "../../setup/launcher.ts";
import { SetupRecords } from "../../setup/record.ts";

const FAULTS: Readonly<Record<Exclude<LauncherState, "ready">, string>> = {
  absent: "is gone, so no host can start keepsake",
  outdated: "was written with another Node.js, keepsake or place",
  edited: "is not as set-up wrote it",
  blocked: "may not be executed, so no host can start keepsake",
  broken: "leads to a Node.js or a keepsake that is no longer there",
};

export async function checkLauncher({ setup: { places, programs } }: Patient): Promise<Finding> {
  if ((await new SetupRecords(places).hosts()).length === 0) return skipped("no host is set up");
  const path = launcherPath(places);
  try {
    const state = await launcherState(places, programs);
    if (state === "ready") return ok(path);
    const mend = {
      command: "keepsake doctor --fix",
      fix: { run: () => ensureLauncher(places, programs) },
    };
    const isStarted = state === "outdated" || state === "edited";
    return (isStarted ? warning : failure)(`${path} ${FAULTS[state]}`, mend);
  } catch (error) {
    return failureOf(error);
  }
}
