/** What a command that asks needs first: a vault that is open, so that nobody answers in vain. */
import { KeepsakeError } from "../../base/errors.ts";
import type { KeepsakeClient } from "../../client/keepsake-client.ts";
import type { Context } from "../framework/context.ts";

/** @returns the connection. @throws VAULT_MISSING, VAULT_SEALED */
export async function connectToOpenVault(context: Context): Promise<KeepsakeClient> {
  const client = await context.connect("start");
  const { state } = await client.call("vault.status", {}, { signal: context.signal });
  if (state === "open") return client;
  throw new KeepsakeError(state === "missing" ? "VAULT_MISSING" : "VAULT_SEALED");
}
