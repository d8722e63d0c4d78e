/** What a person is told when nothing matches: that nothing was found, and where it was not looked for. */
import type { Filter } from "../../protocol/schemas.ts";
import type { Context } from "../context.ts";
import { knownProjects } from "./project-options.ts";
import { reportHint } from "../output/report-error.ts";

export const EXIT_NOTHING_FOUND = 5;

/**
 * Says it on a terminal; elsewhere the exit code does.
 *
 * @param filter - what was looked at
 * @param named - whether `--project` chose the project, and not the working folder
 * @param besides - what was looked at together with a project
 * @returns the exit code
 */
export async function reportNothingFound(
  { project }: Filter,
  named: boolean,
  context: Context,
  besides = " and of no project",
): Promise<number> {
  const { err } = context.screen;
  if (!err.isTerminal) return EXIT_NOTHING_FOUND;
  err.write("nothing found\n");
  if (project === null) reportHint(err, "only memories of no project were looked at; -a looks at everything");
  else if (project !== undefined && named && !(await knownProjects(context)).names.includes(project))
    reportHint(err, "no memory belongs to that project; -a looks at everything");
  else if (project !== undefined) {
    const which = named ? "that project" : "this folder's project";
    reportHint(err, `only memories of ${which}${besides} were looked at; -a looks at everything`);
  }
  return EXIT_NOTHING_FOUND;
}
