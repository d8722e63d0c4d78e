/**
 * Which project a file's notes belong to: its own, whoever imports it. That is the repository the file lies in, and for what
 * Claude Code keeps beside its transcripts (`projects/<name>/memory/*.md`) the project of these.
 *
 * `<name>` is the folder in which sessions began, with every character but ASCII letters and digits as `-`. Many folders have
 * the same name, so the transcripts beside say which it is; without any, the one folder that is there.
 *
 * A repository may hold a folder of any name. In one, a name speaks for another project only where transcripts beside it began
 * in a folder of that name, which put their turns there as well, or in the host's own folder.
 */
import { open, opendir, readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { attempt } from "../../base/attempt.ts";
import type { ProjectOfFolder } from "../../client/projects/folder-projects.ts";
import { resolveProject } from "../../client/projects/project.ts";

const SESSIONS_FOLDER = /^(?:-|[A-Za-z]--)[A-Za-z0-9-]*$/;
const MAX_TRANSCRIPTS = 16;
/** Of each: its first turn is in it as a rule. */
const PEEK_BYTES = 1 << 20;
const NAMED_FOLDER = /"cwd"\s*:\s*("(?:[^"\\]|\\.)*")/g;
const MAX_FOLDERS_LISTED = 64;
const MAX_ENTRIES_LISTED = 10_000;

/**
 * @param projects - gives the projects of folders that transcripts name
 * @param hostsFolders - where the hosts of this person keep their transcripts, there or not
 */
export function fileProjects(
  projects: () => ProjectOfFolder,
  hostsFolders: readonly string[],
): (path: string) => Promise<string | null> {
  const known = new Map<string, Promise<string | null>>();
  const own = Promise.all(hostsFolders.map((folder) => realpath(folder).catch(() => folder)));
  return async (path) => {
    const folder = dirname(await realpath(path).catch(() => path));
    const project = known.get(folder) ?? projectOf(folder, projects, await own);
    known.set(folder, project);
    return project;
  };
}

async function projectOf(
  folder: string,
  projects: () => ProjectOfFolder,
  own: readonly string[],
): Promise<string | null> {
  const sessions = sessionsFolder(folder);
  const around = await resolveProject(folder);
  if (sessions === undefined) return around;
  const { named, first } = await beganIn(sessions);
  if (named !== undefined) return projects()(named);
  if (around !== null && !own.includes(dirname(sessions))) return around;
  return projects()(first ?? (await onlyFolderNamed(basename(sessions))));
}

/** The folder with the transcripts that a folder of Claude Code's own files belongs to. */
function sessionsFolder(folder: string): string | undefined {
  for (let current = folder; current !== dirname(current); current = dirname(current)) {
    const [name, around] = [basename(current), basename(dirname(current))];
    if (SESSIONS_FOLDER.test(name) && around === "projects") return current;
    if (name === "memory" && SESSIONS_FOLDER.test(around)) return dirname(current);
  }
  return undefined;
}

/** Where the sessions began whose transcripts lie there: the folder of that name, and the first that one of them names. */
async function beganIn(
  sessions: string,
): Promise<{ readonly named?: string; readonly first?: string | undefined }> {
  const names = (await readdir(sessions).catch(() => [])).filter((name) => name.endsWith(".jsonl"));
  let first: string | undefined;
  for (const name of names.toSorted().slice(0, MAX_TRANSCRIPTS)) {
    const text = await startOf(join(sessions, name));
    for (const [, written = ""] of text.matchAll(NAMED_FOLDER)) {
      const folder = attempt(() => JSON.parse(written) as string);
      if (folder === undefined) continue;
      first ??= folder;
      const began = foldersTo(folder).find((each) => encoded(each) === basename(sessions));
      if (began !== undefined) return { named: began };
    }
  }
  return { first };
}

/** A path, and all it stands in, the innermost first. */
function foldersTo(path: string): readonly string[] {
  const ends = [...path.matchAll(/[\\/]/g)].map(({ index }) => index).toReversed();
  return [path, ...ends.map((end) => path.slice(0, end))];
}

/** The folder of that name which is there; `undefined` when none is, or several are. */
async function onlyFolderNamed(name: string): Promise<string | undefined> {
  const found: string[] = [];
  let listed = 0;
  const search = async (folder: string, rest: string): Promise<void> => {
    if (rest === "") found.push(folder);
    if (rest === "" || found.length > 1 || ++listed > MAX_FOLDERS_LISTED) return;
    for (const child of await foldersIn(folder)) {
      const start = `-${encoded(child)}`;
      const isOnTheWay = rest === start || rest.startsWith(`${start}-`);
      if (isOnTheWay) await search(join(folder, child), rest.slice(start.length));
    }
  };
  await search("/", name);
  return found.length === 1 && listed <= MAX_FOLDERS_LISTED ? found[0] : undefined;
}

function encoded(path: string): string {
  return path.replaceAll(/[^A-Za-z0-9]/g, "-");
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    let seen = 0;
    for await (const entry of await opendir(folder)) {
      if (++seen > MAX_ENTRIES_LISTED) break;
      const isFolder = entry.isSymbolicLink()
        ? await stat(join(folder, entry.name)).then(
            (found) => found.isDirectory(),
            () => false,
          )
        : entry.isDirectory();
      if (isFolder) names.push(entry.name);
    }
  } catch {
    // What cannot be listed is as good as not there.
  }
  return names;
}

async function startOf(path: string): Promise<string> {
  try {
    // Opening a pipe could wait for ever.
    if (!(await stat(path)).isFile()) return "";
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(size, PEEK_BYTES)));
      return buffer.toString("utf8", 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return "";
  }
}
