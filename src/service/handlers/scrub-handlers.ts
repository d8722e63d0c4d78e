/** Scrubbing: secrets that are stored already are masked or forgotten, then purged from the disk. */
import { setTimeout as pause } from "node:timers/promises";
import { hasCode } from "../../base/errors.ts";
import { requireConfirmation } from "../../policy/confirmations.ts";
import type { Confirmations } from "../../policy/confirmations.ts";
import type { RecallGate } from "../../policy/recall-gate.ts";
import type { Params, Result } from "../../protocol/method-table.ts";
import type { VaultDoor } from "../../vault/vault.ts";
import { forgetExpired } from "../memories/forget-expired.ts";
import type { Holding } from "./stored-secrets.ts";
import { findStoredSecrets, maskStoredSecrets } from "./stored-secrets.ts";
import { isoTime } from "../memory-codec.ts";
import type { OpenSession } from "../open-session.ts";
import { rewrite } from "../open-session.ts";
import { presentRewrite } from "./present-vault.ts";
import type { Secrets } from "../secrets.ts";
import type { CallContext, Handlers } from "../service.ts";

const PURGE_RETRY_MS = 50;
/** Most records an answer names; the counts are of all. */
const MAX_PLACES = 500;

export interface ScrubDeps {
  readonly door: Pick<VaultDoor, "takeInDrops">;
  readonly session: () => OpenSession;
  readonly confirmations: Confirmations;
  readonly gate: RecallGate;
  readonly secrets: Secrets;
}

export function scrubHandlers(deps: ScrubDeps): Pick<Handlers, "memory.scrub"> {
  return { "memory.scrub": (params, context) => scrub(deps, params, context) };
}

async function scrub(
  { door, session, confirmations, gate, secrets }: ScrubDeps,
  params: Params<"memory.scrub">,
  context: CallContext,
): Promise<Result<"memory.scrub">> {
  const open = session();
  const { memories } = open;
  const pass = gate.passOfPerson(context.client);
  await door.takeInDrops();
  if (open.drain.isWorthwhile) await open.drain.run();
  const { holdings, unread } = await findStoredSecrets(memories, secrets, context);
  const found = present(holdings, unread);
  if (params.dryRun || holdings.length === 0) {
    const { purgePending } = memories.vault.health;
    return { status: "found", ...found, ...(purgePending && { purgePending }) };
  }
  const ids = holdings.map(({ id }) => id);
  const needed = await requireConfirmation(confirmations, {
    client: context.client.id,
    method: "memory.scrub",
    params,
    targets: ids,
    targetCount: ids.length,
    description: `${params.forget ? "forget what holds secrets" : "replace secrets in what is stored"}, then purge`,
  });
  if (needed !== undefined) return needed;
  context.record.confirmed();
  let forgotten = 0;
  if (params.forget) forgotten = await forgetAll(memories, ids, secrets, pass);
  else await maskStoredSecrets(memories, secrets, ids, pass, context);
  await forgetExpired(memories);
  const done = await rewrite(open, () => purge(memories, context));
  return { status: "scrubbed", ...found, forgotten, ...presentRewrite(done) };
}

/** One that began by itself in between is waited for: it may have begun before the last secret was gone. */
async function purge({ vault }: OpenSession["memories"], context: CallContext) {
  for (;;) {
    try {
      return await vault.purge(context);
    } catch (error) {
      if (!hasCode(error, "BUSY")) throw error;
      await pause(PURGE_RETRY_MS, undefined, { signal: context.signal });
    }
  }
}

/** With all their versions, in one batch: what comes again comes without its secrets, and is known by what it then says. @returns how many memories went */
async function forgetAll(
  memories: OpenSession["memories"],
  ids: readonly string[],
  secrets: Secrets,
  pass: ReturnType<RecallGate["passOfPerson"]>,
): Promise<number> {
  return memories.onAllChains(async () => {
    const index = await memories.complete();
    const chains = new Map(
      ids.map((id) => {
        const versions = index.versions(id);
        return [versions[0] ?? id, versions.length === 0 ? [id] : versions] as const;
      }),
    );
    await memories.remove([...chains.values()].flat(), pass, [], (stored) => secrets.foundIn(stored).said);
    return chains.size;
  });
}

function present(holdings: readonly Holding[], unread: number) {
  const kinds = new Map<string, number>();
  for (const each of holdings)
    for (const [kind, count] of each.kinds) kinds.set(kind, (kinds.get(kind) ?? 0) + count);
  const counts = [...kinds].map(([kind, count]) => ({ kind, count }));
  return {
    memories: holdings.length,
    secrets: counts.reduce((sum, { count }) => sum + count, 0),
    kinds: counts.toSorted((one, other) => other.count - one.count || (one.kind < other.kind ? -1 : 1)),
    places: holdings.slice(0, MAX_PLACES).map(({ id, stored, kinds: held }) => ({
      id,
      kind: stored.kind,
      project: stored.project,
      at: isoTime(stored.at),
      secrets: [...held.keys()],
    })),
    ...(unread > 0 && { unread }),
  };
}
