/**
 * A list of memories in few tokens, for search and recent: a line each, one more for the other turn of its exchange, and the
 * same facts as `structuredContent`.
 *
 * A host shows its model one of the two, so the dearer one counts. Cost is UTF-8 bytes / 3, which `npm run bench:recall`
 * holds against a tokenizer: characters / 4 is a quarter too low for English lines with ids and far too low for Chinese.
 */
import * as z from "zod";
import { LIMITS } from "../../base/limits.ts";
import { dayAndAge } from "../../base/shown-values.ts";
import type { Hit } from "../../protocol/methods/memory-read-methods.ts";
import type { Memory } from "../../protocol/schemas.ts";
import { quotedProject, roleLabel, trustMark } from "../labels.ts";
import { foldedLine, framed } from "../../base/stored-text.ts";
import { storedOutput, storedResult } from "./stored-result.ts";
import type { ToolOutcome } from "./tool.ts";

const BYTES_PER_TOKEN = 3;
/** A snippet that is too long alone is cut to this share of it, again and again. */
const SHORTER = 0.8;
/** The first memories of a list without snippets are shown at length, those behind them are read to choose from. */
const SHOWN_AT_LENGTH = 3;
const LATER_CHARACTERS = 120;

const anyEntry = z.strictObject({
  id: z.string(),
  about: z.string().describe("date and age, project, who said it"),
  trust: z.string(),
  snippet: z.string(),
  pinned: z.boolean().optional(),
  superseded_by: z.string().optional(),
});

const rest = { more: z.boolean(), hint: z.string().optional() };

export const listingOutput = storedOutput({ hits: z.array(anyEntry), ...rest });

/** The trust of what was asked or answered stands there where it is another than that of the hit. */
const hitEntry = anyEntry.extend({
  asked: z.string().optional(),
  asked_trust: z.string().optional(),
  answered: z.string().optional(),
  answered_trust: z.string().optional(),
});
export const hitsOutput = storedOutput({ hits: z.array(hitEntry), weak: z.boolean().optional(), ...rest });
export type Listing = z.output<typeof hitsOutput>;
type Entry = Listing["hits"][number];
/** What the line of a memory says of its trust: in the structured content it is a field of its own. */
type Shown = { readonly entry: Entry; readonly trustMark: string };

type Listed = Memory & Partial<Pick<Hit, "snippet" | "request" | "answer" | "copies" | "older">>;

export interface ListingRequest {
  /** Best or newest first; the beginning of its text stands for a memory that is no hit. */
  readonly memories: readonly Listed[];
  /** What was asked for; nothing for more than one. */
  readonly project: string | null | undefined;
  /** Even the best may well be no answer. */
  readonly isWeak?: boolean;
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
  const all = request.memories.map((memory, place) => ({
    entry: entryOf(memory, place, request),
    trustMark: trustMark(memory),
  }));
  for (let shown = all.length; shown > 0; shown--) {
    const outcome = render(all.slice(0, shown), request);
    if (cost(outcome) <= most) return outcome;
  }
  const [first] = all;
  if (first === undefined) return render([], request);
  const { asked: _1, asked_trust: _2, answered: _3, answered_trust: _4, ...alone } = first.entry;
  let outcome = render([{ ...first, entry: alone }], request);
  for (let room = alone.snippet.length; cost(outcome) > most && room > 1; room = Math.floor(room * SHORTER))
    outcome = render([{ ...first, entry: { ...alone, snippet: foldedLine(alone.snippet, room) } }], request);
  return outcome;
}

/** Bytes a host may show its model for an answer. */
function cost({ text, structured }: ToolOutcome<object>): number {
  return Math.max(Buffer.byteLength(text), Buffer.byteLength(JSON.stringify(structured)));
}

function entryOf(memory: Listed, place: number, { now, project }: ListingRequest): Entry {
  const { snippet, request, answer, copies, older } = memory;
  const label = memory.project === project ? "" : `${quotedProject(memory.project)}, `;
  const room = place < SHOWN_AT_LENGTH ? LIMITS.snippetCharacters : LATER_CHARACTERS;
  return {
    id: memory.id,
    about: `${dayAndAge(memory.at, now)}, ${label}${roleLabel(memory)}${older === true ? " [older]" : ""}${alike(copies)}`,
    trust: memory.trust,
    // A snippet is of the length that was asked for.
    snippet: foldedLine(snippet ?? memory.text, snippet === undefined ? room : Number.POSITIVE_INFINITY),
    ...(request !== undefined && { asked: foldedLine(request.snippet, Number.POSITIVE_INFINITY) }),
    ...(request !== undefined && request.trust !== memory.trust && { asked_trust: request.trust }),
    ...(answer !== undefined && { answered: foldedLine(answer.snippet, Number.POSITIVE_INFINITY) }),
    ...(answer !== undefined && answer.trust !== memory.trust && { answered_trust: answer.trust }),
    ...(memory.pinned && { pinned: true }),
    ...(memory.supersededBy !== undefined && { superseded_by: memory.supersededBy }),
  };
}

function render(shown: readonly Shown[], { memories, more, isWeak, mark, hint }: ListingRequest) {
  const said = hint(shown.length);
  const structured: Listing = storedResult({
    hits: shown.map(({ entry }) => entry),
    more: more || shown.length < memories.length,
    ...(isWeak === true && { weak: true }),
    ...(said !== "" && { hint: said }),
  });
  const parts = [shown.length === 0 ? "" : framed(shown.flatMap(linesOf), mark), said];
  return { text: parts.filter((part) => part !== "").join("\n"), structured };
}

/**
 * What keepsake says of a memory stands before its text, and labels in it are quoted, so that nothing stored can pretend
 * to it: stored text has no line of its own.
 */
function linesOf({ entry, trustMark: trust }: Shown): readonly string[] {
  const { id, about, snippet, pinned, superseded_by: newer } = entry;
  const { asked, asked_trust: askedTrust, answered, answered_trust: answeredTrust } = entry;
  const marks = `${pinned === true ? " [pinned]" : ""}${newer === undefined ? "" : ` [superseded by ${newer}]`}`;
  return [
    `${id} ${about}${trust}${marks}: ${snippet}`,
    ...(asked === undefined ? [] : [`  asked${bracketed(askedTrust)}: ${asked}`]),
    ...(answered === undefined ? [] : [`  answered${bracketed(answeredTrust)}: ${answered}`]),
  ];
}

function bracketed(trust: Entry["trust"] | undefined): string {
  return trust === undefined ? "" : ` [${trust}]`;
}

function alike(copies: Listed["copies"]): string {
  if (copies === undefined) return "";
  const newest = copies.newest === undefined ? "" : `, newest ${copies.newest}`;
  return ` [${copies.count} more alike${newest}]`;
}
