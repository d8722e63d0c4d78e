/** `memory_search`: the best matches within a budget of tokens. */
import * as z from "zod";
import { queryText } from "../../protocol/schemas.ts";
import { filterArguments, limit, requestFilter } from "./arguments.ts";
import { hitsOutput, listing } from "./listing.ts";
import { tool } from "./tool.ts";

const DEFAULT_LIMIT = 7;
const DEFAULT_MAX_TOKENS = 1_200;
/** Of the bytes that a token is reckoned at, so many go to snippets; the rest is ids, dates and requests. */
const SNIPPET_BYTES_PER_TOKEN = 1.25;
const MIN_TOKENS = 250;
const MAX_TOKENS = 20_000;

export const searchTool = tool({
  description:
    "Find what was said or noted before: earlier conversations, decisions, preferences, facts. Ask in plain words; names and dates help.",
  input: z.strictObject({
    query: queryText,
    ...filterArguments,
    limit: limit.describe(`default ${DEFAULT_LIMIT}`),
    max_tokens: z.int().min(MIN_TOKENS).max(MAX_TOKENS).optional().describe("default 1200"),
  }),
  output: hitsOutput,
  slips: { q: "query", text: "query", k: "limit", top_k: "limit", maxTokens: "max_tokens", tag: "tags" },
  run: async (args, { daemon, scope, clock, drawMark, signal }) => {
    const wanted = args.limit ?? DEFAULT_LIMIT;
    const maxTokens = args.max_tokens ?? DEFAULT_MAX_TOKENS;
    const filter = await requestFilter(args, scope, clock.now(), signal);
    const { hits, more, weak, complete } = await daemon.call(
      "memory.search",
      {
        query: args.query,
        ...filter,
        limit: wanted,
        fold: true,
        snippetBytes: Math.floor(maxTokens * SNIPPET_BYTES_PER_TOKEN),
      },
      signal,
    );
    const isOfProject = hits.some(({ project }) => project === filter.project);
    const missing = isOfProject ? undefined : await scope.missing(args.project, signal);
    return listing({
      memories: hits,
      more,
      isWeak: weak === true,
      project: filter.project,
      maxTokens,
      now: clock.now(),
      mark: drawMark(),
      hint: (shown) =>
        [
          missing ?? "",
          shown === 0 && missing === undefined ? nothingFound(filter.project) : "",
          shown > 0 && weak === true ? "All match weakly: perhaps nothing stored answers this." : "",
          hits.some(({ older }) => older === true) ? "[older]: another match is newer." : "",
          shown < hits.length
            ? `${hits.length - shown} more did not fit into max_tokens ${maxTokens}: raise it.`
            : "",
          more && hits.length < wanted ? "More match than one answer holds: narrow the search." : "",
          more && hits.length >= wanted ? `More match: raise limit (now ${wanted}).` : "",
          shown > 0 ? "Whole texts: memory_get." : "",
          complete ? "" : "Index rebuilding: some may be missing.",
        ]
          .filter((sentence) => sentence !== "")
          .join(" "),
    });
  },
});

function nothingFound(project: string | null | undefined): string {
  const wider = typeof project === "string" && project !== "*" ? ', or project "*" for all projects' : "";
  return `Nothing stored matches. Try other words${wider}.`;
}
