import type { Hit } from "../../protocol/methods/memory-read-methods.ts";
import type { Result } from "../../protocol/method-table.ts";
import { LIMITS } from "../../base/limits.ts";
import { KeepsakeError } from "../../base/errors.ts";
import { isValid } from "../../protocol/client-view.ts";
import { command, flag, integer, some, text } from "../framework/command.ts";
import type { Context } from "../context.ts";
import { listFormat, listOutputOptions } from "../options/output-options.ts";
import { filterOptions, readFilter } from "../options/filter-options.ts";
import { parseTime } from "../../client/spoken-times.ts";
import { highlighter } from "../output/highlight.ts";
import { printJson, printJsonLines } from "../output/json.ts";
import { formatHit, formatTabbed } from "../output/memory-view.ts";
import { reportHint } from "../output/report-error.ts";
import { reportNothingFound } from "../options/nothing-found.ts";

export const search = command({
  name: "search",
  group: "memories",
  summary: "Find memories by words.",
  details: [
    "Looks at the project of the working folder and at memories of no project; outside a repository at everything.",
    "A request and its answer are one hit, and so are equal texts.",
    "In a pipe a hit is a line: id, time, project, who, text and what it answers or what answers it, parted by tabs.",
    "Exits with 5 when nothing is found, and prints nothing on standard output then; with --json an empty list.",
  ],
  arguments: [some("query", "what to look for: words or a question")],
  options: {
    ...filterOptions,
    limit: integer("N", "how many at most", { min: 1, max: LIMITS.maxListed }),
    context: integer("N", "also so many turns before and after each", { min: 0, max: LIMITS.maxContext }),
    includeSuperseded: flag("also memories that a newer version replaced"),
    asOf: text("TIME", "as it was known then"),
    explain: flag("show what each part of the ranking contributed"),
    ...listOutputOptions,
  },
  examples: [
    ["keepsake search what colour is low water", "ask in your own words"],
    ['keepsake search printer --after "last week" --role user', "only what you said since Monday a week ago"],
    ["keepsake search tide --all-projects --json | jq -r '.hits[].text'", "hand it to other programs"],
  ],
  run: async ({ words, options }, context) => {
    const format = listFormat(options);
    const query = words.join(" ");
    if (!isValid("queryText", query) || query.trim() === "") {
      throw new KeepsakeError("USAGE", `a query is 1 to ${LIMITS.queryBytes} bytes of text`);
    }
    const asOf =
      options.asOf &&
      (await parseTime(options.asOf, "--as-of", {
        now: context.clock.now(),
        direction: "past",
        edge: "end",
      }));
    const filter = await readFilter(options, context);
    const client = await context.connect("start");
    const found = await client.call(
      "memory.search",
      {
        query,
        ...filter,
        includeSuperseded: options.includeSuperseded,
        explain: options.explain,
        context: options.context ?? 0,
        fold: true,
        ...(options.limit !== undefined && { limit: options.limit }),
        ...(asOf && { asOf }),
      },
      { signal: context.signal },
    );
    const { hits, more, weak, complete } = found;
    if (!complete)
      reportHint(context.screen.err, "the index is still being rebuilt: memories may be missing");
    const { out } = context.screen;
    if (format === "json")
      printJson(out, { hits, more, ...(weak === true && { weak }), ...(!complete && { complete }) });
    if (hits.length === 0) return reportNothingFound(filter, options.project !== undefined, context);
    if (format === "jsonl") printJsonLines(out, hits);
    if (format === "text") printHits(hits, query, options.explain || (options.context ?? 0) > 0, context);
    if (weak === true && format === "text")
      reportHint(context.screen.err, "all match weakly; perhaps nothing stored answers this");
    sayWhatIsLeft(found, options.limit ?? LIMITS.listDefault, format === "text" && out.isTerminal, context);
    return 0;
  },
});

/** That an answer was cut to what fits is said in any format; that more match, only to people. */
function sayWhatIsLeft(
  { hits, more }: Result<"memory.search">,
  limit: number,
  isForPeople: boolean,
  { screen: { err } }: Context,
): void {
  if (more && hits.length < limit) {
    reportHint(err, "more match than fit into one answer; narrow it with --after, --before or --tag");
  } else if (more && isForPeople) {
    reportHint(err, `there are more; --limit takes up to ${LIMITS.maxListed}`);
  }
  if (hits.some(({ context }) => context?.more === true)) {
    reportHint(err, "not all neighbouring turns fit into one answer; --limit leaves more room for them");
  }
}

function printHits(
  hits: readonly Hit[],
  query: string,
  isDetailed: boolean,
  { screen, clock }: Context,
): void {
  const { out, width, lineWidth } = screen;
  if (!out.isTerminal && !isDetailed) {
    out.write(hits.map(formatTabbedHit).join(""));
    return;
  }
  const mark = highlighter(query, (word) => out.style.bold(out.style.accent(word)));
  const view = { style: out.style, width, lineWidth, now: clock.now(), mark };
  out.write(hits.map((hit) => formatHit(hit, view)).join("\n"));
}

function formatTabbedHit(hit: Hit): string {
  const beside = hit.request ?? hit.answer;
  return formatTabbed(hit, hit.snippet, ...(beside === undefined ? [] : [beside.snippet]));
}
