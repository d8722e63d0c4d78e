/**
 * Finds out whether the current passphrase is right before someone thinks of a new one and types it twice. `key.change`
 * proves the current one first, behind the brake on guessing, and refuses a new one that is too short only then: sent with
 * an empty one it changes nothing, and which of the two it refuses is the answer.
 */
import { KeepsakeError, hasCode } from "../../base/errors.ts";
import { Secret } from "../../base/secret.ts";
import type { CallOptions, KeepsakeClient } from "../../client/keepsake-client.ts";

const WHEN_LOST =
  'try again; when it is lost, "keepsake key add passphrase" adds another one while the vault is open';

/**
 * @param current - the caller keeps and wipes it
 * @throws WRONG_PASSPHRASE, RATE_LIMITED, BUSY, and what else `key.change` refuses before it looks at the new passphrase
 */
export async function provePassphrase(
  client: KeepsakeClient,
  current: Secret,
  how: Pick<CallOptions, "signal" | "onProgress">,
): Promise<void> {
  const secrets = [new Secret(current.bytes.slice()), new Secret(new Uint8Array(0))];
  try {
    await client.call("key.change", { rotate: false }, { ...how, secrets });
  } catch (error) {
    if (hasCode(error, "WEAK_PASSPHRASE")) return;
    throw error;
  }
  throw new KeepsakeError("INVALID_RESULT", "the daemon took an empty passphrase");
}

/** What to throw: of a wrong passphrase that it is one, and that nothing came of it. */
export function unchangedBy(error: unknown): unknown {
  return hasCode(error, "WRONG_PASSPHRASE")
    ? new KeepsakeError(error.code, "wrong passphrase; nothing was changed", {
        hint: WHEN_LOST,
        cause: error,
      })
    : error;
}
