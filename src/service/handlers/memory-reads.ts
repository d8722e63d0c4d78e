/** Handlers that read memories. */
import { KeepsakeError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Params, Result } from "../../protocol/method-table.ts";
import type { Hit } from "../../protocol/methods/memory.ts";
import type { Filter, Memory } from "../../protocol/schemas.ts";
import type { MemoryFilter, SearchHit, SearchIndexFactory } from "../../search/search-index.ts";
import { maySeeProject, restrictProjects } from "../../policy/project-grants.ts";
import type { ClientIdentity } from "../../policy/client-registry.ts";
import { ResultBudget } from "../memories.ts";
import type { Memories } from "../memories.ts";
import { isoTime, milliseconds } from "../memory-codec.ts";
import type { CallContext, Handlers } from "../service.ts";

type Snippets = Pick<SearchIndexFactory, "snippet">;
type ReadMethods = "memory.search" | "memory.get" | "memory.recent" | "memory.brief" | "memory.projects";

const BRIEF_PINNED = 10;
const BRIEF_RECENT = 10;
const BRIEF_SESSIONS = 5;

/** @param opened - the memories of the open vault; throws VAULT_SEALED */
export function memoryReads(opened: () => Memories, snippets: Snippets): Pick<Handlers, ReadMethods> {
  return {
    "memory.search": (params, context) => search(opened(), snippets, params, context),
    "memory.get": (params, context) => get(opened(), params, context),
    "memory.recent": (params, context) => recent(opened(), params, context),
    "memory.brief": (params, context) => brief(opened(), snippets, params, context),
    "memory.projects": async (_params, { client }) => {
      const { index } = await opened().readable();
      return {
        projects: index
          .projects()
          .filter(({ project }) => maySeeProject(project, client))
          .map(({ lastAt, ...rest }) => ({ ...rest, lastAt: isoTime(lastAt) })),
        tags: [...index.tags(memoryFilter({}, client), opened().now())],
      };
    },
  };
}

/** The filter of a request, narrowed to what the client may see. @throws PROJECT_DENIED */
export function memoryFilter(filter: Filter, client: ClientIdentity): MemoryFilter {
  const { project, after, before, ...same } = filter;
  const projects = restrictProjects(project, client);
  return {
    ...Object.fromEntries(Object.entries(same).filter(([, value]) => value !== undefined)),
    ...(projects !== undefined && { projects }),
    ...(after !== undefined && { after: milliseconds(after) }),
    ...(before !== undefined && { before: milliseconds(before) }),
  };
}

async function search(
  memories: Memories,
  snippets: Snippets,
  params: Params<"memory.search">,
  { client, signal }: CallContext,
): Promise<Result<"memory.search">> {
  const { query, limit, includeSuperseded, asOf, context, explain, ...filter } = params;
  const { index, complete } = await memories.readable();
  const answer = index.search({
    cue: query,
    filter: {
      ...memoryFilter(filter, client),
      includeSuperseded,
      ...(asOf !== undefined && { asOf: milliseconds(asOf) }),
    },
    limit,
    now: memories.now(),
    explain,
  });
  const budget = new ResultBudget();
  const present = async (found: SearchHit): Promise<Hit | undefined> => {
    const [memory] = await memories.readMany([found.id], budget);
    if (memory === undefined) return undefined;
    return {
      ...memory,
      score: found.score,
      snippet: snippets.snippet(memory.text, query, LIMITS.snippetCharacters),
      ...(found.parts !== undefined && { parts: found.parts }),
      ...(context > 0 && { context: await memories.neighbours(found.id, context, budget) }),
    };
  };
  const hits: Hit[] = [];
  for (const found of answer.hits) {
    signal.throwIfAborted();
    const hit = await present(found);
    if (hit !== undefined) hits.push(hit);
  }
  return { hits, more: answer.more, complete };
}

async function get(
  memories: Memories,
  { ids, context }: Params<"memory.get">,
  { client, signal }: CallContext,
): Promise<Result<"memory.get">> {
  const { index } = await memories.readable();
  const budget = new ResultBudget();
  const found: Result<"memory.get">["memories"] = [];
  const missing: string[] = [];
  for (const id of new Set(ids)) {
    signal.throwIfAborted();
    const memory = await memories.read(id);
    if (memory === undefined || !maySeeProject(memory.project, client)) {
      missing.push(id);
      continue;
    }
    const versions = index.versions(id);
    found.push({
      ...budget.take(memory),
      ...(versions.length > 1 && { versions: [...(await memories.readMany(versions, budget))] }),
      ...(context > 0 && { context: await memories.neighbours(id, context, budget) }),
    });
  }
  return { memories: found, missing };
}

/**
 * A memory of a project the client was not granted looks like one that does not exist.
 *
 * @throws NOT_FOUND
 */
export async function readVisible(memories: Memories, id: string, client: ClientIdentity): Promise<Memory> {
  const memory = await memories.read(id);
  if (memory === undefined || !maySeeProject(memory.project, client)) {
    throw new KeepsakeError("NOT_FOUND", `there is no memory ${id}`);
  }
  return memory;
}

async function recent(
  memories: Memories,
  params: Params<"memory.recent">,
  { client }: CallContext,
): Promise<Result<"memory.recent">> {
  const { limit, includeSuperseded, ...filter } = params;
  const { index } = await memories.readable();
  const ids = index.list({ ...memoryFilter(filter, client), includeSuperseded }, memories.now(), limit + 1);
  return {
    memories: [...(await memories.readMany(ids.slice(0, limit), new ResultBudget()))],
    more: ids.length > limit,
  };
}

async function brief(
  memories: Memories,
  snippets: Snippets,
  { project }: Params<"memory.brief">,
  { client }: CallContext,
): Promise<Result<"memory.brief">> {
  const { index } = await memories.readable();
  const now = memories.now();
  const filter = memoryFilter({ project }, client);
  const notes = { ...filter, kind: "note" } as const;
  const budget = new ResultBudget();
  const pinned = await memories.readMany(index.list({ ...notes, pinned: true }, now, BRIEF_PINNED), budget);
  const newest = index.list({ ...notes, pinned: false }, now, BRIEF_RECENT);
  const sessions = index.sessions({ ...filter, kind: "turn" }, now, BRIEF_SESSIONS);
  const openings = await Promise.all(sessions.map(({ openingId }) => memories.readMany([openingId], budget)));
  return {
    pinned: [...pinned],
    recent: [...(await memories.readMany(newest, budget))],
    sessions: sessions.map(({ session, lastAt, turns }, position) => ({
      session,
      lastAt: isoTime(lastAt),
      turns,
      opening: snippets.snippet(openings[position]?.[0]?.text ?? "", "", LIMITS.snippetCharacters),
    })),
  };
}
