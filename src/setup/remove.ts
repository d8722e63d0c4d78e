/**
 * Takes set-up back: a file that is as set-up left it becomes what it was, byte for byte; from one that was changed since only what is
 * ours is taken out.
 */
import { KeepsakeError } from "../base/errors.ts";
import { foreignEntryError } from "./foreign-entry.ts";
import {
  hashOf,
  readHostFile,
  removeFolders,
  removeHostFile,
  replaceHostFile,
  setHostFileAside,
} from "./host-files.ts";
import type { SetupHost } from "./hosts/setup-host.ts";
import { launcherPath, removeLauncher } from "./launcher.ts";
import type { Setup } from "./plan.ts";
import type { HostDocument } from "./documents/host-document.ts";
import type { ChangedFile } from "./record.ts";
import { SetupRecords } from "./record.ts";
import { undoSplices } from "./text/splices.ts";

/** `leave`: what stands there under our name, set-up did not write. */
export type RemovalKind = "restore" | "delete" | "take out" | "set aside" | "leave";

export interface RemovalStep {
  readonly path: string;
  readonly target: string;
  readonly does: RemovalKind;
  /** What the file holds now. */
  readonly now: string;
  /** What it will hold. */
  readonly text?: string;
}

export interface RemovalPlan {
  readonly host: SetupHost;
  readonly steps: readonly RemovalStep[];
  /** That set-up made, the deepest last. */
  readonly folders: readonly string[];
  readonly hasRecord: boolean;
}

/**
 * Reads, and changes nothing.
 *
 * @throws INVALID_CONFIG, UNSAFE_PATH; INVALID_CONFIG also where nothing is on record and something under our name is not of this set-up:
 * taking out the rest would leave half of another one
 */
export async function planRemoval({ places, around }: Setup, host: SetupHost): Promise<RemovalPlan> {
  const recorded = await new SetupRecords(places).read(host.id);
  const launcher = launcherPath(places);
  const documents = host.documents(around, launcher);
  const paths = new Set([...documents, ...recorded].map(({ path }) => path));
  const steps: RemovalStep[] = [];
  for (const path of paths) {
    const document = documents.find((each) => each.path === path);
    const kept = recorded.find((each) => each.path === path);
    const step = await stepFor(path, document, kept);
    if (step === undefined) continue;
    if (step.does === "leave" && document !== undefined && recorded.length === 0) {
      throw foreignEntryError(host, { document, text: step.now, isRecorded: false }, launcher);
    }
    steps.push(step);
  }
  const folders = [...new Set(recorded.flatMap((each) => each.folders))];
  return {
    host,
    // The last file that set-up wrote is the first to go.
    steps: steps.toReversed(),
    folders: folders.toSorted((a, b) => a.length - b.length),
    hasRecord: recorded.length > 0,
  };
}

/** @returns where files went that were set aside. @throws INVALID_CONFIG when a file is no longer what was planned for; UNSAFE_PATH, DISK_FULL, WRITE_FAILED */
export async function removePlanned(
  { places }: Setup,
  { host, steps, folders }: RemovalPlan,
): Promise<readonly string[]> {
  const aside: string[] = [];
  for (const { path, target, does, now, text } of steps) {
    const file = await readHostFile(path);
    if (file.text !== now) {
      throw new KeepsakeError("INVALID_CONFIG", `${path} was changed meanwhile`, {
        hint: `run "keepsake setup ${host.id} --remove" again`,
      });
    }
    if (does === "delete") await removeHostFile(target);
    else if (does === "set aside") aside.push(await setHostFileAside(target));
    else if (text !== undefined) await replaceHostFile(target, text);
  }
  await removeFolders(folders);
  const records = new SetupRecords(places);
  await records.write(host.id, []);
  if ((await records.hosts()).length === 0) await removeLauncher(places);
  return aside;
}

async function stepFor(
  path: string,
  document: HostDocument | undefined,
  recorded: ChangedFile | undefined,
): Promise<RemovalStep | undefined> {
  const { target, text: now } = await readHostFile(path);
  if (now === undefined) return undefined;
  const step = { path, target, now };
  if (recorded !== undefined && (await hashOf(now)) === recorded.after) {
    if (recorded.before === null) return { ...step, does: "delete" };
    const text = undoSplices(now, recorded.splices);
    if ((await hashOf(text)) === recorded.before) return { ...step, does: "restore", text };
  }
  const found = document?.find(now);
  if (document === undefined || found === undefined) return undefined;
  const isAsWanted = found === document.wanted;
  if (recorded === undefined && !isAsWanted) return { ...step, does: "leave" };
  if (document.isOwn) return { ...step, does: isAsWanted ? "delete" : "set aside" };
  const rest = document.takeOut(now, recorded?.made ?? []);
  if (recorded?.before === null && rest.isBare) return { ...step, does: "delete" };
  return { ...step, does: "take out", text: rest.text };
}
