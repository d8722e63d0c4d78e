/**
 * A list of memories in few tokens, for search and recent: one line each, and the same facts as `structuredContent`.
 *
 * A host shows its model one of the two, so the dearer one counts. Cost is UTF-8 bytes / 3, which `npm run bench:recall`
 * holds against a tokenizer: characters / 4 is a quarter too low for English lines with ids and far too low for Chinese.
 */
import * as z from "zod";
import { LIMITS } from "../../base/limits.ts";
import { dayAndAge } from "../../base/shown-values.ts";
import type { Memory } from "../../protocol/schemas.ts";
import { quotedProject, roleLabel } from "../labels.ts";
import { NOTICE, foldedLine, framed } from "../stored-text.ts";
import type { ToolOutcome } from "./tool.ts";

const BYTES_PER_TOKEN = 3;
const ELLIPSIS_BYTES = 3;
/** The first hits have whole snippets, those behind them the beginnings: they are read to choose from. */
const WHOLE_SNIPPETS = 3;
const LATER_SNIPPET_CHARACTERS = 120;

export const listingOutput = z.strictObject({
  notice: z.literal(NOTICE),
  hits: z.array(
    z.strictObject({
      id: z.string(),
      about: z.string().describe("date and age, project, who said it"),
      snippet: z.string(),
      pinned: z.boolean().optional(),
      superseded_by: z.string().optional(),
    }),
  ),
  more: z.boolean(),
  hint: z.string().optional(),
});
export type Listing = z.output<typeof listingOutput>;
type Entry = Listing["hits"][number];

export interface ListingRequest {
  /** Best or newest first; `snippet` is the memory's text when there is none. */
  readonly memories: readonly (Memory & { readonly snippet?: string })[];
  /** Whether the daemon has more behind these. */
  readonly more: boolean;
  readonly maxTokens: number;
  readonly now: number;
  readonly mark: string;
  /** Sentences for the end: given how many of the memories are shown. */
  readonly hint: (shown: number) => string;
}

/** As many of the memories as fit; when not even one does, the first with a shorter snippet. */
export function listing(request: ListingRequest): ToolOutcome<Listing> {
  const most = request.maxTokens * BYTES_PER_TOKEN;
  const entries = request.memories.map((memory, place) => entryOf(memory, place, request.now));
  for (let shown = entries.length; shown > 0; shown--) {
    const outcome = render(entries.slice(0, shown), request);
    if (cost(outcome) <= most) return outcome;
  }
  const [first] = entries;
  if (first === undefined) return render([], request);
  const excess = cost(render([first], request)) - most;
  const room = Math.max(1, first.snippet.length - excess - ELLIPSIS_BYTES);
  return render([{ ...first, snippet: foldedLine(first.snippet, room) }], request);
}

/** Bytes a host may show its model for an answer. */
function cost({ text, structured }: ToolOutcome<object>): number {
  return Math.max(Buffer.byteLength(text), Buffer.byteLength(JSON.stringify(structured)));
}

function entryOf(memory: ListingRequest["memories"][number], place: number, now: number): Entry {
  const room = place < WHOLE_SNIPPETS ? LIMITS.snippetCharacters : LATER_SNIPPET_CHARACTERS;
  return {
    id: memory.id,
    about: `${dayAndAge(memory.at, now)}, ${quotedProject(memory.project)}, ${roleLabel(memory)}`,
    snippet: foldedLine(memory.snippet ?? memory.text, room),
    ...(memory.pinned && { pinned: true }),
    ...(memory.supersededBy !== undefined && { superseded_by: memory.supersededBy }),
  };
}

function render(entries: readonly Entry[], { memories, more, mark, hint }: ListingRequest) {
  const said = hint(entries.length);
  const structured: Listing = {
    notice: NOTICE,
    hits: [...entries],
    more: more || entries.length < memories.length,
    ...(said !== "" && { hint: said }),
  };
  const parts = [entries.length === 0 ? "" : framed(entries.map(lineOf), mark), said];
  return { text: parts.filter((part) => part !== "").join("\n"), structured };
}

/**
 * What keepsake says of a memory stands before its text, and labels in it are quoted, so that nothing stored can pretend
 * to it.
 */
function lineOf({ id, about, snippet, pinned, superseded_by: newer }: Entry): string {
  const marks = `${pinned === true ? " [pinned]" : ""}${newer === undefined ? "" : ` [superseded by ${newer}]`}`;
  return `${id} ${about}${marks}: ${snippet}`;
}
