/** Handlers on the vault as a whole. */
import { setTimeout as pause } from "node:timers/promises";
import type { ErrorCode } from "../../base/errors.ts";
import { KeepsakeError } from "../../base/errors.ts";
import type { ClientIdentity } from "../../policy/clients.ts";
import { isPerson } from "../../policy/clients.ts";
import type { Params, Result } from "../../protocol/method-table.ts";
import { forgetExpired } from "../memories/forget-expired.ts";
import type { OpenVault, UnlockWith, VaultDoor } from "../../vault/vault.ts";
import { memoryFilter } from "../memories/memory-filters.ts";
import { requireConfirmation } from "../../policy/confirmations.ts";
import type { Confirmations } from "../../policy/confirmations.ts";
import { isoTime } from "../memory-codec.ts";
import { isWhole, rewrite } from "../open-session.ts";
import type { Drained } from "../memories/drain-inbox.ts";
import type { OpenSession } from "../open-session.ts";
import {
  presentRefusal,
  presentDrops,
  presentSecrets,
  presentFault,
  presentRewrite,
  presentDamage,
} from "./present-vault.ts";
import { onlySecret } from "../service.ts";
import type { Secrets } from "../secrets.ts";
import type { CallContext, Handlers } from "../service.ts";

/** Small stores are looked through by then; of others `status` says later what waits. */
const MAX_COUNTING_MS = 50;

export interface VaultHandlersDeps {
  readonly door: VaultDoor;
  readonly confirmations: Confirmations;
  readonly version: string;
  /** The open session; throws VAULT_SEALED or VAULT_MISSING. */
  readonly session: () => OpenSession;
  readonly begin: (vault: OpenVault) => OpenSession;
  /** Asks the engine to finish and end, if this client's lock is to end it. */
  readonly lock: (client: ClientIdentity) => void;
  /** Why the keychain did not open the vault when the daemon started, if it should have. */
  readonly keychainFault: () => ErrorCode | undefined;
  /** Auto-lock locks so many milliseconds from now, whatever its settings say. */
  readonly keepOpen: (ms: number) => void;
  /** When auto-lock will lock, if it will; milliseconds since the epoch. */
  readonly locksAt: () => number | undefined;
  readonly secrets: Pick<Secrets, "counts">;
}

type VaultMethods = Extract<keyof Handlers, `vault.${string}`>;

export function vaultHandlers(deps: VaultHandlersDeps): Pick<Handlers, VaultMethods> {
  const { door, session, confirmations } = deps;
  return {
    "vault.create": async ({ recovery, setAside }, context) => {
      const passphrase = onlySecret(context);
      const created = await door.create(passphrase, { recovery, setAside }, context);
      deps.begin(created.vault);
      if (created.recoveryKey !== undefined) context.giveSecret(created.recoveryKey);
      const { memoryKiB, passes, parallelism, milliseconds } = created.kdf;
      return {
        vaultId: vaultIdOf(door),
        kdf: { memoryKiB, passes, parallelism, milliseconds },
        ...(created.setAside !== undefined && { setAside: created.setAside }),
      };
    },
    "vault.status": async (_params, { client }) => {
      await door.lookAgain();
      const takenIn = door.takeInDrops();
      // A large store takes a while to be looked through, which is no reason to keep whoever asks waiting.
      await (door.isCounting() ? Promise.race([takenIn, pause(MAX_COUNTING_MS)]) : takenIn);
      return status(deps, client);
    },
    "vault.unlock": (params, context) => unlock(deps, params, context),
    "vault.lock": (_params, { client }) => {
      const state = door.state() === "missing" ? "missing" : "sealed";
      deps.lock(client);
      return Promise.resolve({ state });
    },
    "vault.verify": async (_params, context) => {
      const { vault } = session().memories;
      await door.takeInDrops();
      const { records, damage } = await vault.verify(context);
      const refusal = presentRefusal(vault.health.readOnly);
      const ok = isWhole(damage) && refusal === undefined;
      return { records, ok, ...refusal, damage: presentDamage(damage), ...presentDrops(door) };
    },
    "vault.purge": async (params, context) => {
      const open = session();
      const { vault } = open.memories;
      const needed = await requireConfirmation(confirmations, {
        client: context.client.id,
        method: "vault.purge",
        params,
        targets: [String(vault.health.generation)],
        targetCount: vault.health.records,
        description: "re-seal every live record under a new key and erase what was forgotten",
      });
      if (needed !== undefined) return needed;
      context.record.confirmed();
      await forgetExpired(open.memories);
      const done = await rewrite(open, () => vault.purge(context));
      return { status: "purged", ...presentRewrite(done) };
    },
    "vault.rotate": async ({ master, recovery }, context) => {
      const open = session();
      const { vault } = open.memories;
      await forgetExpired(open.memories);
      if (!master)
        return { ...presentRewrite(await rewrite(open, () => vault.purge(context))), droppedSlots: [] };
      const secret = onlySecret(context);
      const done = await rewrite(open, () => door.slots.rotateMaster(secret, { recovery }, context));
      if (done.recoveryKey !== undefined) context.giveSecret(done.recoveryKey);
      return { ...presentRewrite(done), droppedSlots: [...done.droppedSlots] };
    },
    "vault.repair": async ({ acceptRollback }, context) => {
      const open = session();
      const { vault } = open.memories;
      const done = await rewrite(open, () => vault.repair({ acceptRollback }, context));
      // What was salvaged is the new truth, whatever the index held before.
      open.keeper.reload();
      return presentRewrite(done);
    },
  };
}

