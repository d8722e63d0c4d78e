/**
 * What the open vault does on its own while nobody needs it: forgetting what expired, the purge that is due after something
 * was forgotten, checkpoints of the index, taking in what was dropped and what is left in the inbox, dropping idempotency keys that expired and
 * what is too old in the record of calls.
 *
 * Nothing is given up unasked: while a record is damaged or missing a purge waits for a person, who is told what it loses.
 */
import type { Clock } from "../base/clock.ts";
import { codeOf } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import type { VaultDoor } from "../vault/vault.ts";
import type { AuditTrail } from "./audit/audit-trail.ts";
import { dropOld } from "./audit/retention.ts";
import { forgetExpired } from "./memories/forget-expired.ts";
import type { Idempotency } from "./memories/run-once.ts";
import { rewrite } from "./open-session.ts";
import type { OpenSession } from "./open-session.ts";

const TICK_MS = 1_000;
/** A chore that failed, or that was done and is due once in a while, rests. */
const REST_AFTER_FAILURE_MS = 60_000;
const EXPIRY_EVERY_MS = 3_600_000;
const DROPS_EVERY_MS = 10_000;
/** A purge waits until no request came for this long; once it is overdue it waits for an index that is loading alone. */
const PURGE_QUIET_MS = 5 * 60_000;

export interface MaintenanceDeps {
  readonly door: Pick<VaultDoor, "takeInDrops">;
  readonly session: OpenSession;
  readonly idempotency: Idempotency;
  readonly trail: AuditTrail;
  readonly auditKeptMs: () => Promise<number>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Monotonic time of the last request. */
  readonly lastRequestAt: () => number;
}

interface Chore {
  readonly isDue: () => boolean;
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** How long it rests after it was done, milliseconds. */
  readonly every: number;
}

/** @returns a function that stops it and resolves when what was running has ended */
export function startMaintenance(deps: MaintenanceDeps): () => Promise<void> {
  const { clock, logger } = deps;
  const stop = new AbortController();
  const restsUntil = new Map<Chore, number>();
  const attempt = async (chore: Chore) => {
    const isResting = clock.monotonic() < (restsUntil.get(chore) ?? 0);
    if (isResting || stop.signal.aborted || !chore.isDue()) return;
    try {
      await chore.run(stop.signal);
      restsUntil.set(chore, clock.monotonic() + chore.every);
    } catch (error) {
      restsUntil.set(chore, clock.monotonic() + REST_AFTER_FAILURE_MS);
      const code = codeOf(error);
      if (!stop.signal.aborted) logger.log("maintenance-failed", { code });
    }
  };
  const chores = choresOf(deps);
  let running: Promise<void> | undefined;
  const round = async () => {
    for (const chore of chores) await attempt(chore);
    running = undefined;
  };
  const timer = setInterval(() => {
    running ??= round();
  }, TICK_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    stop.abort();
    await running;
  };
}

function choresOf(deps: MaintenanceDeps): readonly Chore[] {
  const { door, session, idempotency, trail, logger } = deps;
  const { memories, keeper, drain } = session;
  const { vault } = memories;
  const canWrite = () => vault.health.readOnly === undefined;
  return [
    {
      isDue: () => canWrite() && keeper.progress.complete,
      every: EXPIRY_EVERY_MS,
      run: async () => {
        const records = await forgetExpired(memories);
        if (records > 0) logger.log("expired-forgotten", { counts: { records } });
      },
    },
    {
      isDue: () => canWrite() && isPurgeDue(deps),
      every: 0,
      run: async (signal) => {
        logger.log("purge-started");
        // What has expired only the index knows; where it cannot be loaded, what was forgotten is erased all the same.
        if (keeper.progress.complete) await forgetExpired(memories);
        const work = { progress: () => {}, signal };
        const { records } = await rewrite(session, () => vault.purge(work, "refused"));
        logger.log("purge-finished", { counts: { records } });
      },
    },
    { isDue: () => keeper.isCheckpointDue, every: 0, run: () => keeper.checkpoint() },
    { isDue: canWrite, every: DROPS_EVERY_MS, run: () => door.takeInDrops() },
    {
      isDue: () => drain.isWorthwhile,
      every: REST_AFTER_FAILURE_MS,
      run: async () => {
        await drain.run();
      },
    },
    {
      isDue: () => canWrite() && keeper.progress.complete,
      every: EXPIRY_EVERY_MS,
      run: async () => {
        await idempotency.dropExpired();
      },
    },
    {
      isDue: canWrite,
      every: EXPIRY_EVERY_MS,
      run: async () => {
        await dropOld(await trail.chain(), await deps.auditKeptMs(), deps.clock.now());
        await trail.flush();
      },
    },
  ];
}

function isPurgeDue({ session, clock, lastRequestAt }: MaintenanceDeps): boolean {
  const { purgePending, purgeDueAt, damage } = session.memories.vault.health;
  if (!purgePending || purgeDueAt === undefined || damage.damaged.length > 0) return false;
  const { isLoading, progress } = session.keeper;
  const isQuiet = clock.monotonic() - lastRequestAt() >= PURGE_QUIET_MS;
  return (clock.now() >= purgeDueAt && !isLoading) || (isQuiet && progress.complete);
}
