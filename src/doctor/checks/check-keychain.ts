/** Whether a vault that the keychain opens can have one in this session. Whether it answers, only an unlock tells. */
import { INSTALL_KEYCHAIN } from "../../platform/keychain-advice.ts";
import { unlockKeychain } from "../../platform/configuration.ts";
import type { Finding } from "../finding.ts";
import { ok, skipped, warning } from "../finding.ts";
import type { Patient } from "../patient.ts";
import { knownStatus } from "../patient.ts";

export async function checkKeychain(patient: Patient): Promise<Finding> {
  const status = await knownStatus(patient);
  if (status === undefined) return skipped("the daemon cannot be asked");
  const isWanted = await patient.configuration.read().then((settings) => unlockKeychain(settings) === "on");
  if (!status.keychain && isWanted && !patient.mayHaveKeychain) {
    return warning("unlock.keychain is on, and this session has no keychain", {
      command: "keepsake unlock",
      advice: INSTALL_KEYCHAIN,
    });
  }
  if (!status.keychain && isWanted) {
    return warning("unlock.keychain is on, and the keychain has no key of the vault", {
      command: "keepsake key add keychain",
    });
  }
  if (!status.keychain) return skipped("not used");
  if (status.keychainFault !== undefined && patient.mayHaveKeychain) {
    return warning(`it did not open the vault when the daemon started (${status.keychainFault})`, {
      command: "keepsake unlock --keychain",
    });
  }
  if (patient.mayHaveKeychain) return ok("has a key of the vault; unlocking asks it");
  return warning("it opens the vault, and this session has none", {
    command: "keepsake unlock",
    advice: INSTALL_KEYCHAIN,
  });
}
