/**
 * A vault that is open, for commands that find it locked: on a terminal the person is asked for what opens it, once, and the
 * command goes on. Whoever declines, or cannot be asked, gets VAULT_SEALED as ever.
 */
import { setTimeout as pause } from "node:timers/promises";
import { KeepsakeError } from "../../base/errors.ts";
import type { KeepsakeClient } from "../../client/keepsake-client.ts";
import type { Result } from "../../protocol/method-table.ts";
import type { Context } from "../context.ts";

/** @returns the connection. @throws VAULT_MISSING, VAULT_SEALED */
export async function connectToOpenVault(context: Context): Promise<KeepsakeClient> {
  return (await connectAndLook(context)).client;
}

/** The same for a command that takes a passphrase, at a moment when the daemon takes one. */
export async function connectWithPassphrase(context: Context): Promise<KeepsakeClient> {
  const { client, status } = await connectAndLook(context);
  await waitOutFailures(status, context);
  return client;
}

/** Wrong passphrases make the daemon refuse every try for a while, at most 10 s: whoever has the right one waits that long. */
export async function waitOutFailures(
  { unlockRetryAfterMs = 0 }: Result<"vault.status">,
  { progress, signal }: Context,
): Promise<void> {
  if (unlockRetryAfterMs === 0) return;
  const waiting = progress("waiting, as after every wrong passphrase");
  await pause(unlockRetryAfterMs, undefined, { signal }).finally(waiting.stop);
}

async function connectAndLook(context: Context) {
  const client = await context.connect("start");
  const look = () => client.call("vault.status", {}, { signal: context.signal });
  let status = await look();
  refuseFaulty(status);
  if (status.state === "sealed") {
    await context.openLocked(client);
    status = await look();
  }
  if (status.state === "open") return { client, status };
  throw new KeepsakeError("VAULT_SEALED");
}

/** @throws VAULT_MISSING, and what is wrong with a vault that nothing opens */
export function refuseFaulty({ state, fault }: Result<"vault.status">): void {
  if (fault !== undefined) throw new KeepsakeError(fault.code, fault.message);
  if (state === "missing") throw new KeepsakeError("VAULT_MISSING");
}
