/** Counts over memories: projects, tags and sessions, in a fixed order. */
import type { IndexedMemory, SearchIndex, SessionSummary } from "./search-index.ts";

type Listed = Pick<IndexedMemory, "id" | "at" | "savedAt" | "project" | "session" | "role" | "tags">;

/** Newest first: by `at`, then id. */
export function newestFirst(a: Listed, b: Listed): number {
  return b.at - a.at || (a.id < b.id ? -1 : 1);
}

/** The order of a conversation: by `at`, then when it was saved, then id. */
export function conversationOrder(a: Listed, b: Listed): number {
  return a.at - b.at || a.savedAt - b.savedAt || (a.id < b.id ? -1 : 1);
}

export function countProjects(memories: Iterable<Listed>): ReturnType<SearchIndex["projects"]> {
  const counted = new Map<string | null, { count: number; lastAt: number }>();
  for (const { project, at } of memories) {
    const seen = counted.get(project);
    counted.set(project, { count: (seen?.count ?? 0) + 1, lastAt: Math.max(seen?.lastAt ?? at, at) });
  }
  return [...counted]
    .map(([project, { count, lastAt }]) => ({ project, count, lastAt }))
    .toSorted((a, b) => b.lastAt - a.lastAt || ((a.project ?? "") < (b.project ?? "") ? -1 : 1));
}

export function countTags(memories: Iterable<Listed>): ReturnType<SearchIndex["tags"]> {
  const counted = new Map<string, number>();
  for (const { tags } of memories)
    for (const tag of new Set(tags)) counted.set(tag, (counted.get(tag) ?? 0) + 1);
  return [...counted]
    .map(([tag, count]) => ({ tag, count }))
    .toSorted((a, b) => b.count - a.count || (a.tag < b.tag ? -1 : 1));
}

export function summariseSessions(memories: Iterable<Listed>, limit: number): SessionSummary[] {
  const sessions = new Map<string, Listed[]>();
  for (const memory of memories) {
    if (memory.session === undefined) continue;
    const members = sessions.get(memory.session);
    if (members === undefined) sessions.set(memory.session, [memory]);
    else members.push(memory);
  }
  return [...sessions]
    .map(([session, members]) => {
      const turns = members.toSorted(conversationOrder);
      const opening = turns.find(({ role }) => role !== "assistant") ?? turns[0];
      return {
        session,
        lastAt: turns.at(-1)?.at ?? 0,
        turns: turns.length,
        openingId: opening?.id ?? "",
      };
    })
    .toSorted((a, b) => b.lastAt - a.lastAt || (a.session < b.session ? -1 : 1))
    .slice(0, limit);
}
