/** Forgetting: gone from every answer at once; erased from the disk by the next purge. */
import { KeepsakeError, hasCode } from "../../base/errors.ts";
import type { ClientIdentity } from "../../policy/clients.ts";
import type { Params, Result } from "../../protocol/method-table.ts";
import { TARGET_RULE } from "../../protocol/words.ts";
import type { SearchIndex } from "../../search/search-index.ts";
import type { RecallGate } from "../../policy/recall-gate.ts";
import type { Idempotency, Remember } from "../memories/run-once.ts";
import type { Memories } from "../memories/memories.ts";
import { forgetFilter } from "../memories/memory-filters.ts";
import type { CallContext, Handlers } from "../service.ts";
import { findVisible, notFoundError } from "../memories/visible-memories.ts";

export interface MemoryForgetDeps {
  readonly opened: () => Memories;
  readonly idempotency: Idempotency;
  readonly gate: RecallGate;
}

/** All versions of one memory: forgetting the newest alone would bring the one before it back. */
type Chain = readonly string[];

export function memoryForgetHandlers({
  opened,
  idempotency,
  gate,
}: MemoryForgetDeps): Pick<Handlers, "memory.forget"> {
  return {
    "memory.forget": async (params, context) => {
      if ((params.ids === undefined) === (params.filter === undefined)) {
        throw new KeepsakeError("INVALID_PARAMS", TARGET_RULE);
      }
      const memories = opened();
      return idempotency.run<Result<"memory.forget">>("memory.forget", context, params, (remember) =>
        memories.onAllChains(() => forget({ memories, gate, remember }, params, context)),
      );
    },
  };
}

async function forget(
  deps: { memories: Memories; gate: RecallGate; remember: Remember<Result<"memory.forget">> },
  params: Params<"memory.forget">,
  context: CallContext,
): Promise<Result<"memory.forget">> {
  const { memories, gate, remember } = deps;
  const { client, signal } = context;
  const index = await memories.complete();
  const chains =
    params.ids === undefined
      ? await listedChains(memories, index, params, client)
      : await namedChains(memories, index, params.ids, client);
  const count = chains.length;
  const isHarmless = params.dryRun || count === 0;
  const change = {
    method: "memory.forget",
    params,
    chains,
    effect: isHarmless
      ? undefined
      : `forget ${count} ${count === 1 ? "memory" : "memories"} with all versions`,
    isMany: !isHarmless && params.ids?.length !== 1,
  } as const;
  const entry = await gate.enter(change, context);
  if ("asks" in entry) return entry.asks;
  if (params.dryRun) return { status: "dry_run", count };
  if (count === 0) return { status: "forgotten", count, reused: false };
  const result = { status: "forgotten", count, reused: false } as const;
  const changes = remember(result);
  signal.throwIfAborted();
  await memories.remove(chains.flat(), entry.pass, changes);
  return result;
}

/** @throws NOT_FOUND when the client may not see every version of each */
async function namedChains(
  memories: Memories,
  index: SearchIndex,
  ids: readonly string[],
  client: ClientIdentity,
): Promise<readonly Chain[]> {
  const chains: Chain[] = [];
  for (const id of ids) {
    const versions = index.versions(id);
    // A damaged memory can be missing in the index.
    const chain = versions.length === 0 ? [id] : versions;
    if (!(await isVisible(memories, chain, client))) throw notFoundError();
    chains.push(chain);
  }
  return distinct(chains);
}

/** Of the memories that pass the filter, those of which the client may see every version. */
async function listedChains(
  memories: Memories,
  index: SearchIndex,
  { filter = {} }: Params<"memory.forget">,
  client: ClientIdentity,
): Promise<readonly Chain[]> {
  const ids = index.list(forgetFilter(filter, client), memories.now(), Number.MAX_SAFE_INTEGER);
  const chains: Chain[] = [];
  for (const chain of distinct(ids.map((id) => index.versions(id)))) {
    if (chain.length === 1 || (await isVisible(memories, chain, client))) chains.push(chain);
  }
  return chains;
}

/** Each chain once, in an order of their own. */
function distinct(chains: readonly Chain[]): readonly Chain[] {
  const byOldest = new Map(chains.map((chain) => [chain[0], chain]));
  return [...byOldest.values()].toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1));
}

async function isVisible(memories: Memories, chain: Chain, client: ClientIdentity): Promise<boolean> {
  for (const id of chain) {
    if (!(await canForget(memories, id, client))) return false;
  }
  return true;
}

/** A damaged memory can be forgotten too: its id is all that is left of it. */
async function canForget(memories: Memories, id: string, client: ClientIdentity): Promise<boolean> {
  try {
    return (await findVisible(memories, id, client)) !== undefined;
  } catch (error) {
    if (!hasCode(error, "RECORD_DAMAGED")) throw error;
    return true;
  }
}
