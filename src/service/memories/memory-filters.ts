/** Filters as clients write them, narrowed to what the client may see. */
import type { ClientIdentity } from "../../policy/clients.ts";
import { restrictForgotten, restrictProjects } from "../../policy/project-grants.ts";
import type { Filter } from "../../protocol/schemas.ts";
import type { MemoryFilter } from "../../search/search-index.ts";
import { milliseconds } from "../memory-codec.ts";

/** What to look at. @throws PROJECT_DENIED */
export function memoryFilter(filter: Filter, client: ClientIdentity): MemoryFilter {
  return narrowed(filter, restrictProjects(filter.project, client));
}

/** What to forget. @throws PROJECT_DENIED */
export function forgetFilter(filter: Filter, client: ClientIdentity): MemoryFilter {
  return narrowed(filter, restrictForgotten(filter.project, client));
}

function narrowed(
  { project: _project, after, before, ...same }: Filter,
  projects: MemoryFilter["projects"],
): MemoryFilter {
  return {
    ...Object.fromEntries(Object.entries(same).filter(([, value]) => value !== undefined)),
    ...(projects !== undefined && { projects }),
    ...(after !== undefined && { after: milliseconds(after) }),
    ...(before !== undefined && { before: milliseconds(before) }),
  };
}
