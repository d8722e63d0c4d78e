/**
 * A list of memories in few tokens, for search and recent: one line each, and the same facts as `structuredContent`.
 *
 * Cost is characters / 4 over both renderings together, since no server can know which of the two a host shows its model.
 */
import * as z from "zod";
import { LIMITS } from "../../base/limits.ts";
import { quoted } from "../../base/visible-text.ts";
import type { Memory } from "../../protocol/schemas.ts";
import { shortProjectName } from "../project-scope.ts";
import { NOTICE, foldedLabel, foldedLine, framed } from "../stored-text.ts";
import type { ToolOutcome } from "./tool.ts";

const CHARACTERS_PER_TOKEN = 4;
const NAME_CHARACTERS = 40;
const DAY_MS = 86_400_000;

export const listingOutput = z.strictObject({
  notice: z.literal(NOTICE),
  hits: z.array(
    z.strictObject({
      id: z.string(),
      date: z.string(),
      project: z.string().optional(),
      role: z.string(),
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
  const most = request.maxTokens * CHARACTERS_PER_TOKEN;
  const entries = request.memories.map((memory) => entryOf(memory, request.now));
  for (let shown = entries.length; shown > 0; shown--) {
    const outcome = render(entries.slice(0, shown), request);
    if (cost(outcome) <= most) return outcome;
  }
  const [first] = entries;
  if (first === undefined) return render([], request);
  const excess = cost(render([first], request)) - most;
  const room = Math.max(1, first.snippet.length - Math.ceil(excess / 2) - 1);
  return render([{ ...first, snippet: foldedLine(first.snippet, room) }], request);
}

/** Characters a host may show its model for an answer. */
function cost({ text, structured }: ToolOutcome<object>): number {
  return text.length + JSON.stringify(structured).length;
}

/** How long ago, in the largest unit that is not zero. */
export function age(time: number, now: number): string {
  const days = Math.floor((now - time) / DAY_MS);
  if (days < 0) return "ahead";
  if (days === 0) return "today";
  if (days < 14) return `${days}d ago`;
  if (days < 61) return `${Math.floor(days / 7)}w ago`;
  return days < 730 ? `${Math.floor(days / 30.44)}mo ago` : `${Math.floor(days / 365.25)}y ago`;
}

/** A memory's project as people call it. */
export function projectLabel(project: string): string {
  return foldedLabel(shortProjectName(project), NAME_CHARACTERS);
}

/** A project on a line of keepsake's: what `projectLabel` gives, in quotation marks that tell it from none. */
export function quotedProject(label: string | undefined): string {
  return label === undefined ? "no project" : quoted(label);
}

/** Who said it: `note`, `user`, `assistant`, with the speaker's name in quotation marks when there is one. */
export function roleLabel({ kind, role, speaker }: Pick<Memory, "kind" | "role" | "speaker">): string {
  const said = kind === "note" ? "note" : (role ?? "turn");
  return speaker === undefined ? said : `${said} ${quoted(foldedLabel(speaker, NAME_CHARACTERS))}`;
}

function entryOf(memory: ListingRequest["memories"][number], now: number): Entry {
  return {
    id: memory.id,
    date: `${memory.at.slice(0, 10)} ${age(Date.parse(memory.at), now)}`,
    ...(memory.project !== null && { project: projectLabel(memory.project) }),
    role: roleLabel(memory),
    snippet: foldedLine(memory.snippet ?? memory.text, LIMITS.snippetCharacters),
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
function lineOf({ id, date, project, role, snippet, pinned, superseded_by: newer }: Entry): string {
  const marks = `${pinned === true ? " [pinned]" : ""}${newer === undefined ? "" : ` [superseded by ${newer}]`}`;
  return `${id} ${date}, ${quotedProject(project)}, ${role}${marks}: ${snippet}`;
}
