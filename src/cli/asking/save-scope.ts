/** Which project something new belongs to. A name that is no project yet is a slip as a rule: a person is asked. */
import { KeepsakeError } from "../../base/errors.ts";
import { spokenName } from "../../client/project-names.ts";
import type { KnownProjects } from "../../client/project-names.ts";
import { resolveProject } from "../../client/project.ts";
import type { Values } from "../framework/command.ts";
import type { Context } from "../context.ts";
import {
  knownProjects,
  namedProject,
  refuseTwo,
  shown,
  unknownProjectError,
} from "../options/project-options.ts";
import type { saveScopeOptions } from "../options/project-options.ts";
import { Declined } from "./agreement.ts";

/** The project of something new; `null`: none. @throws USAGE, VAULT_SEALED, INTERRUPTED when the person says no */
export async function saveScope(
  { project, newProject, noProject }: Values<typeof saveScopeOptions>,
  context: Context,
): Promise<string | null> {
  refuseTwo([project !== undefined, noProject]);
  refuseNameless(newProject, project !== undefined);
  if (noProject) return null;
  if (project === undefined) return resolveProject(context.folder);
  return writtenProject(project, await knownProjects(context), newProject, context);
}

/** The project that a name means which is to be kept. @param isNew - it may be one that there is not yet */
export async function writtenProject(
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
  const question = nearest === undefined ? "make it?" : `did you mean ${shown(spokenName(nearest, known))}?`;
  if (!(await context.ask.confirm(`There is no project ${shown(name)}; ${question}`, false)))
    throw new Declined();
  return nearest ?? meant.project;
}

/** @throws USAGE */
export function refuseNameless(newProject: boolean, isNamed: boolean): void {
  if (newProject && !isNamed)
    throw new KeepsakeError("USAGE", "--new-project needs --project, which names it");
}
