/** What stands of ours in a host's files, and what set-up would write into them. Reads, and changes nothing. */
import { readdir as readFolder, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { KeepsakeError } from "../base/errors.ts";
import type { Places } from "../platform/places.ts";
import type { HostDocument, Insertion } from "./documents/host-document.ts";
import { badFileError } from "./documents/host-document.ts";
import type { HostFile } from "./host-files.ts";
import { hashOf, readHostFile } from "./host-files.ts";
import type { SetupHost, Surroundings } from "./hosts/setup-host.ts";
import type { LauncherState, Programs } from "./launcher.ts";
import { launcherPath, launcherState } from "./launcher.ts";
import type { ChangedFile } from "./record.ts";
import { SetupRecords } from "./record.ts";
import { applySplices, undoSplices } from "./text/splices.ts";

const ANYBODY_EXECUTES = 0o111;

/** What set-up is done with. */
export interface Setup {
  readonly places: Places;
  readonly programs: Programs;
  readonly around: Surroundings;
}

/**
 * `outdated`: as an earlier set-up wrote it. `changed`: somebody else changed it, or wrote something under our name. `broken`: the file
 * cannot be read.
 */
export type FileState = "absent" | "registered" | "outdated" | "changed" | "broken";

export interface FilePlan {
  readonly document: HostDocument;
  readonly state: FileState;
  /** Why it is broken. */
  readonly fault?: KeepsakeError;
  readonly file?: HostFile;
  readonly recorded?: ChangedFile | undefined;
  /** What would be written. */
  readonly draft?: Draft;
}

export interface Draft extends Insertion {
  /** The file without ours; undefined: there is none. */
  readonly base: string | undefined;
  readonly text: string;
}

export interface HostPlan {
  readonly host: SetupHost;
  /** Whether the host's own folder is there. */
  readonly isFound: boolean;
  /** Whether its program is there, which makes that folder when it is first started. */
  readonly isOnPath: boolean;
  readonly launcher: LauncherState;
  readonly files: readonly FilePlan[];
  readonly state: FileState;
}

/** @throws UNSAFE_PATH for a record or a launcher that is not private */
export async function planHost(setup: Setup, host: SetupHost): Promise<HostPlan> {
  const { places, programs, around } = setup;
  const recorded = await new SetupRecords(places).read(host.id);
  const documents = host.documents(around, launcherPath(places));
  const files: FilePlan[] = [];
  for (const document of documents) {
    const kept = recorded.find(({ path }) => path === document.path);
    files.push(await planFile(document, kept));
  }
  const launcher = await launcherState(places, programs);
  return {
    host,
    isFound: await isFound(host.home(around)),
    isOnPath: await isOnPath(host.program, around),
    launcher,
    files,
    state: stateOf(files, launcher),
  };
}

async function isFound(folder: string): Promise<boolean> {
  return readFolder(folder).then(
    () => true,
    () => false,
  );
}

async function isOnPath(program: string | undefined, { environment }: Surroundings): Promise<boolean> {
  if (program === undefined) return false;
  for (const folder of (environment["PATH"] ?? "").split(delimiter).filter((each) => isAbsolute(each))) {
    const path = join(folder, program);
    const isProgram = await stat(path).then(
      (found) => found.isFile() && (found.mode & ANYBODY_EXECUTES) !== 0,
      () => false,
    );
    if (isProgram) return true;
  }
  return false;
}

async function planFile(document: HostDocument, recorded: ChangedFile | undefined): Promise<FilePlan> {
  try {
    const file = await readHostFile(document.path);
    const found = file.text === undefined ? undefined : document.find(file.text);
    const known = { document, file, recorded };
    if (found === document.wanted) return { ...known, state: "registered" };
    if (found === undefined) return { ...known, state: "absent", draft: draftOn(document, file.text) };
    if (found !== recorded?.wrote) return { ...known, state: "changed" };
    return { ...known, state: "outdated", draft: draftOn(document, await baseOf(known, recorded)) };
  } catch (fault) {
    if (!(fault instanceof KeepsakeError)) throw fault;
    return { document, recorded, state: "broken", fault };
  }
}

/** The file as it was before set-up wrote what stands there now. */
async function baseOf(
  { document, file: { text = "" } }: { readonly document: HostDocument; readonly file: HostFile },
  { before, after, splices, made }: ChangedFile,
): Promise<string | undefined> {
  if ((await hashOf(text)) === after) return before === null ? undefined : undoSplices(text, splices);
  const rest = document.takeOut(text, made);
  return before === null && rest.isBare ? undefined : rest.text;
}

/** @throws INVALID_CONFIG also when what would be written would not be read as it is meant */
function draftOn(document: HostDocument, base: string | undefined): Draft {
  const { splices, made } = document.insert(base);
  const text = applySplices(base ?? "", splices);
  if (document.find(text) !== document.wanted) {
    throw badFileError(document.path, "is written in a way that set-up cannot add to");
  }
  return { base, text, splices, made };
}

function stateOf(files: readonly FilePlan[], launcher: LauncherState): FileState {
  const states = new Set(files.map(({ state }) => state));
  if (states.has("broken")) return "broken";
  if (states.has("changed")) return "changed";
  if (states.size === 1 && states.has("absent")) return "absent";
  return states.size === 1 && states.has("registered") && launcher === "ready" ? "registered" : "outdated";
}
