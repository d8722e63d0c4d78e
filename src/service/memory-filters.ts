/** Filters as clients write them, narrowed to what the client may see. */
import type { ClientIdentity } from "../policy/client-registry.ts";
import { restrictProjects } from "../policy/project-grants.ts";
import type { Filter } from "../protocol/schemas.ts";
import type { MemoryFilter } from "../search/search-index.ts";
import { milliseconds } from "./memory-codec.ts";

/** @throws PROJECT_DENIED */
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
