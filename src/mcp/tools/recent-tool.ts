/** `memory_recent`: the newest memories, one line each. */
import * as z from "zod";
import { kind, limit, readProject, requestFilter, session, tags } from "./arguments.ts";
import { listing, listingOutput } from "./listing.ts";
import { tool } from "./tool.ts";

const DEFAULT_LIMIT = 10;
/** More than the longest entry costs: a list is cut only where its `limit` says so. */
const TOKENS_PER_ENTRY = 400;

export const recentTool = tool({
  description: "The newest memories, newest first.",
  input: z.strictObject({
    project: readProject,
    kind,
    tags,
    session,
    limit: limit.describe(`default ${DEFAULT_LIMIT}`),
  }),
  output: listingOutput,
  slips: { k: "limit", n: "limit", count: "limit", tag: "tags" },
  run: async (args, { daemon, scope, clock, drawMark, signal }) => {
    const wanted = args.limit ?? DEFAULT_LIMIT;
    const { limit: _limit, ...given } = args;
    const filter = await requestFilter(given, scope, clock.now(), signal);
    const { memories, more } = await daemon.call("memory.recent", { ...filter, limit: wanted }, signal);
    const isOfProject = memories.some(({ project }) => project === filter.project);
    const missing = isOfProject ? undefined : await scope.missing(given.project, signal);
    return listing({
      memories,
      more,
      project: undefined,
      maxTokens: (memories.length + 1) * TOKENS_PER_ENTRY,
      now: clock.now(),
      mark: drawMark(),
      hint: (shown) => {
        if (shown === 0) return missing ?? "Nothing is stored here yet.";
        const isCut = more && memories.length < wanted;
        const older = isCut
          ? "There are more than one answer holds: narrow it, or use memory_search. "
          : more
            ? `Older ones: raise limit (now ${wanted}). `
            : "";
        return `${missing === undefined ? "" : `${missing} `}${older}Whole texts: memory_get.`;
      },
    });
  },
});
