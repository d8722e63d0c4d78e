/**
 * What the open vault does on its own while nobody needs it: checkpoints of the index, compaction, the purge that is
 * due after something was forgotten, and dropping idempotency keys that expired.
 */
import type { Clock } from "../base/clock.ts";
import { hasCode } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import type { Idempotency } from "./idempotency.ts";
import type { OpenSession } from "./open-session.ts";

const TICK_MS = 1_000;
const EXPIRY_MS = 3_600_000;
/** A purge waits until no request came for this long; once it is overdue it waits no more. */
const PURGE_QUIET_MS = 5 * 60_000;

export interface MaintenanceDeps {
  readonly session: OpenSession;
  readonly idempotency: Idempotency;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Monotonic time of the last request. */
  readonly lastRequestAt: () => number;
}

/** @returns a function that stops it and resolves when what was running has ended */
export function startMaintenance(deps: MaintenanceDeps): () => Promise<void> {
  const stop = new AbortController();
  let expiryAt = deps.clock.monotonic() + EXPIRY_MS;
  let running: Promise<void> | undefined;
  const round = async () => {
    try {
      await maintain(deps, stop.signal);
      if (deps.clock.monotonic() < expiryAt) return;
      expiryAt += EXPIRY_MS;
      await deps.idempotency.dropExpired();
    } catch (error) {
      logFailure(deps.logger, error);
    } finally {
      running = undefined;
    }
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

/** One round: at most one purge, one checkpoint and one compaction. */
export async function maintain(deps: MaintenanceDeps, signal: AbortSignal): Promise<void> {
  const { keeper, memories } = deps.session;
  if (!keeper.progress.complete) return;
  if (isPurgeDue(deps)) {
    deps.logger.log("purge-started");
    const { records } = await memories.vault.purge({ progress: () => {}, signal });
    deps.logger.log("purge-finished", { counts: { records } });
  }
  if (keeper.isCheckpointDue) {
    await keeper.compact();
    await keeper.checkpoint();
  }
}

function isPurgeDue({ session, clock, lastRequestAt }: MaintenanceDeps): boolean {
  const { purgePending, purgeDueAt, readOnly } = session.memories.vault.health;
  if (!purgePending || purgeDueAt === undefined || readOnly !== undefined) return false;
  const isOverdue = clock.now() >= purgeDueAt;
  return isOverdue || clock.monotonic() - lastRequestAt() >= PURGE_QUIET_MS;
}

function logFailure(logger: Logger, error: unknown): void {
  logger.log("maintenance-failed", { code: hasCode(error) ? error.code : "INTERNAL" });
}
