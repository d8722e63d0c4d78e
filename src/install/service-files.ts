/** The files of the service as they stand and as they would be written: only those that bear our mark are changed or removed. */
import { access, rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import { KeepsakeError } from "../base/errors.ts";
import { ensureOwnFolders } from "../platform/unsafe-places.ts";
import {
  makeFolders,
  missingFolders,
  readHostFile,
  removeHostFile,
  replaceHostFile,
} from "../setup/host-files.ts";
import type { ServiceFile, ServiceManager, ServiceSetup, View } from "./service-manager.ts";
import { MARK } from "./service-manager.ts";

/** `outdated`: as it would not be written now. `foreign`: somebody else wrote something under its name. */
export type InstalledState = "absent" | "current" | "outdated" | "foreign";

export interface Installed {
  readonly state: InstalledState;
  /** The main file. */
  readonly path: string;
  /** The files that somebody else wrote. */
  readonly foreign: readonly string[];
  readonly view: View;
  /** What it starts and is no longer there. */
  readonly missing: readonly string[];
}

interface FoundFile extends ServiceFile {
  /** Where it really is, and what it holds. */
  readonly target: string;
  readonly now: string | undefined;
}

/** Reads, and changes nothing. @param view - as is to be; unless given, as it stands. @throws INVALID_CONFIG, UNSAFE_PATH */
export async function findInstalled(manager: ServiceManager, view?: View): Promise<Installed> {
  const open = await findFiles(manager.files("open"));
  const isOpen = open.slice(1).some(({ now }) => now !== undefined);
  const standing: View = isOpen || open.length === 1 ? "open" : "closed";
  const files = await findFiles(manager.files(view ?? standing));
  const [main] = files;
  if (main === undefined) throw new KeepsakeError("INTERNAL");
  const foreign = files.filter(({ now }) => now !== undefined && !now.includes(MARK)).map(({ path }) => path);
  return {
    state: stateOf(files, foreign),
    path: main.path,
    foreign,
    view: standing,
    missing: main.now === undefined ? [] : await missingPrograms(manager.programsIn(main.now)),
  };
}

/** Writes what is not as it would be written. @throws INVALID_CONFIG for what is not ours; UNSAFE_PATH, DISK_FULL, WRITE_FAILED */
export async function writeService(
  { places }: Pick<ServiceSetup, "places">,
  manager: ServiceManager,
  view: View,
): Promise<void> {
  refuseForeign(await findInstalled(manager, view));
  const files = await findFiles(manager.files(view));
  // A unit may only write into folders that are there when it starts.
  await ensureOwnFolders(places);
  for (const { target, text, now } of files) {
    if (text === now) continue;
    if (text === undefined) await removeHostFile(target);
    else {
      await makeFolders(await missingFolders(target));
      await replaceHostFile(target, text);
    }
  }
}

/** Files that were found to be ours. @throws UNSAFE_PATH, WRITE_FAILED */
export async function removeService(manager: ServiceManager): Promise<void> {
  const [main, ...others] = manager.files("open");
  for (const { path } of others) {
    await removeHostFile(path);
    // With a file of the person's in it the folder stays.
    await rmdir(dirname(path)).catch(() => undefined);
  }
  if (main !== undefined) await removeHostFile(main.path);
}

/** @throws INVALID_CONFIG when somebody else wrote something under the service's name */
export function refuseForeign({ foreign: [path] }: Pick<Installed, "foreign">): void {
  if (path === undefined) return;
  throw new KeepsakeError("INVALID_CONFIG", `${path} is not of "keepsake service install"`, {
    hint: "nothing was changed; remove it or give it another name, then run this again",
  });
}

async function findFiles(files: readonly ServiceFile[]): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = [];
  for (const file of files) {
    const { target, text: now } = await readHostFile(file.path);
    found.push({ ...file, target, now });
  }
  return found;
}

function stateOf(files: readonly FoundFile[], foreign: readonly string[]): InstalledState {
  if (foreign.length > 0) return "foreign";
  if (files[0]?.now === undefined) return "absent";
  return files.every(({ text, now }) => text === now) ? "current" : "outdated";
}

async function missingPrograms(programs: readonly string[]): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const path of programs) await access(path).catch(() => missing.push(path));
  return missing;
}