function vaultIdOf(door: VaultDoor): string {
  const vaultId = door.vaultId();
  if (vaultId === undefined) throw new Error("a vault without an id");
  return vaultId;
}

/** How long it stays open is a setting of the person's own file, so only the person says otherwise for once. */
async function unlock(
  deps: VaultHandlersDeps,
  params: Params<"vault.unlock">,
  context: CallContext,
): Promise<Result<"vault.unlock">> {
  const { forMs } = params;
  if (forMs !== undefined && !isPerson(context.client)) throw forPersonError();
  const result = await opened(deps, params, context);
  if (forMs === undefined) return result;
  deps.keepOpen(forMs);
  const locksAt = deps.locksAt();
  return { ...result, ...(locksAt !== undefined && { locksAt: isoTime(locksAt) }) };
}

async function opened(
  { door, session, begin }: VaultHandlersDeps,
  params: Params<"vault.unlock">,
  context: CallContext,
): Promise<Result<"vault.unlock">> {
  if (door.state() === "open") return unlocked(session(), undefined, context.client);
  const unlockWith: UnlockWith =
    params.with === "keychain" ? { kind: "keychain" } : { kind: params.with, secret: onlySecret(context) };
  const begun = begin(await door.unlock(unlockWith, context, { acceptRollback: params.acceptRollback }));
  return unlocked(begun, await begun.drain.run(), context.client);
}

function forPersonError(): KeepsakeError {
  return new KeepsakeError(
    "SCOPE_DENIED",
    "how long the vault stays open is for the person at the terminal alone",
  );
}

function unlocked(
  { memories }: OpenSession,
  arrived: Drained | undefined,
  client: ClientIdentity,
): Result<"vault.unlock"> {
  const { records, damage, readOnly } = memories.vault.health;
  const refusal = presentRefusal(readOnly);
  const { drained, known, unverified } = arrived ?? { drained: 0, known: 0, unverified: 0 };
  const totals = { memories: records, drained, known, unverified, damage: presentDamage(damage) };
  return {
    state: "open",
    already: arrived === undefined,
    ...refusal,
    ...(client.projects === undefined && totals),
  };
}

function status(
  { door, version, session, locksAt, keychainFault, secrets }: VaultHandlersDeps,
  client: ClientIdentity,
): Result<"vault.status"> {
  const vaultId = door.vaultId();
  const retryAfterMs = door.unlockRetryAfterMs();
  const unopened = door.state() === "sealed" ? keychainFault() : undefined;
  return {
    state: door.state(),
    version,
    ...(vaultId !== undefined && { vaultId }),
    pid: process.pid,
    frontPid: process.ppid,
    ...(client.projects === undefined && {
      ...(!door.isCounting() && { waiting: door.waiting("turns"), waitingBytes: door.inboxCounts().bytes }),
      ...presentDrops(door),
    }),
    ...presentFault(door.fault(), client),
    keychain: door.hasKeychain(),
    ...(unopened !== undefined && { keychainFault: unopened }),
    ...presentSecrets(secrets.counts, client),
    ...(retryAfterMs > 0 && { unlockRetryAfterMs: Math.ceil(retryAfterMs) }),
    ...(door.state() === "open" && { open: openStatus(door, session(), locksAt(), client) }),
  };
}

function openStatus(
  door: VaultDoor,
  { memories, keeper, drain, since }: OpenSession,
  locksAt: number | undefined,
  client: ClientIdentity,
): NonNullable<Result<"vault.status">["open"]> {
  const { health } = memories.vault;
  const { generation, purgePending, purgeDueAt, forgotten } = health;
  const { current, progress } = keeper;
  const isLimited = client.projects !== undefined;
  const seen = { ...memoryFilter({}, client), includeSuperseded: false };
  const versions = { ...seen, includeSuperseded: true };
  const now = memories.now();
  return {
    memories: current.count(seen, now),
    versions: isLimited ? current.count(versions, now) : current.size,
    since: isoTime(since),
    ...(locksAt !== undefined && { locksAt: isoTime(locksAt) }),
    ...(!isLimited && {
      generation,
      purgePending,
      ...(purgeDueAt !== undefined && { purgeDueAt: isoTime(purgeDueAt) }),
      forgotten,
    }),
    index: isLimited ? { complete: progress.complete } : progress,
    ...presentRefusal(health.readOnly),
    ...(!isLimited && {
      damage: presentDamage(health.damage),
      inbox: { unverified: drain.unverified, setAside: door.inboxCounts().setAside },
    }),
  };
}
