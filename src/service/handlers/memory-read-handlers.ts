/** Handlers that read memories. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { LIMITS } from "../../base/limits.ts";
import { maySeeProject } from "../../policy/project-grants.ts";
import type { Params, Result } from "../../protocol/method-table.ts";
import type { Hit } from "../../protocol/methods/memory-read-methods.ts";
import type { Memory } from "../../protocol/schemas.ts";
import type { SearchIndexFactory } from "../../search/search-index.ts";
import type { RecordId } from "../../vault/vault.ts";
import type { Memories } from "../memories/memories.ts";
import { isoTime, milliseconds } from "../memory-codec.ts";
import { FoldedHits } from "../memories/fold-hits.ts";
import type { FoundHit } from "../memories/fold-hits.ts";
import { isToldUnasked, memoryFilter, narrowedToUnasked } from "../memories/memory-filters.ts";
import { readAhead } from "../memories/read-ahead.ts";
import { olderHits } from "../memories/older-hits.ts";
import { ResultBudget } from "../memories/result-budget.ts";
import { showHits } from "../memories/show-hits.ts";
import type { CallContext, Handlers } from "../service.ts";
import { VisibleMemories } from "../memories/visible-memories.ts";

type Snippets = Pick<SearchIndexFactory, "snippet">;
type ReadMethods = "memory.search" | "memory.get" | "memory.recent" | "memory.projects";

/** So many hits are looked at for each that folding is to leave; few or many, so that counts do not hang on the limit. */
const HITS_PER_FOLDED = 4;
const MIN_LOOKED_AT = 60;
const MAX_LOOKED_AT = 200;

/** @param opened - the memories of the open vault; throws VAULT_SEALED */
export function memoryReadHandlers(opened: () => Memories, snippets: Snippets): Pick<Handlers, ReadMethods> {
  return {
    "memory.search": async (params, context) => search(opened(), snippets, params, context),
    "memory.get": async (params, context) => get(opened(), params, context),
    "memory.recent": async (params, context) => recent(opened(), params, context),
    "memory.projects": async (_params, context) => projects(opened(), context),
  };
}

async function search(
  memories: Memories,
  snippets: Snippets,
  params: Params<"memory.search">,
  { client, signal }: CallContext,
): Promise<Result<"memory.search">> {
  const {
    query,
    limit,
    exceptSession,
    includeSuperseded,
    unasked,
    asOf,
    context,
    explain,
    fold,
    snippetBytes,
    ...fields
  } = params;
  const moment = asOf === undefined ? {} : { asOf: milliseconds(asOf) };
  const except = exceptSession === undefined ? {} : { exceptSession };
  const chosen = { ...memoryFilter(fields, client), ...except, includeSuperseded, ...moment };
  const filter = unasked ? narrowedToUnasked(chosen) : chosen;
  // Until all is loaded, what was muted or replaced could pass for what holds.
  if (unasked) await memories.complete();
  const { index, complete } = await memories.readable();
  const answer = index.search({
    cue: query,
    filter,
    limit: fold ? lookedAt(limit) : limit,
    now: memories.now(),
    explain,
    strongOnly: unasked,
  });
  const visible = new VisibleMemories(memories, index, client, unasked ? isToldUnasked : undefined);
  const folded = new FoldedHits(index, (id) => visible.findWithin(id, filter));
  const found: FoundHit[] = [];
  let isFull = false;
  const take = (one: FoundHit) => {
    isFull ||= !visible.takeWithBeside({ ...one.memory, score: one.hit.score, parts: one.hit.parts });
    if (!isFull) found.push(one);
  };
  for await (const [hit, memory] of readAhead(answer.hits, ({ id }) => visible.findSound(id))) {
    signal.throwIfAborted();
    if (memory === undefined) continue;
    if (fold) await folded.take(hit, memory);
    else take({ hit, memory, copies: 0 });
    if (isFull) break;
  }
  if (fold) (await folded.first(limit)).forEach(take);
  const more = answer.more || isFull || folded.size > limit;
  const cut = (text: string, characters: number) => snippets.snippet(text, query, characters);
  const shown = await showHits(found, snippetBytes, cut, async () => {
    await nextTurn();
    signal.throwIfAborted();
  });
  const older = answer.asksLatest ? olderHits(found, index) : new Set<RecordId>();
  const hits: Hit[] = [];
  for (const [place, { hit, memory, copies, newest }] of found.entries()) {
    signal.throwIfAborted();
    const texts = shown[place] ?? { snippet: "" };
    if (!visible.budget.takeIfRoom(texts)) return { hits, more: true, weak: answer.weak, complete };
    hits.push({
      ...memory,
      score: hit.score,
      ...texts,
      ...(hit.parts !== undefined && { parts: hit.parts }),
      ...(copies > 0 && { copies: { count: copies, ...(newest !== undefined && { newest: newest.id }) } }),
      ...(older.has(memory.id) && { older: true as const }),
    });
  }
  // Neighbours come last: they take no room from a hit.
  const detailed: Hit[] = [];
  for (const hit of hits) {
    signal.throwIfAborted();
    detailed.push({ ...hit, ...(await visible.context(hit.id, context)) });
  }
  return { hits: detailed, more, weak: answer.weak, complete };
}

