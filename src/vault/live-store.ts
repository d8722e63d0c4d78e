/**
 * Opens the store of the live generation whatever state the disk is in: on a full disk the ballast makes room, and where
 * the store's own files are damaged a copy is rebuilt beside it and opened instead, to be read and never written.
 */
import { copyFile, lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { hasCode, KeepsakeError } from "../base/errors.ts";
import { ensurePrivateDirectory } from "../platform/private-files.ts";
import type { Ballast } from "../store/ballast.ts";
import type { RecordStore, StoreOpener } from "../store/record-store.ts";
import { removeStore, salvageFolder, storeFolder } from "./generations.ts";

export interface LiveStoreDeps {
  readonly folder: string;
  readonly opener: StoreOpener;
  readonly ballast: Ballast;
}

export interface LiveStore {
  readonly store: RecordStore;
  /** Whether this is a rebuilt copy. */
  readonly isSalvaged: boolean;
}

/** @throws DISK_FULL, WRITE_FAILED, BUSY, UNSAFE_PATH, VAULT_DAMAGED when not even a rebuilt copy opens */
export async function openLiveStore(deps: LiveStoreDeps, generation: number): Promise<LiveStore> {
  try {
    return { store: await openMakingRoom(deps, storeFolder(deps.folder, generation)), isSalvaged: false };
  } catch (error) {
    if (!hasCode(error, "VAULT_DAMAGED")) throw error;
    return { store: await openSalvaged(deps, generation), isSalvaged: true };
  }
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
  const damaged = storeFolder(folder, generation);
  const salvage = salvageFolder(folder, generation);
  await removeStore(salvage);
  await ensurePrivateDirectory(salvage);
  await copyStoreFiles(damaged, salvage);
  await opener.repair(salvage);
  return opener.open(salvage, { create: false });
}

/** Copies the tables, logs and manifests; not `LOCK`, which nothing but LevelDB may open, and not `CURRENT`. */
async function copyStoreFiles(from: string, to: string): Promise<void> {
  const names = await readdir(from).catch(() => []);
  try {
    for (const name of names.filter((each) => each !== "LOCK" && each !== "CURRENT")) {
      const source = join(from, name);
      if ((await lstat(source)).isFile()) await copyFile(source, join(to, name));
    }
  } catch (cause) {
    throw new KeepsakeError("WRITE_FAILED", `${to} could not be written`, { cause });
  }
}
