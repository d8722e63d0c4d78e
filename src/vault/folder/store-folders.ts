/**
 * The folders of a vault's stores: `store.<generation>`. The keyring names the live one.
 *
 * A store in the making has a mark beside it, the empty file `store.<generation>.draft`, from before its folder is made
 * until the keyring names it. So it is known which of the others may go: one with a mark was never live, and one of an
 * earlier generation is what a re-seal left, erased once the live one was found whole. A later one without a mark belongs
 * to a keyring that is not here: somebody put an older keyring in its place, and the store stays.
 */
import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { KeepsakeError } from "../../base/errors.ts";
import { removePrivateFile, replacePrivateFile, syncDirectory } from "../../platform/private-files.ts";

/** As `storeFolder` writes them: `store.02` is no store. */
const STORE_FOLDER = /^store\.([1-9]\d{0,14})(\.salvage)?$/;
const DRAFT_MARK = /^store\.([1-9]\d{0,14})\.draft$/;

/** @param vaultFolder - path of the vault's folder */
export function storeFolder(vaultFolder: string, generation: number): string {
  return join(vaultFolder, `store.${generation}`);
}

/** Where a store is rebuilt whose own files are damaged; the damaged one stays as it is. */
export function salvageFolder(vaultFolder: string, generation: number): string {
  return `${storeFolder(vaultFolder, generation)}.salvage`;
}

/** Which stores are in a vault's folder, by generation. */
export interface FoundStores {
  readonly stores: readonly number[];
  readonly salvaged: readonly number[];
  /** Marked as in the making, whether a store is there or not. */
  readonly drafts: ReadonlySet<number>;
}

/** @throws the system's error */
export async function findStores(vaultFolder: string): Promise<FoundStores> {
  const found = { stores: [] as number[], salvaged: [] as number[], drafts: new Set<number>() };
  for (const name of await readdir(vaultFolder)) {
    const [, generation, salvage] = STORE_FOLDER.exec(name) ?? [];
    if (generation !== undefined) {
      (salvage === undefined ? found.stores : found.salvaged).push(Number(generation));
    }
    const [, draft] = DRAFT_MARK.exec(name) ?? [];
    if (draft !== undefined) found.drafts.add(Number(draft));
  }
  return found;
}

/** Marks a store as in the making; durable before anything of it is there. @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED */
export async function markDraft(vaultFolder: string, generation: number): Promise<void> {
  await replacePrivateFile(draftMark(vaultFolder, generation), new Uint8Array(0));
}

/** The store is what the keyring names from now on, or gone. @throws UNSAFE_PATH, WRITE_FAILED */
export async function unmarkDraft(vaultFolder: string, generation: number): Promise<void> {
  await removePrivateFile(draftMark(vaultFolder, generation));
}

/**
 * Makes way for a store in the making. What is there is a draft that a crash left, and is removed, or the store of another
 * keyring: that one gets a name under which nothing looks for it.
 *
 * @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED
 */
export async function clearWay(vaultFolder: string, generation: number): Promise<void> {
  const { stores, drafts } = await findStores(vaultFolder);
  const folder = storeFolder(vaultFolder, generation);
  if (stores.includes(generation) && !drafts.has(generation)) await keepAside(vaultFolder, generation);
  await markDraft(vaultFolder, generation);
  await removeStore(folder);
}

/**
 * Removes, for good, the stores that are left over beside the live one.
 *
 * @param live - whether its rebuilt copy is in use, and stays too; and whether it was found whole: only then an earlier one
 *   may go
 * @returns generations of stores that stay although no keyring here names them
 * @throws WRITE_FAILED
 */
export async function removeOtherStores(
  vaultFolder: string,
  liveGeneration: number,
  live: { readonly isSalvaged: boolean; readonly isWhole: boolean },
): Promise<readonly number[]> {
  const { stores, salvaged, drafts } = await findStores(vaultFolder);
  for (const generation of salvaged) {
    if (generation === liveGeneration && live.isSalvaged) continue;
    await removeStore(salvageFolder(vaultFolder, generation));
  }
  const kept: number[] = [];
  for (const generation of stores.filter((each) => each !== liveGeneration)) {
    const isLeftOver = drafts.has(generation) || (generation < liveGeneration && live.isWhole);
    if (isLeftOver) await removeStore(storeFolder(vaultFolder, generation));
    else kept.push(generation);
  }
  for (const generation of drafts) await unmarkDraft(vaultFolder, generation);
  return kept;
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

function draftMark(vaultFolder: string, generation: number): string {
  return `${storeFolder(vaultFolder, generation)}.draft`;
}

async function keepAside(vaultFolder: string, generation: number): Promise<void> {
  const folder = storeFolder(vaultFolder, generation);
  const names = new Set(await readdir(vaultFolder));
  let number = 1;
  while (names.has(`store.${generation}.kept.${number}`)) number += 1;
  try {
    await rename(folder, `${folder}.kept.${number}`);
    await syncDirectory(vaultFolder);
  } catch (cause) {
    throw new KeepsakeError("WRITE_FAILED", `${folder} could not be renamed`, { cause });
  }
}