function lookedAt(limit: number): number {
  return Math.min(MAX_LOOKED_AT, Math.max(MIN_LOOKED_AT, limit * HITS_PER_FOLDED));
}

async function get(
  memories: Memories,
  { ids, context, exchange }: Params<"memory.get">,
  { client, signal }: CallContext,
): Promise<Result<"memory.get">> {
  // Until all is loaded, a version that was replaced would pass for the newest, and outlive its memory's time.
  const index = await memories.loaded();
  const visible = new VisibleMemories(memories, index, client);
  const found: Memory[] = [];
  const missing: RecordId[] = [];
  const leftOut: RecordId[] = [];
  visible.budget.takeIfRoom(ids);
  signal.throwIfAborted();
  const wanted = [...new Set(ids)];
  for await (const [id, memory] of readAhead(wanted, (each) => visible.find(each))) {
    signal.throwIfAborted();
    if (memory === undefined) missing.push(id);
    else if (visible.takeWithBeside(memory)) found.push(memory);
    else {
      leftOut.push(...wanted.slice(wanted.indexOf(id)));
      break;
    }
  }
  // Versions and neighbours come last: they take no room from what was asked for.
  const detailed: Result<"memory.get">["memories"] = [];
  for (const memory of found) {
    signal.throwIfAborted();
    const { id } = memory;
    detailed.push({
      ...memory,
      ...(await visible.versions(id)),
      ...(await visible.context(id, context, exchange)),
    });
  }
  return { memories: detailed, missing, ...(leftOut.length > 0 && { leftOut }) };
}

async function recent(
  memories: Memories,
  params: Params<"memory.recent">,
  { client }: CallContext,
): Promise<Result<"memory.recent">> {
  const { limit, includeSuperseded, ...fields } = params;
  const filter = memoryFilter(fields, client);
  const { index } = await memories.readable();
  const ids = index.list({ ...filter, includeSuperseded }, memories.now(), limit + 1);
  const visible = new VisibleMemories(memories, index, client);
  const { found, left } = await visible.asManyAsFit(ids.slice(0, limit));
  return { memories: [...found], more: ids.length > limit || left.length > 0 };
}

/** Cut to what fits, and says so: a flood of tags must not take the projects away from everyone. */
async function projects(memories: Memories, { client }: CallContext): Promise<Result<"memory.projects">> {
  const { index } = await memories.readable();
  const known = index
    .projects(memories.now())
    .filter(({ project }) => maySeeProject(project, client))
    .map(({ project, count, lastAt }) => ({ project, count, lastAt: isoTime(lastAt) }));
  const used = index.tags(memoryFilter({}, client), memories.now()).map(({ tag, count }) => ({ tag, count }));
  const listed = { projects: fitting(known), tags: fitting(used) };
  const isCut = listed.projects.length < known.length || listed.tags.length < used.length;
  return { ...listed, ...(isCut && { more: true as const }) };
}

/** The first of `pieces`, as many as half a result holds. */
function fitting<T>(pieces: readonly T[]): T[] {
  const budget = new ResultBudget(LIMITS.resultBytes / 2);
  const end = pieces.findIndex((piece) => !budget.takeIfRoom(piece));
  return end === -1 ? [...pieces] : pieces.slice(0, end);
}
