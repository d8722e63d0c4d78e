/**
 * The folders of a vault's stores: `store.<generation>`. The keyring names the live one; every other is left over from a
 * re-seal that a crash ended, before or after the switch, and is removed once the keyring is known to be genuine.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { KeepsakeError } from "../../base/errors.ts";
import { syncDirectory } from "../../platform/private-files.ts";

const STORE_FOLDER = /^store\.\d+(\.salvage)?$/;

/** @param vaultFolder - path of the vault's folder */
export function storeFolder(vaultFolder: string, generation: number): string {
  return join(vaultFolder, `store.${generation}`);
}

/** Where a store is rebuilt whose own files are damaged; the damaged one stays as it is. */
export function salvageFolder(vaultFolder: string, generation: number): string {
  return `${storeFolder(vaultFolder, generation)}.salvage`;
}

/**
 * Removes every store but the live one, for good.
 *
 * @param isSalvaged - whether the live one's rebuilt copy is in use, and stays too
 * @throws WRITE_FAILED
 */
export async function removeOtherStores(
  vaultFolder: string,
  liveGeneration: number,
  isSalvaged: boolean,
): Promise<void> {
  const kept = [storeFolder(vaultFolder, liveGeneration)];
  if (isSalvaged) kept.push(salvageFolder(vaultFolder, liveGeneration));
  const names = (await readdir(vaultFolder)).filter((name) => STORE_FOLDER.test(name));
  for (const path of names.map((name) => join(vaultFolder, name))) {
    if (!kept.includes(path)) await removeStore(path);
  }
}

/** Removes a store with all its files, durably. Symbolic links are removed, not followed. @throws WRITE_FAILED */
export async function removeStore(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
    await syncDirectory(join(folder, ".."));
  } catch (cause) {
    throw new KeepsakeError("WRITE_FAILED", `${folder} could not be removed`, { cause });
  }
}
