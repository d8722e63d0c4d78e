/** A passphrase that was asked for once more, to make sure, was not the right one. */
import { KeepsakeError, hasCode } from "../../base/errors.ts";

const WHEN_LOST =
  'try again; when it is lost, "keepsake key add passphrase" adds another one while the vault is open';

/** What to throw: of a wrong passphrase that it is one, and that nothing came of it. */
export function unchangedBy(error: unknown): unknown {
  return hasCode(error, "WRONG_PASSPHRASE")
    ? new KeepsakeError(error.code, "wrong passphrase; nothing was changed", {
        hint: WHEN_LOST,
        cause: error,
      })
    : error;
}
