/** What stands of ours in a host's files. */
import type { Finding } from "../finding.ts";
import { failure, ok, warning } from "../finding.ts";
import type { HostPatient } from "../host-patient.ts";
import { applyPlan } from "../../setup/apply.ts";

export function checkRegistration({ patient, plan }: HostPatient): Finding {
  const { host, files, isFound } = plan;
  const setUp = `keepsake setup ${host.id}`;
  const broken = files.find(({ state }) => state === "broken");
  if (broken !== undefined) {
    const { message = `${broken.document.path} cannot be read`, hint } = broken.fault ?? {};
    return failure(message, { command: setUp, advice: hint ?? "mend that file first" });
  }
  const changed = files.find(({ state }) => state === "changed");
  if (changed !== undefined) {
    const { document, recorded } = changed;
    if (recorded === undefined) {
      return warning(`${document.path} has something under the name keepsake that set-up did not write`);
    }
    return failure(`${document.path} is not as set-up wrote it`, {
      command: `${setUp} --remove`,
      advice: `then "${setUp}"`,
    });
  }
  const stale = files.find(({ state }) => state !== "registered");
  if (stale === undefined) return ok(`set up, ${isFound ? "found" : "but the host is gone"}`);
  const { document, state } = stale;
  return failure(
    `${document.path} ${state === "absent" ? "has nothing of keepsake" : "is of another version"}`,
    {
      command: setUp,
      fix: { run: () => applyPlan(patient.setup, plan) },
    },
  );
}
