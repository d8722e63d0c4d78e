/** Whether one memory passes a filter: the definition that faster ways of filtering must agree with. */
import type { IndexedMemory, MemoryFilter } from "../../../src/search/search-index.ts";

/**
 * @param newer - memories that supersede it
 * @param newest - the memories at the ends of its history, itself included when nothing supersedes it
 * @param now - when expiry is judged; with `asOf` at that time, too
 */
export function passesFilter(
  memory: Omit<IndexedMemory, "text">,
  newer: readonly { readonly savedAt: number }[],
  newest: readonly { readonly expiresAt: number | undefined }[],
  filter: MemoryFilter,
  now: number,
): boolean {
  const isOver = ({ expiresAt = Infinity }: { expiresAt?: number | undefined }, moment: number) =>
    expiresAt <= moment;
  if (filter.asOf !== undefined && memory.savedAt > filter.asOf) return false;
  const wasExpired = filter.asOf !== undefined && isOver(memory, filter.asOf);
  const isExpired = wasExpired || (newest.length > 0 && newest.every((each) => isOver(each, now)));
  if (isExpired && filter.includeExpired !== true) return false;
  const isSuperseded = newer.some(({ savedAt }) => filter.asOf === undefined || savedAt <= filter.asOf);
  if (isSuperseded && filter.includeSuperseded !== true) return false;
  return (
    (filter.projects === undefined || filter.projects.includes(memory.project)) &&
    (filter.tags === undefined ||
      filter.tags.every((tag) => memory.tags.some((other) => other.toLowerCase() === tag.toLowerCase()))) &&
    (filter.kind === undefined || filter.kind === memory.kind) &&
    (filter.role === undefined || filter.role === memory.role) &&
    (filter.trust === undefined || filter.trust.includes(memory.trust)) &&
    (filter.session === undefined || filter.session === memory.session) &&
    (filter.exceptSession === undefined || filter.exceptSession !== memory.session) &&
    (filter.after === undefined || memory.at >= filter.after) &&
    (filter.before === undefined || memory.at < filter.before) &&
    (filter.pinned === undefined || filter.pinned === memory.pinned) &&
    (filter.muted === undefined || filter.muted === memory.muted)
  );
}
