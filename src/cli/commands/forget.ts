import { KeepsakeError, hasCode } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { quoted, visibleLine } from "../../base/visible-text.ts";
import type { KeepsakeClient } from "../../client/keepsake-client.ts";
import type { ParamsInput } from "../../protocol/method-table.ts";
import { TARGET_RULE } from "../../protocol/words.ts";
import type { Filter } from "../../protocol/schemas.ts";
import { any, command, flag, text } from "../framework/command.ts";
import type { Context } from "../context.ts";
import { jsonOption } from "../options/output-options.ts";
import { agree, confirmed, yesOption } from "../asking/agreement.ts";
import { filterOptions, isFiltered, readFilter } from "../options/filter-options.ts";
import { printJson } from "../output/json.ts";
import { shortProject } from "../output/memory-view.ts";
import { counted, formatTime } from "../../base/shown-values.ts";
import { reportHint } from "../output/report-error.ts";
import { clipText } from "../output/text-width.ts";
import { checkedIds, unknownIdsError } from "./get.ts";
import { EXIT_NOTHING_FOUND, reportNothingFound } from "../options/nothing-found.ts";

/** What stands around the text in the question, with room for the answer. */
const QUESTION_COLUMNS = 40;

type Target = Pick<ParamsInput<"memory.forget">, "ids" | "filter">;

export const forget = command({
  name: "forget",
  group: "memories",
  summary: "Forget memories with all their versions.",
  details: [
    "Give ids, or options that choose memories: of the project of the working folder alone, outside a repository of every one. On a terminal it asks first; elsewhere --yes is needed.",
    "Forgotten memories are gone from every answer at once; keepsake purge, or the daemon within a day, erases them from the disk.",
  ],
  arguments: [any("id", "the memories")],
  options: {
    ...filterOptions,
    project: text("NAME", "that project alone; the last folder of its path is enough", {
      completes: "project",
    }),
    dryRun: flag("only say how many it would be"),
    ...yesOption,
    ...jsonOption,
  },
  examples: [
    ["keepsake forget 4f0q8c2m5xjn7w1k3t9yrd6hb0", "one memory"],
    ["keepsake forget --kind turn --before 1y --dry-run", "how many old turns this project has"],
  ],
  run: async ({ words, options }, context) => {
    const { target, description } = await readTarget(words, options, context);
    const client = await context.connect("start");
    const { out, err } = context.screen;
    if (options.dryRun) {
      const answer = await dryRun(client, target, context);
      const count = answer.status === "dry_run" ? answer.count : 0;
      if (options.json) printJson(out, answer);
      else
        out.write(
          `${counted(count, "memory", "memories")} would be forgotten${description === undefined ? "" : `: ${description}`}\n`,
        );
      return count === 0 ? EXIT_NOTHING_FOUND : 0;
    }
    const count = await countTargets(client, target, context);
    if (count === 0) {
      return reportNothingFound(target.filter ?? {}, options.project !== undefined, context, "");
    }
    const which = description === undefined ? "" : ` (${description})`;
    const question = (targets: number) =>
      `Forget ${counted(targets, "memory", "memories")} with all versions${which}?`;
    const [only, ...others] = target.ids ?? [];
    // A single memory needs no token: the question is ours alone.
    if (only !== undefined && others.length === 0 && !options.yes) {
      await agree(context, `Forget ${await beginningOf(client, only, context)} with all versions?`);
    }
    const answer = await confirmed(
      context,
      options.yes,
      (confirmationToken) =>
        call(client, { ...target, ...(confirmationToken !== undefined && { confirmationToken }) }, context),
      ({ targetCount }) => question(targetCount),
    );
    if (options.json) printJson(out, answer);
    else if (answer.status === "forgotten")
      out.write(`forgot ${counted(answer.count, "memory", "memories")}\n`);
    if (out.isTerminal && !options.json) {
      reportHint(err, 'erased from the disk within a day; run "keepsake purge" to do it now');
    }
    return 0;
  },
});

/** @throws USAGE when nothing says which memories */
async function readTarget(
  words: readonly string[],
  options: Parameters<typeof readFilter>[0],
  context: Context,
): Promise<{ readonly target: Target; readonly description: string | undefined }> {
  if (words.length > 0 === isFiltered(options)) {
    throw new KeepsakeError("USAGE", TARGET_RULE);
  }
  if (words.length > 0)
    return { target: { ids: checkedIds(words, LIMITS.maxListed) }, description: undefined };
  const filter = await readFilter(options, context);
  return { target: { filter }, description: describeFilter(filter) };
}

/** The user is asked with the beginning of what would go; only a terminal ever sees it. */
async function beginningOf(
  client: KeepsakeClient,
  id: string,
  { ask, screen, signal }: Context,
): Promise<string> {
  if (ask === undefined) return "1 memory";
  const found = await client.call("memory.get", { ids: [id] }, { signal }).catch((error: unknown) => {
    // One that cannot be read any more can still be forgotten.
    if (!hasCode(error, "RECORD_DAMAGED")) throw error;
    return undefined;
  });
  const stored = found?.memories[0]?.text;
  if (stored === undefined) return "1 memory";
  const beginning = visibleLine(stored.replaceAll(/\s+/gu, " ").trim());
  return quoted(clipText(beginning, Math.max(20, screen.width - QUESTION_COLUMNS)));
}

function call(client: KeepsakeClient, params: ParamsInput<"memory.forget">, { signal }: Context) {
  return client.call("memory.forget", params, { signal });
}

/** @throws NOT_FOUND naming the ids that are none: nothing is forgotten then, nor would be */
async function dryRun(client: KeepsakeClient, target: Target, context: Context) {
  try {
    return await call(client, { ...target, dryRun: true }, context);
  } catch (error) {
    if (!hasCode(error, "NOT_FOUND") || target.ids === undefined) throw error;
    const unknown: string[] = [];
    for (const id of target.ids) if (!(await isThere(client, id, context))) unknown.push(id);
    throw unknownIdsError(unknown, target.ids.length > 1 ? "; nothing was forgotten" : "");
  }
}

async function isThere(client: KeepsakeClient, id: string, context: Context): Promise<boolean> {
  try {
    await call(client, { ids: [id], dryRun: true }, context);
    return true;
  } catch (error) {
    if (!hasCode(error, "NOT_FOUND")) throw error;
    return false;
  }
}

/** How many there are, asked without changing anything. */
async function countTargets(client: KeepsakeClient, target: Target, context: Context): Promise<number> {
  const answer = await dryRun(client, target, context);
  return answer.status === "dry_run" ? answer.count : 0;
}

/** What a filter chooses, spelled out: what it takes in must not come as a surprise. */
function describeFilter({ project, tags, kind, role, trust, session, after, before }: Filter): string {
  const where =
    project === undefined
      ? "of every project"
      : project === null
        ? "of no project"
        : `of project ${shortProject(project)}`;
  return [
    kind === undefined ? undefined : `${kind}s`,
    where,
    tags === undefined ? undefined : `with ${counted(tags.length, "tag")}`,
    role === undefined ? undefined : `said by ${role === "user" ? "you" : "the assistant"}`,
    trust === undefined ? undefined : `of trust ${trust.join(" or ")}`,
    session === undefined ? undefined : "of one conversation",
    after === undefined ? undefined : `from ${formatTime(after)} on`,
    before === undefined ? undefined : `before ${formatTime(before)}`,
  ]
    .filter((part) => part !== undefined)
    .join(", ");
}
