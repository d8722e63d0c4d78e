/** Forgetting: gone from every answer at once; erased from the disk by the next purge. */
import { KeepsakeError, hasCode } from "../../base/errors.ts";
import type { ClientIdentity } from "../../policy/client-registry.ts";
import type { Params, Result } from "../../protocol/method-table.ts";
import type { SearchIndex } from "../../search/search-index.ts";
import type { Confirmed } from "../confirmed.ts";
import type { Idempotency } from "../idempotency.ts";
import type { Memories } from "../memories.ts";
import type { CallContext, Handlers } from "../service.ts";
import { memoryFilter, readVisible } from "./memory-reads.ts";

export interface MemoryForgetDeps {
  readonly opened: () => Memories;
  readonly idempotency: Idempotency;
  readonly confirmed: Confirmed;
}

export function memoryForget(deps: MemoryForgetDeps): Pick<Handlers, "memory.forget"> {
  return { "memory.forget": (params, context) => forget(deps, params, context) };
}

async function forget(
  { opened, idempotency, confirmed }: MemoryForgetDeps,
  params: Params<"memory.forget">,
  { client, signal }: CallContext,
): Promise<Result<"memory.forget">> {
  if ((params.ids === undefined) === (params.filter === undefined)) {
    throw new KeepsakeError("INVALID_PARAMS", "give either ids or a filter");
  }
  const memories = opened();
  const index = await memories.complete();
  return idempotency.run("memory.forget", client.id, params, async (remember) => {
    const chains = await targetChains(memories, index, params, client);
    if (params.dryRun) return { status: "dry_run", count: chains.length };
    const one = params.ids?.length === 1 && chains.length === 1;
    if (!one) {
      const needed = await confirmed.require({
        client: client.id,
        method: "memory.forget",
        params,
        targets: chains.flat(),
        targetCount: chains.length,
        description: `forget ${chains.length} ${chains.length === 1 ? "memory" : "memories"} with all versions`,
      });
      if (needed !== undefined) return needed;
    }
    const result = { status: "forgotten" as const, count: chains.length, reused: false };
    signal.throwIfAborted();
    await memories.remove(chains.flat(), remember(result));
    return result;
  });
}

/**
 * The memories meant, each as the list of all its versions: forgetting the newest alone would bring the one before
 * it back.
 *
 * @throws NOT_FOUND
 */
async function targetChains(
  memories: Memories,
  index: SearchIndex,
  { ids, filter }: Params<"memory.forget">,
  client: ClientIdentity,
): Promise<readonly (readonly string[])[]> {
  const named =
    ids ??
    index.list(
      { ...memoryFilter(filter ?? {}, client), includeExpired: true },
      memories.now(),
      Number.MAX_SAFE_INTEGER,
    );
  const chains = new Map<string, readonly string[]>();
  for (const id of named) {
    if (ids !== undefined) await visible(memories, id, client);
    const versions = index.versions(id);
    const chain = versions.length === 0 ? [id] : versions;
    chains.set(chain[0] ?? id, chain);
  }
  return [...chains.values()].toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1));
}

/** A damaged memory can be forgotten too: its id is all that is left of it. */
async function visible(memories: Memories, id: string, client: ClientIdentity): Promise<void> {
  try {
    await readVisible(memories, id, client);
  } catch (error) {
    const seesEverything = client.projects === undefined;
    if (!(seesEverything && hasCode(error, "RECORD_DAMAGED"))) throw error;
  }
}
