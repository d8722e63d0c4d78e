/** Whether a vault that the keychain opens can have one in this session. Whether it answers, only an unlock tells. */
import type { Finding } from "../finding.ts";
import { ok, skipped, warning } from "../finding.ts";
import type { Patient } from "../patient.ts";
import { knownStatus } from "../patient.ts";

export async function checkKeychain(patient: Patient): Promise<Finding> {
  const status = await knownStatus(patient);
  if (status === undefined) return skipped("the daemon cannot be asked");
  if (!status.keychain) return skipped("not used");
  if (patient.mayHaveKeychain) return ok("has a key of the vault; unlocking asks it");
  return warning("it opens the vault, and this session has none", {
    command: "keepsake unlock",
    advice: "the passphrase opens the vault all the same",
  });
}
