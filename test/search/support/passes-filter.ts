/** Whether one memory passes a filter: the definition that faster ways of filtering must agree with. */
import type { IndexedMemory, MemoryFilter } from "../../../src/search/search-index.ts";

/**
 * @param newer - memories that supersede it
 * @param now - when expiry is judged, unless the filter says `asOf`
 */
export function passesFilter(
  memory: Omit<IndexedMemory, "text">,
  newer: readonly { readonly savedAt: number }[],
  filter: MemoryFilter,
  now: number,
): boolean {
  const moment = filter.asOf ?? now;
  if (filter.asOf !== undefined && memory.savedAt > filter.asOf) return false;
  const isExpired = memory.expiresAt !== undefined && memory.expiresAt <= moment;
  if (isExpired && filter.includeExpired !== true) return false;
  const isSuperseded = newer.some(({ savedAt }) => filter.asOf === undefined || savedAt <= filter.asOf);
  if (isSuperseded && filter.includeSuperseded !== true) return false;
  return (
    (filter.projects === undefined || filter.projects.includes(memory.project)) &&
    (filter.tags === undefined || filter.tags.every((tag) => memory.tags.includes(tag))) &&
    (filter.kind === undefined || filter.kind === memory.kind) &&
    (filter.role === undefined || filter.role === memory.role) &&
    (filter.session === undefined || filter.session === memory.session) &&
    (filter.after === undefined || memory.at >= filter.after) &&
    (filter.before === undefined || memory.at < filter.before) &&
    (filter.pinned === undefined || filter.pinned === memory.pinned)
  );
}
