/** Handlers of what is told without a question: the brief of a project, and its conversations in a line each. */
import type { Params, Result } from "../../protocol/method-table.ts";
import type { BriefSize } from "../../protocol/methods/memory-read-methods.ts";
import type { Memory } from "../../protocol/schemas.ts";
import type { MemoryFilter, SearchIndex, SearchIndexFactory } from "../../search/search-index.ts";
import { noteLine, sessionLine } from "../brief/brief-lines.ts";
import { fitBrief } from "../brief/fit-brief.ts";
import type { FittedBrief } from "../brief/fit-brief.ts";
import { gatherBrief, sessionEnds } from "../brief/gather-brief.ts";
import type { GatheredBrief } from "../brief/gather-brief.ts";
import { memoryFilter } from "../memories/memory-filters.ts";
import type { Memories } from "../memories/memories.ts";
import { VisibleMemories } from "../memories/visible-memories.ts";
import type { CallContext, Handlers } from "../service.ts";

export interface BriefDeps {
  /** The memories of the open vault; throws VAULT_SEALED. */
  readonly opened: () => Memories;
  readonly snippets: Pick<SearchIndexFactory, "snippet">;
  /** How long a brief is that nobody says a length for. @throws INVALID_CONFIG */
  readonly briefSize: () => Promise<BriefSize>;
}

/** What is listed beside the lines. */
const LISTED = 10;
/** They leave room for other conversations of the same name. */
const MAX_TURN_IDS = 10_000;

type BriefMethods = "memory.brief" | "memory.sessions";

export function briefHandlers(deps: BriefDeps): Pick<Handlers, BriefMethods> {
  return {
    "memory.brief": (params, context) => brief(deps, params, context),
    "memory.sessions": (params, context) => sessions(deps, params, context),
  };
}

async function brief(
  { opened, snippets, briefSize }: BriefDeps,
  { project, size: asked, explain }: Params<"memory.brief">,
  { client, signal }: CallContext,
): Promise<Result<"memory.brief">> {
  const memories = opened();
  const size = asked ?? (await briefSize());
  const filter = memoryFilter({ project }, client);
  // Until all is loaded, what was muted or replaced could pass for what holds.
  const index = await memories.complete();
  signal.throwIfAborted();
  const now = memories.now();
  const visible = new VisibleMemories(memories, index, client);
  const gathered = await gatherBrief({ index, visible, snippets, now }, filter);
  signal.throwIfAborted();
  const fitted = fitBrief(partsOf(gathered, size, filter), size);
  const { lines } = fitted;
  const ends = gathered.sessions.found;
  const explained = explain ? { explained: explanation(fitted, index, filter, now) } : {};
  visible.budget.takeIfRoom({ lines, ends, explained });
  const { pinned, decisions, notes, general } = gathered;
  const known = newestFirst([pinned, decisions, notes, general].flatMap(({ found }) => found));
  const fitting = (isPinned: boolean) => {
    const wanted = known.filter((memory) => memory.pinned === isPinned).slice(0, LISTED);
    const end = wanted.findIndex((memory) => !visible.budget.takeIfRoom(memory));
    return { fit: end === -1 ? wanted : wanted.slice(0, end), isCut: end !== -1 };
  };
  const [listed, recent] = [fitting(true), fitting(false)];
  return {
    lines: [...lines],
    size,
    pinned: listed.fit,
    recent: recent.fit,
    sessions: [...ends],
    ...((listed.isCut || recent.isCut) && { more: true as const }),
    ...explained,
  };
}

function partsOf(gathered: GatheredBrief, size: BriefSize, { projects }: MemoryFilter) {
  const isOfMany = (projects?.filter((project) => project !== null).length ?? Infinity) > 1;
  const ofNotes = (section: "pinned" | "decisions" | "notes" | "general") => {
    const { found, total } = gathered[section];
    const lineOf = (memory: Memory) => noteLine(memory, size, isOfMany);
    return { section, total, items: found.map((memory) => ({ line: lineOf(memory), id: memory.id })) };
  };
  const { found, total } = gathered.sessions;
  const items = found.map((ends) => ({ line: sessionLine(ends, size), session: ends.session }));
  return [
    ofNotes("pinned"),
    ofNotes("decisions"),
    ofNotes("notes"),
    { section: "sessions", total, items } as const,
    ofNotes("general"),
  ];
}

function explanation(
  { shown, left }: FittedBrief,
  index: SearchIndex,
  filter: MemoryFilter,
  now: number,
): NonNullable<Result<"memory.brief">["explained"]> {
  const current = index.count(filter, now);
  const others = [
    { why: "muted", count: index.count({ ...filter, muted: true }, now) },
    { why: "unverified", count: index.count({ ...filter, muted: false, trust: ["unverified"] }, now) },
    { why: "superseded", count: index.count({ ...filter, includeSuperseded: true }, now) - current },
    { why: "expired", count: index.count({ ...filter, includeExpired: true }, now) - current },
  ] as const;
  return {
    shown: [...shown],
    left: [...left, ...others.filter(({ count }) => count > 0)],
  };
}

function newestFirst(memories: readonly Memory[]): readonly Memory[] {
  return memories.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at) || (a.id < b.id ? -1 : 1));
}

async function sessions(
  { opened, snippets }: BriefDeps,
  { project, beginning = "", turnIds, limit }: Params<"memory.sessions">,
  { client, signal }: CallContext,
): Promise<Result<"memory.sessions">> {
  const memories = opened();
  const filter = memoryFilter({ project }, client);
  const { index } = await memories.readable();
  const begun = index
    .sessions({ ...filter, kind: "turn" }, memories.now())
    .filter(({ session }) => session.startsWith(beginning));
  const named = begun.filter(({ session }) => session === beginning);
  const wanted = named.length > 0 ? named : begun;
  const visible = new VisibleMemories(memories, index, client);
  const listed: Result<"memory.sessions">["sessions"] = [];
  for (const summary of wanted.slice(0, limit)) {
    signal.throwIfAborted();
    const ends = await sessionEnds({ visible, snippets }, summary);
    const line = {
      ...ends,
      project: summary.project,
      ...(turnIds && { turnIds: turnsFrom(summary.firstId, index) }),
    };
    if (!visible.budget.takeIfRoom(line)) break;
    listed.push(line);
  }
  return { sessions: listed, more: listed.length < wanted.length };
}

/** A conversation also holds what is no turn of it any more, such as what has expired; whoever asks for those gets nothing. */
function turnsFrom(firstId: string, index: SearchIndex): string[] {
  return [firstId, ...index.neighbours(firstId, MAX_TURN_IDS).after].slice(0, MAX_TURN_IDS);
}
