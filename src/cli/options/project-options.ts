/**
 * Which project a command is about. Without an option that is the repository of the working folder: what is saved belongs to
 * it, and reads look at it and at memories of no project.
 */
import { KeepsakeError } from "../../base/errors.ts";
import { quoted, visibleLine } from "../../base/visible-text.ts";
import { ambiguousProjectError, meantProjects, projectNames } from "../../client/project-names.ts";
import { resolveProject } from "../../client/project.ts";
import { projectName } from "../../protocol/schemas.ts";
import { flag, text } from "../framework/command.ts";
import type { Values } from "../framework/command.ts";
import type { Context } from "../context.ts";
import { givenPath } from "./given-paths.ts";

export const saveScopeOptions = {
  project: text(
    "NAME",
    "the project it belongs to; the last folder of a known one's path is enough, a path starting with . is a folder",
    { completes: "project" },
  ),
  noProject: flag("it belongs to no project, even inside a repository"),
};

export const readScopeOptions = {
  project: text("NAME", "that project and memories of no project; the last folder of its path is enough", {
    completes: "project",
  }),
  noProject: flag("only memories of no project"),
  allProjects: flag("everything, whatever project this folder belongs to", "-a"),
};

/** At most so many paths stand in a hint. */
const MAX_PATHS = 5;

/** The project of something new; `null`: none. @throws USAGE */
export async function saveScope(
  { project, noProject }: Values<typeof saveScopeOptions>,
  context: Context,
): Promise<string | null> {
  refuseTwo([project !== undefined, noProject]);
  if (noProject) return null;
  return project === undefined ? resolveProject(context.folder) : meantProject(project, context);
}

/** The `project` of a filter; `undefined` looks at everything. @throws USAGE */
export async function readScope(
  scope: Values<typeof readScopeOptions>,
  context: Context,
): Promise<string | null | undefined> {
  const { project, noProject, allProjects } = scope;
  refuseTwo([project !== undefined, noProject, allProjects]);
  if (allProjects) return undefined;
  if (noProject) return null;
  if (project === undefined) return (await resolveProject(context.folder)) ?? undefined;
  return meantProject(project, context);
}

/**
 * The project a name means: a folder's when it starts with `.`, else what `meantProjects` says. Only for a short name the
 * daemon is asked, which needs an open vault.
 *
 * @throws USAGE when it is no name, or several projects end in it
 */
export async function meantProject(name: string, context: Context): Promise<string> {
  const candidates = await meantProjects(await namedProject(name, context), () => knownProjects(context));
  if (candidates.length > 1) throw ambiguousError(candidates, context);
  return candidates[0];
}

function refuseTwo(given: readonly boolean[]): void {
  if (given.filter(Boolean).length > 1) {
    throw new KeepsakeError("USAGE", "--project, --no-project and --all-projects exclude each other");
  }
}

async function namedProject(name: string, context: Context): Promise<string> {
  const path = /^\.{1,2}(?:\/|$)/.test(name) ? givenPath(name, context) : undefined;
  const project = path === undefined ? name : ((await resolveProject(path)) ?? path);
  if (!projectName.safeParse(project).success) {
    throw new KeepsakeError("USAGE", "--project is not a name: one line of at most 1,024 bytes");
  }
  return project;
}

export async function isKnownProject(name: string, context: Context): Promise<boolean> {
  return (await knownProjects(context)).includes(name);
}

/** Paths are told to a person only. */
function ambiguousError(candidates: readonly string[], { screen: { err } }: Context): KeepsakeError {
  const shown = candidates.slice(0, MAX_PATHS).map((path) => quoted(visibleLine(path)));
  const more = candidates.length > shown.length ? [`${candidates.length - shown.length} more`] : [];
  const hint = err.isTerminal
    ? `give one by its path: ${[...shown, ...more].join(", ")}`
    : "give one by its whole path";
  return ambiguousProjectError("USAGE", candidates.length, hint);
}

/** Every project that memories belong to. @throws VAULT_SEALED */
export async function knownProjects(context: Context): Promise<readonly string[]> {
  return projectNames(await (await context.connect("start")).call("memory.projects", {}));
}
