import { LIMITS } from "../../base/limits.ts";
import { command, flag, integer } from "../framework/command.ts";
import { listFormat, listOutputOptions } from "../options/output-options.ts";
import { filterOptions, readFilter } from "../options/filter-options.ts";
import { printJson, printJsonLines } from "../output/json.ts";
import { formatListed, formatTabbed } from "../output/memory-view.ts";
import { reportHint } from "../output/report-error.ts";
import { reportNothingFound } from "../options/nothing-found.ts";

export const recent = command({
  name: "recent",
  group: "memories",
  summary: "List the newest memories.",
  arguments: [],
  options: {
    ...filterOptions,
    limit: integer("N", "how many at most", { min: 1, max: LIMITS.maxListed }),
    includeSuperseded: flag("also memories that a newer version replaced"),
    ...listOutputOptions,
  },
  examples: [
    ["keepsake recent --kind note", "the notes of this project"],
    ["keepsake recent --all-projects --after yesterday", "everything since yesterday"],
  ],
  run: async ({ options }, context) => {
    const format = listFormat(options);
    const filter = await readFilter(options, context);
    const client = await context.connect("start");
    const { memories, more } = await client.call(
      "memory.recent",
      {
        ...filter,
        includeSuperseded: options.includeSuperseded,
        ...(options.limit !== undefined && { limit: options.limit }),
      },
      { signal: context.signal },
    );
    const { out, err, width, lineWidth } = context.screen;
    if (format === "json") printJson(out, { memories, more });
    if (memories.length === 0) return reportNothingFound(filter, options.project !== undefined, context);
    const view = { style: out.style, width, lineWidth, now: context.clock.now() };
    if (format === "jsonl") printJsonLines(out, memories);
    else if (format === "text" && out.isTerminal)
      out.write(memories.map((memory) => formatListed(memory, view)).join("\n"));
    else if (format === "text")
      out.write(memories.map((memory) => formatTabbed(memory, memory.text)).join(""));
    const isCut = more && memories.length < (options.limit ?? LIMITS.listDefault);
    if (isCut) {
      const oldest = memories.at(-1)?.at ?? "";
      reportHint(err, `that is as much as fits into one answer; older ones: --before ${oldest}`);
    } else if (format === "text" && more && out.isTerminal) {
      reportHint(err, `there are more; --limit takes up to ${LIMITS.maxListed}`);
    }
    return 0;
  },
});
