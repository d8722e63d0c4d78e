/**
 * What a project's name means, and what people call it: its last folder. Answers show that short name, so people and models
 * give it back; it means the one project that ends in it, unless it is a project itself. `*` is every project.
 */
import { basename } from "node:path";
import { KeepsakeError } from "../base/errors.ts";
import type { Result } from "../protocol/method-table.ts";

/** The last folder of a project's path, or its whole name. */
export function shortProjectName(project: string): string {
  return basename(project) || project;
}

export function projectNames({ projects }: Pick<Result<"memory.projects">, "projects">): readonly string[] {
  return projects.flatMap(({ project }) => (project === null ? [] : [project]));
}

/**
 * The projects a name means: several when they share a short name, the name itself when there is none.
 *
 * @param known - every project there is; only asked for a short name, since that needs an open vault
 */
export async function meantProjects(
  name: string,
  known: () => Promise<readonly string[]>,
): Promise<readonly [string, ...string[]]> {
  if (name === "*" || name.includes("/")) return [name];
  const all = await known();
  if (all.includes(name)) return [name];
  const [first = name, ...others] = all.filter((project) => shortProjectName(project) === name);
  return [first, ...others];
}

/** @param hint - how the caller names one of them */
export function ambiguousProjectError(
  code: "USAGE" | "INVALID_PARAMS",
  count: number,
  hint: string,
): KeepsakeError {
  return new KeepsakeError(code, `${count} projects have that short name`, { hint });
}
