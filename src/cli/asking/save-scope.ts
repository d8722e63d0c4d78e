/** Which project something new belongs to. A name that is no project yet is a slip as a rule: a person is asked. */
import { KeepsakeError, hasCode } from "../../base/errors.ts";
import { asTyped } from "../../base/visible-text.ts";
import type { KnownProjects } from "../../client/projects/project-names.ts";
import { resolveProject } from "../../client/projects/project.ts";
import type { Values } from "../framework/command.ts";
import type { Context } from "../context.ts";
import {
  knownProjects,
  namedProject,
  refuseEveryProject,
  refuseTwo,
  spokenProjects,
  unknownProjectError,
} from "../options/project-options.ts";
import type { saveScopeOptions } from "../options/project-options.ts";
import { Declined } from "./agreement.ts";

const NONE_KNOWN = { names: [], isCut: false };

/** The project of something new; `null`: none. @throws USAGE, VAULT_SEALED, INTERRUPTED when the person says no */
export async function saveScope(
  { project, newProject, noProject }: Values<typeof saveScopeOptions>,
  context: Context,
): Promise<string | null> {
  refuseTwo([project !== undefined, noProject]);
  refuseNameless(newProject, project !== undefined);
  refuseEveryProject(
    project,
    "without --project it is that of this folder; --no-project is none, seen everywhere",
  );
  if (noProject) return null;
  if (project === undefined) return resolveProject(context.folder);
  const known = await knownUnlessSealed(context, [project]);
  if (known instanceof KeepsakeError) return toldWhileSealed(project, newProject, context, known);
  return writtenProject(project, known, newProject, context);
}

/** The projects that a client is to be limited to. @throws USAGE, INTERRUPTED; VAULT_SEALED for a name that only an open vault can tell */
export async function grantedProjects(
  names: readonly string[],
  isNew: boolean,
  context: Context,
): Promise<string[]> {
  refuseNameless(isNew, names.length > 0);
  if (names.length === 0) return [];
  for (const name of names) refuseEveryProject(name, "without --project a client may use every one");
  const known = await knownUnlessSealed(context, names);
  const meant = new Set<string>();
  for (const name of names) {
    const project =
      known instanceof KeepsakeError
        ? await toldWhileSealed(name, isNew, context, known)
        : await writtenProject(name, known, isNew, context);
    meant.add(project);
  }
  return [...meant];
}

/** @returns the refusal of a vault that is locked */
async function knownUnlessSealed(
  context: Context,
  names: readonly string[],
): Promise<KnownProjects | KeepsakeError> {
  return knownProjects(context, names).catch((error: unknown) => {
    if (hasCode(error, "VAULT_SEALED")) return error;
    throw error;
  });
}

/** A folder that is there, or a whole path that is said to be new. What else a name means, only an open vault can tell. */
async function toldWhileSealed(
  name: string,
  isNew: boolean,
  context: Context,
  cause: KeepsakeError,
): Promise<string> {
  const { is, project } = await namedProject(name, NONE_KNOWN, context);
  if (is === "folder" || (isNew && name.includes("/"))) return project;
  throw new KeepsakeError("VAULT_SEALED", "only an open vault can tell which project a name means", {
    hint: 'name a folder that is there, or run "keepsake unlock" first',
    cause,
  });
}

/** The project that a name means which is to be kept. @param isNew - it may be one that there is not yet */
async function writtenProject(
  name: string,
  known: KnownProjects,
  isNew: boolean,
  context: Context,
): Promise<string> {
  const meant = await namedProject(name, known, context);
  // The first project there is cannot be a slip of another.
  if (meant.is !== "unknown" || isNew || known.names.length === 0) return meant.project;
  const { nearest } = meant;
  if (context.ask === undefined)
    throw unknownProjectError("USAGE", name, nearest, known, "--new-project makes one of that name");
  // A yes would not say which of several.
  const only = nearest.length === 1 ? nearest[0] : undefined;
  const near = nearest.length === 0 ? "" : spokenProjects(nearest, known);
  const said = `There is no project ${asTyped(name)}`;
  const question =
    only !== undefined
      ? `${said}; did you mean ${near}?`
      : near === ""
        ? `${said}; make it?`
        : `${said}; ${near} may be meant. Make a new one?`;
  if (!(await context.ask.confirm(question, false))) throw new Declined();
  return only ?? meant.project;
}

/** @throws USAGE */
function refuseNameless(newProject: boolean, isNamed: boolean): void {
  if (newProject && !isNamed)
    throw new KeepsakeError("USAGE", "--new-project needs --project, which names it");
}
