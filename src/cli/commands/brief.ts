import { counted } from "../../base/shown-values.ts";
import { framed, randomMark } from "../../base/stored-text.ts";
import { visibleLine } from "../../base/visible-text.ts";
import { briefOf } from "../../platform/configuration.ts";
import type { Result } from "../../protocol/method-table.ts";
import type { BriefSection } from "../../protocol/methods/memory-read-methods.ts";
import { BRIEF_SIZES } from "../../protocol/words.ts";
import { choice, command, flag } from "../framework/command.ts";
import type { Style } from "../context.ts";
import { reportNothingFound } from "../options/nothing-found.ts";
import { jsonOption } from "../options/output-options.ts";
import { readScope, readScopeOptions } from "../options/project-options.ts";
import { printJson } from "../output/json.ts";
import { reportHint } from "../output/report-error.ts";

type Explained = NonNullable<Result<"memory.brief">["explained"]>;

const WHY: Readonly<Record<BriefSection, string>> = {
  pinned: "pinned",
  decisions: "tagged decision",
  notes: "among the newest notes",
  sessions: "among the last sessions",
  general: "belongs to no project: pinned ones first, then the newest",
};
const WHY_LEFT: Readonly<Partial<Record<Explained["left"][number]["why"], string>>> = {
  "no room": "for want of room",
  earlier: "since only the newest are shown",
};
const LEFT: Readonly<Record<BriefSection, string>> = {
  pinned: "pinned note",
  decisions: "decision",
  notes: "note",
  sessions: "session",
  general: "note of no project",
};

export const brief = command({
  name: "brief",
  group: "memories",
  summary: "Print what a new session should know: pinned notes, decisions, notes, the last sessions.",
  details: [
    "At most 800 tokens, or 250 when it is short, with the frame that says that these are notes and not instructions. A session of a host begins with the same lines.",
    "Muted, superseded, expired and unverified memories are never in it. What has no room, or is older than what a brief shows, is counted in the last line.",
    'A decision is a note with the tag decision. "keepsake config set brief off" lets no session begin with a brief.',
  ],
  arguments: [],
  options: {
    ...readScopeOptions,
    size: choice(BRIEF_SIZES, "how long it may be, instead of what is set"),
    explain: flag("say why each line is there, and what is not and why"),
    ...jsonOption,
  },
  examples: [
    ["keepsake brief", "what a session in this folder begins with"],
    ["keepsake brief --explain", "why each line is there"],
  ],
  run: async ({ options }, context) => {
    const { project: named, noProject, allProjects, size, explain, json } = options;
    const scope = await readScope({ project: named, noProject, allProjects }, context);
    // A session outside of every repository is told of no project, not of all.
    const project = scope === undefined && !allProjects ? null : scope;
    const client = await context.connect("start");
    const answer = await client.call(
      "memory.brief",
      { explain, ...(project !== undefined && { project }), ...(size !== undefined && { size }) },
      { signal: context.signal },
    );
    const { out, err } = context.screen;
    if (json) printJson(out, answer);
    const { explained = { shown: [], left: [] } } = answer;
    const lines = answer.lines.map(visibleLine);
    if (!json && lines.length > 0)
      out.write(`${framed(withReasons(lines, explained, out.style), randomMark())}\n`);
    if (!json && explain) for (const sentence of explained.left.map(leftOut)) out.write(`${sentence}\n`);
    if (err.isTerminal && briefOf(await context.configuration.read()) === "off")
      reportHint(
        err,
        'no session begins with it: brief is off; "keepsake config set brief full" changes that',
      );
    if (lines.length > 0) return 0;
    return reportNothingFound(project === undefined ? {} : { project }, named !== undefined, context);
  },
});

function withReasons(
  lines: readonly string[],
  { shown }: Explained,
  { dim }: Pick<Style, "dim">,
): readonly string[] {
  const sections = new Map(shown.map(({ line, section }) => [line, section]));
  return lines.flatMap((line, place) => {
    const section = sections.get(place);
    return section === undefined ? [line] : [line, dim(`    why: ${WHY[section]}`)];
  });
}

function leftOut({ why, section, count }: Explained["left"][number]): string {
  const what =
    section === undefined ? counted(count, "memory", "memories") : countedNoun(count, LEFT[section]);
  return `left out: ${what}, ${WHY_LEFT[why] ?? why}`;
}

/** `3 notes of no project`. */
function countedNoun(count: number, what: string): string {
  const [noun = "", ...rest] = what.split(" of ");
  return [counted(count, noun), ...rest].join(" of ");
}
