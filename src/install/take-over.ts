/**
 * Gives the vault to the service. Whatever daemon has it ends first, as at a lock: it finishes what it was asked. The locks are kept
 * until the manager has started the service's, so that no command starts another one in between; one that is faster all the same ends the service's
 * with 0, and then it is tried again.
 *
 *   locks taken, daemon ended ─> service started ─> locks released ─> who has it? ─ the service ─> done
 *            ^                                                          └ another, at most twice ─┐
 *            └────────────────────────────────────────────────────────────────────────────────────┘
 */
import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../base/clock.ts";
import { KeepsakeError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { unclosedVaultError } from "../client/absent.ts";
import type { VaultLocks } from "../client/take-vault-locks.ts";
import type { LocksWish } from "../protocol/locks-report.ts";
import type { RunningDaemon } from "./running-daemon.ts";
import type { ServiceManager } from "./service-manager.ts";

const MAX_TRIES = 3;
const LOOK_MS = 100;

interface Ways {
  readonly takeVaultLocks: (wish: LocksWish) => Promise<VaultLocks>;
  readonly findRunning: () => Promise<RunningDaemon | undefined>;
}

/** @returns the service's daemon. @throws DAEMON_UNREACHABLE, INVALID_CONFIG */
export async function takeOver(manager: ServiceManager, ways: Ways): Promise<RunningDaemon> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const { report, release } = await ways.takeVaultLocks("end");
    try {
      if (report.state === "held") throw unclosedVaultError(report.holders, undefined);
      await manager.start();
    } finally {
      await release();
    }
    const running = await waitForDaemon(manager, ways);
    if (running !== undefined) return running;
  }
  throw new KeepsakeError("DAEMON_UNREACHABLE", "other programs started a daemon before the service did", {
    hint: 'the service takes over when you next log in; end the hosts that use keepsake and run "keepsake service install" again to have it now',
  });
}

/** @returns undefined when another daemon has the vault. @throws DAEMON_UNREACHABLE when the service's does not come */
async function waitForDaemon(
  manager: ServiceManager,
  { findRunning }: Ways,
): Promise<RunningDaemon | undefined> {
  const deadline = monotonicMs() + LIMITS.daemonStartMs;
  while (monotonicMs() < deadline) {
    const { pid, isActive, failure } = await manager.state();
    if (failure !== undefined) throw endedError(manager, `it ended (${failure})`);
    const running = await findRunning();
    if (running !== undefined && running.pid === pid) return running;
    if (!isActive) return undefined;
    await sleep(LOOK_MS);
  }
  throw endedError(manager, `it did not answer within ${LIMITS.daemonStartMs / 1_000} s`);
}

function endedError({ title, words }: ServiceManager, what: string): KeepsakeError {
  return new KeepsakeError("DAEMON_UNREACHABLE", `${title} started the service, and ${what}`, {
    hint: `"${words.log}" says why; without the service the daemon starts when it is needed`,
  });
}
