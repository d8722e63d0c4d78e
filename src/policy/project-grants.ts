/**
 * What a client that is limited to projects may see and write: memories of its projects, nothing else. Memories of no
 * project are outside as well, since they hold what the user said in every other context. An unlimited client sees
 * everything; when it names a project it sees that one and memories of no project.
 */
import { KeepsakeError } from "../base/errors.ts";
import type { ClientIdentity } from "./clients.ts";

type Grants = Pick<ClientIdentity, "projects">;

/** In a filter: every project the client may see. Never the name of one. */
export const EVERY_PROJECT = "*";

/**
 * The projects a read may look at, for the `project` of its params: a name, `null` (memories of no project), `"*"` or
 * `undefined` (everything the client may see).
 *
 * @returns names, with `null` for memories of no project; `undefined`: no restriction
 * @throws PROJECT_DENIED when a limited client asks for anything else than its projects
 */
export function restrictProjects(
  project: string | null | undefined,
  { projects }: Grants,
): readonly (string | null)[] | undefined {
  if (project === undefined || project === EVERY_PROJECT) return projects;
  if (projects === undefined) return project === null ? [null] : [project, null];
  if (project === null || !projects.includes(project)) throw deniedError();
  return [project];
}

/**
 * The same for what is to be forgotten: a name takes that project alone. What belongs to no project is seen from every one,
 * and nobody who names one means to lose it.
 *
 * @throws PROJECT_DENIED
 */
export function restrictForgotten(
  project: string | null | undefined,
  client: Grants,
): readonly (string | null)[] | undefined {
  const seen = restrictProjects(project, client);
  return typeof project === "string" ? seen?.filter((each) => each !== null) : seen;
}

/** Whether a client may see a memory of `project` (`null`: of no project). */
export function maySeeProject(project: string | null, { projects }: Grants): boolean {
  return projects === undefined || (project !== null && projects.includes(project));
}

/**
 * @throws PROJECT_DENIED when the client may not write memories of `project`
 * @throws INVALID_PARAMS for the name that stands for every project
 */
export function checkProjectWrite(project: string | null, client: Grants): void {
  if (project === EVERY_PROJECT) {
    throw new KeepsakeError("INVALID_PARAMS", "a memory belongs to one project or to none, not to *");
  }
  if (!maySeeProject(project, client)) throw deniedError();
}

function deniedError(): KeepsakeError {
  return new KeepsakeError("PROJECT_DENIED");
}
