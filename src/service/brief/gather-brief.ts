/**
 * What a brief may show: the newest of each of its parts, and how many there are. Nothing that is muted, superseded, expired or
 * unverified is among them. A decision is a note with the tag `decision`.
 */
import { LIMITS } from "../../base/limits.ts";
import type { BriefSection } from "../../protocol/methods/memory-read-methods.ts";
import type { Memory } from "../../protocol/schemas.ts";
import type { MemoryFilter, SearchIndex, SearchIndexFactory } from "../../search/search-index.ts";
import type { RecordId } from "../../vault/vault.ts";
import { isoTime } from "../memory-codec.ts";
import { narrowedToUnasked } from "../memories/memory-filters.ts";
import { readAhead } from "../memories/read-ahead.ts";
import type { VisibleMemories } from "../memories/visible-memories.ts";
import type { SessionEnds } from "./brief-lines.ts";

const DECISION_TAG = "decision";
const MAX_OF_A_KIND = 10;
const MAX_SESSIONS = 5;

interface Gathered<T> {
  readonly found: readonly T[];
  readonly total: number;
}

export type GatheredBrief = Readonly<Record<Exclude<BriefSection, "sessions">, Gathered<Memory>>> & {
  readonly sessions: Gathered<SessionEnds>;
};

export interface BriefSource {
  readonly index: SearchIndex;
  readonly visible: VisibleMemories;
  readonly snippets: Pick<SearchIndexFactory, "snippet">;
  readonly now: number;
}

/** @param filter - what the client may see of the project; with memories of no project, those come last */
export async function gatherBrief(source: BriefSource, filter: MemoryFilter): Promise<GatheredBrief> {
  const { index, now } = source;
  const isBeside = (filter.projects?.length ?? 0) > 1 && filter.projects?.includes(null) === true;
  const ownProjects = isBeside ? filter.projects?.filter((project) => project !== null) : filter.projects;
  const told = narrowedToUnasked(filter);
  const own = { ...told, ...(ownProjects !== undefined && { projects: ownProjects }) };
  const none = { ...told, projects: isBeside ? [null] : [] };
  const plain = { ...own, kind: "note", pinned: false } as const;
  const decided = { ...plain, tags: [DECISION_TAG] };
  const list = (wanted: MemoryFilter, most = MAX_OF_A_KIND) => index.list(wanted, now, most);

  const pinned = await readAll(
    source,
    list({ ...plain, pinned: true }),
    index.count({ ...plain, pinned: true }, now),
  );
  const decisionIds = list(decided);
  const decisionCount = index.count(decided, now);
  const decisions = await readAll(source, decisionIds, decisionCount);
  const noteIds = list(plain, 2 * MAX_OF_A_KIND).filter((id) => !decisionIds.includes(id));
  const rest = index.count(plain, now) - decisionIds.length;
  const notes = await readAll(source, noteIds, rest);
  const generalNotes = { ...none, kind: "note" } as const;
  const generalIds = [true, false].flatMap((isPinned) => list({ ...generalNotes, pinned: isPinned }));
  const general = await readAll(
    source,
    generalIds.slice(0, 2 * MAX_OF_A_KIND),
    index.count(generalNotes, now),
  );
  const sessions = await lastSessions(source, { ...own, kind: "turn" });
  // A decision behind the first ones is a note like others, so that it is counted once.
  return { pinned, decisions: { ...decisions, total: decisions.found.length }, notes, sessions, general };
}

/** How the newest sessions began and ended: two turns of each are read, however long it is. */
async function lastSessions(source: BriefSource, filter: MemoryFilter): Promise<Gathered<SessionEnds>> {
  const all = source.index.sessions(filter, source.now);
  const found: SessionEnds[] = [];
  for (const summary of all.slice(0, MAX_SESSIONS)) found.push(await sessionEnds(source, summary));
  return { found, total: all.length };
}

/** What a session began with and how it ended; an opening that cannot be read is empty. */
export async function sessionEnds(
  { visible, snippets }: Pick<BriefSource, "visible" | "snippets">,
  summary: ReturnType<SearchIndex["sessions"]>[number],
): Promise<SessionEnds> {
  const { session, lastAt, turns, openingId, closingId } = summary;
  const beginning = ({ text }: Memory) => snippets.snippet(text, "", LIMITS.snippetCharacters);
  const first = await visible.findSound(openingId);
  const last =
    closingId === undefined || closingId === openingId ? undefined : await visible.findSound(closingId);
  return {
    session,
    lastAt: isoTime(lastAt),
    turns,
    opening: first === undefined ? "" : beginning(first),
    ...(first !== undefined && { trust: first.trust }),
    ...(last !== undefined && { closing: beginning(last), closingTrust: last.trust }),
  };
}

/** @param total - how many there are; what cannot be read is not among them */
async function readAll(
  { visible }: BriefSource,
  ids: readonly RecordId[],
  total: number,
): Promise<Gathered<Memory>> {
  const found: Memory[] = [];
  for await (const [, memory] of readAhead(ids, (id) => visible.findSound(id)))
    if (memory !== undefined) found.push(memory);
  return { found, total: total - (ids.length - found.length) };
}
