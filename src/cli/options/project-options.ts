/**
 * Which project a command is about. Without an option that is the repository of the working folder: what is saved belongs to
 * it (`asking/save-scope.ts`), and reads look at it and at memories of no project.
 */
import { KeepsakeError } from "../../base/errors.ts";
import { asTyped } from "../../base/visible-text.ts";
import {
  ambiguousProjectError,
  eitherOf,
  meantProject,
  projectNames,
  spokenName,
} from "../../client/projects/project-names.ts";
import type { KnownProjects, MeantProject } from "../../client/projects/project-names.ts";
import { isProjectName, resolveProject } from "../../client/projects/project.ts";
import { flag, text } from "../framework/command.ts";
import type { Values } from "../framework/command.ts";
import type { Context } from "../context.ts";
import { givenPath } from "./given-path.ts";

export const newProjectOption = {
  newProject: flag("--project names a project that nothing is stored in yet, and is no slip of another"),
};

export const saveScopeOptions = {
  project: text("NAME", "the project it belongs to: the last folder of a known one's path, or a folder", {
    completes: "project",
  }),
  ...newProjectOption,
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
const EVERY_PROJECT = "*";

/** What a name means that is one project, or could be. */
type One = Exclude<MeantProject, { readonly is: "several" }>;

/** The `project` of a filter; `undefined` looks at everything. @throws USAGE; NOT_FOUND for a project that there is not */
export async function readScope(
  scope: Values<typeof readScopeOptions>,
  context: Context,
): Promise<string | null | undefined> {
  const { project, noProject, allProjects } = scope;
  refuseTwo([project !== undefined, noProject, allProjects]);
  if (allProjects) return undefined;
  if (noProject) return null;
  if (project === undefined) return (await resolveProject(context.folder)) ?? undefined;
  const known = await knownProjects(context, [project]);
  const meant = await namedProject(project, known, context);
  if (meant.is === "unknown") throw unknownProjectError("NOT_FOUND", project, meant.nearest, known);
  return meant.project;
}

/** @throws USAGE when it is no name, or several projects end in it */
export async function namedProject(name: string, known: KnownProjects, context: Context): Promise<One> {
  if (name === EVERY_PROJECT) return { is: "known", project: name };
  const meant = await meantProject(
    wholeName(name, context),
    known,
    context.isFolderGone ? undefined : context.folder,
  );
  if (meant.is === "several") throw severalError(meant.projects, context);
  if (!isProjectName(meant.project)) {
    throw new KeepsakeError("USAGE", "--project is not a name: one line of at most 1,024 bytes");
  }
  return meant;
}

/**
 * Says what was typed, and what it is nearest to: who typed the one knows the other, so it is told off a terminal, too.
 *
 * @param elsewise - what else can be done about it
 */
export function unknownProjectError(
  code: "USAGE" | "NOT_FOUND",
  typed: string,
  nearest: readonly string[],
  known: KnownProjects,
  elsewise = '"keepsake recent -a" shows what there is',
): KeepsakeError {
  const question = nearest.length === 0 ? [] : [`did you mean ${spokenProjects(nearest, known)}?`];
  return new KeepsakeError(code, `there is no project ${asTyped(typed)}`, {
    hint: [...question, elsewise].join(" "),
  });
}

/** One or several, by the shortest that means each. */
export function spokenProjects(projects: readonly string[], known: KnownProjects): string {
  return eitherOf(projects.map((project) => asTyped(spokenName(project, known))));
}

/** What belongs to one project cannot belong to every one. @param instead - what else can be typed @throws USAGE */
export function refuseEveryProject(name: string | undefined, instead: string): void {
  if (name === EVERY_PROJECT)
    throw new KeepsakeError("USAGE", `--project ${asTyped(name)} is every project; name one`, {
      hint: instead,
    });
}

export function refuseTwo(given: readonly boolean[]): void {
  if (given.filter(Boolean).length > 1) {
    throw new KeepsakeError("USAGE", "--project, --no-project and --all-projects exclude each other");
  }
}

/**
 * Every project that memories belong to.
 *
 * @param names - what is to be found among them: what is wrong with one itself is said before the vault is asked
 * @throws USAGE, VAULT_SEALED
 */
export async function knownProjects(context: Context, names: readonly string[] = []): Promise<KnownProjects> {
  for (const name of names) wholeName(name, context);
  const answer = await (await context.connect("start")).call("memory.projects", {});
  return { names: projectNames(answer), isCut: answer.more === true };
}

/** A folder by where it is to the working folder is a whole path. @throws USAGE when the working folder was deleted */
function wholeName(name: string, context: Context): string {
  return /^\.{1,2}(?:\/|$)/.test(name) ? givenPath(name, context) : name;
}

/** Paths are told to a person only. */
function severalError(candidates: readonly string[], { screen: { err } }: Context): KeepsakeError {
  const paths = candidates.slice(0, MAX_PATHS).map(asTyped);
  const more = candidates.length > paths.length ? [`${candidates.length - paths.length} more`] : [];
  const hint = err.isTerminal
    ? `give one by its path: ${[...paths, ...more].join(", ")}`
    : "give one by its whole path";
  return ambiguousProjectError("USAGE", candidates.length, hint);
}
