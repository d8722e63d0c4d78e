/**
 * Opens the store of the live generation whatever state the disk is in: on a full disk the ballast makes room, and where
 * the store's own files are damaged another is made beside it of what can be read, to be read and never written.
 */
import { hasCode } from "../../base/errors.ts";
import type { Ballast } from "../../store/ballast.ts";
import type { RecordStore, StoreOpener } from "../../store/record-store.ts";
import { missingStoreError } from "./vault-parts.ts";
import { removeStore, salvageFolder, storeFolder } from "./store-folders.ts";

export interface LiveStoreDeps {
  readonly folder: string;
  readonly opener: StoreOpener;
  readonly ballast: Ballast;
}

export interface LiveStore {
  readonly store: RecordStore;
  /** Whether this is what could be read of a damaged one. */
  readonly isSalvaged: boolean;
}

/** @throws VAULT_INCOMPLETE when there is nothing of it, DISK_FULL, WRITE_FAILED, BUSY, UNSAFE_PATH */
export async function openLiveStore(deps: LiveStoreDeps, generation: number): Promise<LiveStore> {
  try {
    return { store: await openMakingRoom(deps, storeFolder(deps.folder, generation)), isSalvaged: false };
  } catch (error) {
    if (hasCode(error, "VAULT_INCOMPLETE")) throw await missingStoreError(deps.folder, generation, error);
    if (!hasCode(error, "VAULT_DAMAGED")) throw error;
    return { store: await openSalvaged(deps, generation), isSalvaged: true };
  }
}

/** Where the files of an open store are. */
export function liveFolder(vaultFolder: string, generation: number, { isSalvaged }: LiveStore): string {
  return (isSalvaged ? salvageFolder : storeFolder)(vaultFolder, generation);
}

/** @throws as `StoreOpener.open`; DISK_FULL only when giving up the ballast did not help */
export async function openMakingRoom(deps: LiveStoreDeps, folder: string): Promise<RecordStore> {
  try {
    return await deps.opener.open(folder, { create: false });
  } catch (error) {
    if (!hasCode(error, "DISK_FULL") || !(await deps.ballast.giveUp())) throw error;
    return deps.opener.open(folder, { create: false });
  }
}

async function openSalvaged({ folder, opener }: LiveStoreDeps, generation: number): Promise<RecordStore> {
  const salvage = salvageFolder(folder, generation);
  await removeStore(salvage);
  return opener.salvage(storeFolder(folder, generation), salvage);
}
