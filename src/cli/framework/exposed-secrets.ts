/** Secrets where every program can read them; asked of every command line. */
import { KeepsakeError } from "../../base/errors.ts";

const FORBIDDEN_OPTION =
  /^--?(?:passphrase|password|passwd|pass|pwd|secret|recovery-key|current-passphrase|new-passphrase)(?:=|$)/;
const FORBIDDEN_VARIABLES = ["KEEPSAKE_PASSPHRASE", "KEEPSAKE_PASSWORD", "KEEPSAKE_RECOVERY_KEY"];

/** @throws USAGE when a secret stands on the command line or in the environment; it is not repeated */
export function refuseExposedSecrets(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): void {
  const hint = "let keepsake ask, or give --passphrase-fd N; change a passphrase that was exposed";
  const end = argv.indexOf("--");
  const options = end === -1 ? argv : argv.slice(0, end);
  if (options.some((option) => FORBIDDEN_OPTION.test(option.toLowerCase()))) {
    throw new KeepsakeError(
      "USAGE",
      "a passphrase is never taken from the command line: every program on this machine can read it there, and the shell writes it to its history",
      { hint },
    );
  }
  const exposed = FORBIDDEN_VARIABLES.find((name) => environment[name] !== undefined);
  if (exposed !== undefined) {
    throw new KeepsakeError(
      "USAGE",
      `a passphrase is never taken from the environment, and ${exposed} is set: every program started from here inherits it`,
      { hint: `unset ${exposed}; ${hint}` },
    );
  }
}
