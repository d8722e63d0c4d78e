/**
 * What a vault's folder holds, by name. A folder that holds anything of a vault is never taken for an empty place: where the
 * keyring is gone, the rest is a vault that a part is missing from. Only what an `init` left that a crash ended is nothing:
 * its store is marked as in the making (see store-folders.ts), and there was no keyring yet.
 *
 * Files of sync tools, `.DS_Store`, and on macOS the configuration folder lie in the same place and are none of this.
 */
import { readdir } from "node:fs/promises";
import { KeepsakeError } from "../../base/errors.ts";
import { isVaultPart } from "../../platform/part-names.ts";
import { findStores } from "./store-folders.ts";

const MAX_NAMED = 5;

/** Names of what is there of a vault, sorted. @throws the system's error */
export async function vaultPartsIn(vaultFolder: string): Promise<readonly string[]> {
  const names = await readdir(vaultFolder);
  return names.filter((name) => isVaultPart(name)).toSorted();
}

/**
 * What is said of a folder without a keyring.
 *
 * @returns undefined when nothing of a vault is there, or only what an unfinished `init` left
 * @throws the system's error
 */
export async function missingKeyringError(vaultFolder: string): Promise<KeepsakeError | undefined> {
  const parts = await vaultPartsIn(vaultFolder);
  if (parts.length === 0 || (await isUnfinished(vaultFolder, parts))) return undefined;
  const others = parts.length > MAX_NAMED ? ` and ${parts.length - MAX_NAMED} more` : "";
  const message = `keyring.a and keyring.b are missing from ${vaultFolder}, which holds ${parts.slice(0, MAX_NAMED).join(", ")}${others}`;
  return new KeepsakeError("VAULT_INCOMPLETE", message);
}

/** What is said of a keyring whose store is not there. @param cause - says what is missing; @throws the system's error */
export async function missingStoreError(
  vaultFolder: string,
  generation: number,
  cause: KeepsakeError,
): Promise<KeepsakeError> {
  const { stores, drafts } = await findStores(vaultFolder);
  const others = stores.filter((each) => each > generation && !drafts.has(each));
  if (others.length === 0) return cause;
  const names = others.map((each) => `store.${each}`).join(" and ");
  return new KeepsakeError(
    "VAULT_INCOMPLETE",
    `${cause.message}; ${names} is there, so keyring.a and keyring.b are older copies`,
    {
      hint: "put the newer keyring.a or keyring.b back, from a backup or from where a sync tool moved it",
      cause,
    },
  );
}

async function isUnfinished(vaultFolder: string, parts: readonly string[]): Promise<boolean> {
  const { stores, drafts } = await findStores(vaultFolder);
  return (
    drafts.has(1) &&
    stores.every((generation) => drafts.has(generation)) &&
    !parts.some((name) => name.startsWith("keyring."))
  );
}
