/** Filters as clients write them, narrowed to what the client may see. */
import type { ClientIdentity } from "../../policy/clients.ts";
import { restrictForgotten, restrictProjects } from "../../policy/project-grants.ts";
import type { Filter, Trust } from "../../protocol/schemas.ts";
import type { MemoryFilter } from "../../search/search-index.ts";
import { TRUSTS } from "../../search/search-index.ts";
import { milliseconds } from "../memory-codec.ts";
import type { StoredMemory } from "../memory-codec.ts";

/** What to look at. @throws PROJECT_DENIED */
export function memoryFilter(filter: Filter, client: ClientIdentity): MemoryFilter {
  return narrowed(filter, restrictProjects(filter.project, client));
}

/** What may be said to somebody who did not ask for it: what nobody muted, and somebody known answers for. */
const UNASKED_TRUST: readonly Trust[] = TRUSTS.filter((trust) => trust !== "unverified");

export function narrowedToUnasked(filter: MemoryFilter): MemoryFilter {
  const { trust = UNASKED_TRUST } = filter;
  return { ...filter, muted: false, trust: trust.filter((each) => UNASKED_TRUST.includes(each)) };
}

/** The same of one memory, as it stands beside others. */
export function isToldUnasked({ muted, trust }: Pick<StoredMemory, "muted" | "trust">): boolean {
  return muted !== true && UNASKED_TRUST.includes(trust);
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
