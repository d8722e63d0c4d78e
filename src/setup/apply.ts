/** Writes what was planned: all of it, or nothing. */
import { KeepsakeError } from "../base/errors.ts";
import {
  hashOf,
  makeFolders,
  missingFolders,
  readHostFile,
  removeFolders,
  removeHostFile,
  replaceHostFile,
} from "./host-files.ts";
import { foreignEntryError } from "./foreign-entry.ts";
import { ensureLauncher, launcherPath, removeLauncher } from "./launcher.ts";
import type { Draft, FilePlan, HostPlan, Setup } from "./plan.ts";
import type { ChangedFile } from "./record.ts";
import { SetupRecords } from "./record.ts";
import { keptSplice } from "./text/splices.ts";

interface Write {
  readonly target: string;
  readonly former: string | undefined;
  readonly text: string;
  readonly folders: readonly string[];
}

/** @throws INVALID_CONFIG when a file cannot be read or has something of ours that somebody else changed */
export function refuseUnfit({ places }: Pick<Setup, "places">, { host, files }: HostPlan): void {
  for (const { document, state, fault, file, recorded } of files) {
    if (fault !== undefined) throw fault;
    if (state !== "changed") continue;
    const entry = { document, text: file?.text, isRecorded: recorded !== undefined };
    throw foreignEntryError(host, entry, launcherPath(places));
  }
}

/**
 * @param alsoDo - what has to succeed as well, once the files are written
 * @returns the files that were written. @throws what `refuseUnfit` throws; UNSAFE_PATH, DISK_FULL, WRITE_FAILED
 */
export async function applyPlan(
  setup: Setup,
  plan: HostPlan,
  alsoDo: () => Promise<unknown> = async () => {},
): Promise<readonly string[]> {
  refuseUnfit(setup, plan);
  const records = new SetupRecords(setup.places);
  const former = await records.read(plan.host.id);
  const writes: Write[] = [];
  const recorded: ChangedFile[] = [];
  for (const file of plan.files) {
    const { draft } = file;
    if (draft === undefined) {
      if (file.recorded !== undefined) recorded.push(file.recorded);
      continue;
    }
    const { target, text } = await readHostFile(file.document.path);
    refuseChanged(file, text);
    const folders = await missingFolders(target);
    writes.push({ target, former: text, text: draft.text, folders });
    recorded.push(await recordOf(file, draft, folders));
  }
  const done: Write[] = [];
  try {
    await ensureLauncher(setup.places, setup.programs);
    if (writes.length > 0) await records.write(plan.host.id, recorded);
    for (const write of writes) {
      done.push(write);
      await makeFolders(write.folders);
      await replaceHostFile(write.target, write.text);
    }
    await alsoDo();
  } catch (error) {
    await takeBack(done);
    if (writes.length > 0) await records.write(plan.host.id, former);
    if (plan.launcher === "absent" && (await records.hosts()).length === 0)
      await removeLauncher(setup.places);
    throw error;
  }
  return writes.map(({ target }) => target);
}

/** @throws INVALID_CONFIG when the file is another one than what was planned for */
function refuseChanged({ document, file }: FilePlan, text: string | undefined): void {
  if (file?.text === text) return;
  throw new KeepsakeError("INVALID_CONFIG", `${document.path} was changed meanwhile`, {
    hint: "nothing was changed; run this again",
  });
}

async function recordOf(
  { document, recorded }: FilePlan,
  { base, text, splices, made }: Draft,
  folders: readonly string[],
): Promise<ChangedFile> {
  return {
    path: document.path,
    before: base === undefined ? null : await hashOf(base),
    after: await hashOf(text),
    splices: splices.map(keptSplice),
    made: made.map((keys) => [...keys]),
    folders: [...new Set([...(recorded?.folders ?? []), ...folders])],
    wrote: document.wanted,
  };
}

async function takeBack(writes: readonly Write[]): Promise<void> {
  for (const { target, former, text, folders } of writes.toReversed()) {
    const now = await readHostFile(target).catch(() => undefined);
    if (now?.text === text && former === undefined) await removeHostFile(target);
    else if (now?.text === text && former !== undefined) await replaceHostFile(target, former);
    await removeFolders(folders);
  }
}
