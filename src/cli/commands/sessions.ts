import { LIMITS } from "../../base/limits.ts";
import { counted, formatAge, formatDate } from "../../base/shown-values.ts";
import { visibleLine } from "../../base/visible-text.ts";
import type { Result } from "../../protocol/method-table.ts";
import { command, integer } from "../framework/command.ts";
import type { Context } from "../context.ts";
import { reportNothingFound } from "../options/nothing-found.ts";
import { jsonOption } from "../options/output-options.ts";
import { readScope, readScopeOptions } from "../options/project-options.ts";
import { printJson } from "../output/json.ts";
import { shortProject } from "../output/memory-view.ts";
import { reportHint } from "../output/report-error.ts";
import { clipText, textWidth } from "../output/text-width.ts";

type Session = Result<"memory.sessions">["sessions"][number];

/** So much of a name is shown at least; hosts' own are 36 characters long. */
const MIN_NAME_CHARACTERS = 8;
const BETWEEN = " · ";
const GAP = " … ";

export const sessions = command({
  name: "sessions",
  group: "memories",
  summary: "List conversations, the newest first, a line each.",
  details: [
    "A line says what a conversation began with and how it ended. In a pipe its fields are parted by tabs: name, time of the last turn, project, turns, beginning, end.",
  ],
  arguments: [],
  options: {
    ...readScopeOptions,
    limit: integer("N", "how many at most", { min: 1, max: LIMITS.maxListed }),
    ...jsonOption,
  },
  examples: [
    ["keepsake sessions", "conversations of this project"],
    ["keepsake get --session 4f0c", "one of them, by the beginning of its name"],
  ],
  run: async ({ options: { project: named, noProject, allProjects, limit, json } }, context) => {
    const project = await readScope({ project: named, noProject, allProjects }, context);
    const client = await context.connect("start");
    const answer = await client.call(
      "memory.sessions",
      { ...(project !== undefined && { project }), ...(limit !== undefined && { limit }) },
      { signal: context.signal },
    );
    const { out, err } = context.screen;
    if (json) printJson(out, answer);
    const { sessions: listed, more } = answer;
    if (listed.length === 0)
      return reportNothingFound(project === undefined ? {} : { project }, named !== undefined, context);
    if (!json) for (const session of listed) out.write(`${lineOf(session, listed, context)}\n`);
    if (!json && more && out.isTerminal)
      reportHint(err, `there are more; --limit takes up to ${LIMITS.maxListed}`);
    return 0;
  },
});

function lineOf(one: Session, all: readonly Session[], { screen, clock }: Context): string {
  const { session, project, lastAt, turns, opening, closing = "" } = one;
  const [began, ended] = [visibleLine(opening), visibleLine(closing)];
  const { out, lineWidth } = screen;
  if (!out.isTerminal)
    return [visibleLine(session), lastAt, visibleLine(project ?? ""), turns, began, ended].join("\t");
  const facts = [
    shortProject(project),
    `${formatDate(lastAt)}, ${formatAge(lastAt, clock.now())}`,
    counted(turns, "turn"),
  ];
  const name = visibleLine(tellingBeginning(session, all));
  const start = [name, ...facts, ""].join(BETWEEN);
  const line = clipText(start + saidIn(began, ended, lineWidth - textWidth(start)), lineWidth);
  return line.startsWith(name) ? out.style.bold(name) + line.slice(name.length) : line;
}

/** How it began and how it ended; where there is no room for both, each has half of it at least. */
function saidIn(began: string, ended: string, room: number): string {
  if (ended === "") return began;
  const both = room - GAP.length;
  const first = clipText(began, Math.max(Math.ceil(both / 2), both - textWidth(ended)));
  return first === began ? began + GAP + ended : `${first} ${ended}`;
}

/** As much of a name as tells it from the others that are listed. */
function tellingBeginning(session: string, all: readonly Session[]): string {
  const others = all.map((other) => other.session).filter((other) => other !== session);
  let length = MIN_NAME_CHARACTERS;
  while (length < session.length && others.some((other) => other.startsWith(session.slice(0, length))))
    length += 1;
  return session.slice(0, length).toWellFormed();
}
