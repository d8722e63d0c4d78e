/**
 * What the name of a project means. People and models give back what answers show, the last folder of its path: that means the
 * one project that ends in it, unless it is a project itself. A path means the project of that folder.
 */
import { realpath, stat } from "node:fs/promises";
import { basename, isAbsolute, resolve, win32 } from "node:path";
import { KeepsakeError } from "../../base/errors.ts";
import { nearestName } from "../../base/nearest.ts";
import type { Result } from "../../protocol/method-table.ts";
import { resolveProject } from "./project.ts";
import { isWindowsPath, localPath } from "./windows-path.ts";

/** More are only counted. */
const MAX_TOLD = 5;

/** The projects that memories belong to, as far as the client may see them. */
export interface KnownProjects {
  readonly names: readonly string[];
  /** There are more than an answer holds. */
  readonly isCut: boolean;
}

export type MeantProject =
  | { readonly is: "known"; readonly project: string }
  /** A folder that is there, whose project has no memory yet. */
  | { readonly is: "folder"; readonly project: string }
  | { readonly is: "several"; readonly projects: readonly string[] }
  /** What it would be called, and the known one that was probably meant: several where they share the short name that is near. */
  | { readonly is: "unknown"; readonly project: string; readonly nearest: readonly string[] };

/** The last folder of a project's path, or its whole name. */
export function shortProjectName(project: string): string {
  return (isWindowsPath(project) ? win32 : { basename }).basename(project) || project;
}

export function projectNames({ projects }: Pick<Result<"memory.projects">, "projects">): readonly string[] {
  return projects.flatMap(({ project }) => (project === null ? [] : [project]));
}

/** @param folder - what relative paths start at; `undefined`: there are none */
export async function meantProject(
  name: string,
  { names, isCut }: KnownProjects,
  folder: string | undefined,
): Promise<MeantProject> {
  if (names.includes(name)) return { is: "known", project: name };
  const named = await namedFolder(name, folder);
  const path = named?.path ?? name;
  const project = named?.project ?? path;
  if (names.includes(project)) return { is: "known", project };
  const ending = names.filter((each) => endsIn(each, name));
  if (ending.length > 1) return { is: "several", projects: ending };
  if (ending[0] !== undefined) return { is: "known", project: ending[0] };
  if (named?.project !== undefined) return { is: "folder", project };
  const around = named === undefined ? undefined : await goneAround(path, names);
  if (around !== undefined) return { is: "known", project: around };
  if (isCut) return { is: "known", project };
  return { is: "unknown", project, nearest: nearestProjects(path, names) };
}

/** The shortest that means a project: its last folder, as much of its path as no other ends in, or the whole. */
export function spokenName(project: string, { names }: Pick<KnownProjects, "names">): string {
  const folders = project.split("/");
  const endings = folders.slice(1).map((_, left) => folders.slice(-1 - left).join("/"));
  const isItsOwn = (name: string) => name !== "" && names.filter((each) => endsIn(each, name)).length === 1;
  return [shortProjectName(project), ...endings].find(isItsOwn) ?? project;
}

/** @param spoken - names of projects as the caller shows them; at most `MAX_TOLD` are told */
export function eitherOf(spoken: readonly string[]): string {
  const left = spoken.length - MAX_TOLD;
  const told = left > 0 ? [...spoken.slice(0, MAX_TOLD), `${left} more`] : spoken;
  return [told.slice(0, -1).join(", "), ...told.slice(-1)].filter(Boolean).join(" or ");
}

/** @param hint - how the caller names one of them */
export function ambiguousProjectError(
  code: "USAGE" | "INVALID_PARAMS",
  count: number,
  hint: string,
): KeepsakeError {
  return new KeepsakeError(code, `${count} projects have that short name`, { hint });
}

/**
 * The folder that a name says, and its project when it is there: the folder itself outside a repository. A word alone says one
 * only when that is the root of a project of its name, since it may as well be a name.
 */
async function namedFolder(
  name: string,
  folder: string | undefined,
): Promise<{ readonly path: string; readonly project: string | undefined } | undefined> {
  const local = await localPath(name);
  if (!isAbsolute(local) && folder === undefined) return undefined;
  const path = isWindowsPath(local) ? local : resolve(folder ?? "/", local);
  const isThere = !isWindowsPath(local) && (await isFolder(path));
  const project = isThere ? ((await resolveProject(path)) ?? (await realpath(path))) : undefined;
  if (isAbsolute(local) || isWindowsPath(local) || /^\.{1,2}(?:\/|$)/.test(local)) return { path, project };
  const isMeant = local.includes("/") || (project !== undefined && shortProjectName(project) === local);
  return isMeant && project !== undefined ? { path, project } : undefined;
}

/** A known project whose folder is gone, and around one that is gone, too: where the other is there, this one is a slip. */
async function goneAround(path: string, names: readonly string[]): Promise<string | undefined> {
  const around = names
    .filter((name) => ["/", "\\"].some((separator) => path.startsWith(`${name}${separator}`)))
    .toSorted((a, b) => b.length - a.length)[0];
  return around === undefined || (await isFolder(around)) ? undefined : around;
}

function endsIn(project: string, name: string): boolean {
  return project === name || shortProjectName(project) === name || project.endsWith(`/${name}`);
}

/** Paths are near each other when their last folders are: how much they share otherwise says nothing. */
function nearestProjects(typed: string, names: readonly string[]): readonly string[] {
  const word = shortProjectName(typed);
  const near = nearestName(word, names.map(shortProjectName));
  const alike = names.filter((name) => near !== undefined && shortProjectName(name) === near);
  if (typed === word || alike.length === 1) return alike;
  return alike.filter((name) => name === nearestName(typed, alike));
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
