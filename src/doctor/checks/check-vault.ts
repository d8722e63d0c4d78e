/** The state of the vault, and what waits for it. */
import { join } from "node:path";
import { ERRORS, KeepsakeError } from "../../base/errors.ts";
import { counted, shellWord } from "../../base/shown-values.ts";
import type { Finding } from "../finding.ts";
import { failure, failureOf, ok, skipped, warning } from "../finding.ts";
import type { Patient, VaultStatus } from "../patient.ts";
import { knownStatus } from "../patient.ts";

const NO_VAULT = failure("there is none yet", { command: "keepsake init" });

export async function checkVault(patient: Patient): Promise<Finding> {
  const status = await knownStatus(patient);
  if (status === undefined) {
    return (await patient.hasVault()) ? skipped("the daemon cannot be asked") : NO_VAULT;
  }
  const { state, fault, open, waiting = 0, dropsSetAside = 0 } = status;
  if (fault !== undefined) return failureOf(new KeepsakeError(fault.code, fault.message));
  if (state === "missing") return NO_VAULT;
  if (dropsSetAside > 0) {
    return warning(`${counted(dropsSetAside, "file")} that hooks dropped cannot be taken in`, {
      command: `ls -l ${shellWord(join(patient.setup.places.vault, "drop"))}`,
      advice:
        "those that are open to others, damaged or copies stay there; what is no longer wanted can be deleted",
    });
  }
  if (open !== undefined) return checkOpen(open);
  return ok(
    waiting === 0
      ? "locked"
      : `locked; ${counted(waiting, "turn or note", "turns or notes")} wait${waiting === 1 ? "s" : ""}`,
  );
}

function checkOpen(open: NonNullable<VaultStatus["open"]>): Finding {
  const { memories, readOnly, damage, inbox, index } = open;
  if (readOnly !== undefined) {
    return failureOf(new KeepsakeError(readOnly.code, readOnly.message ?? ERRORS[readOnly.code].summary));
  }
  const bad = damage === undefined ? 0 : damage.damagedCount + Math.abs(damage.missingCount);
  if (bad > 0) {
    return failure(`${counted(bad, "record")} damaged or missing`, {
      command: "keepsake verify",
      advice: 'that says which; "keepsake repair" gives them up',
    });
  }
  if (inbox !== undefined && inbox.setAside > 0) {
    return warning(`open; ${counted(inbox.setAside, "entry", "entries")} of the inbox open under no key`, {
      command: "keepsake purge",
    });
  }
  return ok(
    index.complete ? `open, ${counted(memories, "memory", "memories")}` : "open; the index is being rebuilt",
  );
}
