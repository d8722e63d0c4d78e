/**
 * Rates for each client and kind of method, as token buckets on the monotonic clock. A bucket is one number, the time at
 * which it will be full again (the generic cell rate algorithm, ITU-T I.371): a call moves it forward by one interval
 * and is refused when it would lie more than the burst ahead of now.
 */
import type { Clock } from "../base/clock.ts";
import { KeepsakeError } from "../base/errors.ts";
import type { ClientScope } from "../protocol/method.ts";
import type { MethodName } from "../protocol/method-table.ts";
import { METHODS } from "../protocol/method-table.ts";
import type { ClientIdentity } from "./clients.ts";

interface Rate {
  readonly perMinute: number;
  /** Calls that may come at once after a pause. */
  readonly burst: number;
}

/** Methods of other scopes are not limited here: unlocking has its own queue and backoff, `vault.lock` must always work. */
export const RATES: Readonly<Partial<Record<ClientScope, Rate>>> = {
  read: { perMinute: 120, burst: 60 },
  write: { perMinute: 120, burst: 60 },
  capture: { perMinute: 120, burst: 60 },
  forget: { perMinute: 5, burst: 5 },
};

/** The person at the terminal is not limited. */
const EXEMPT_CLIENT = "cli";
const MAX_BUCKETS = 256;

export interface RateLimits {
  /**
   * Counts one call; a batch of captured turns is one.
   *
   * @throws RATE_LIMITED with `facts.retryAfterMs`; a refused call does not count
   */
  take(identity: Pick<ClientIdentity, "id">, method: MethodName): void;
  /** Counts one call as one of another scope, besides its own: for what has the effect of such a call. @throws RATE_LIMITED */
  takeAs(identity: Pick<ClientIdentity, "id">, scope: ClientScope): void;
}

/** Buckets in memory: a new engine starts with full ones. */
export function createRateLimits(clock: Pick<Clock, "monotonic">): RateLimits {
  const fullAt = new Map<string, number>();

  const prune = (now: number) => {
    for (const [key, at] of fullAt) if (at <= now) fullAt.delete(key);
    for (const leastRecent of fullAt.keys()) {
      if (fullAt.size < MAX_BUCKETS) break;
      fullAt.delete(leastRecent);
    }
  };

  const takeAs: RateLimits["takeAs"] = ({ id }, scope) => {
    const rate = RATES[scope];
    if (rate === undefined || id === EXEMPT_CLIENT) return;
    const now = clock.monotonic();
    const intervalMs = 60_000 / rate.perMinute;
    const key = `${scope} ${id}`;
    const next = Math.max(fullAt.get(key) ?? now, now) + intervalMs;
    const retryAfterMs = Math.ceil(next - now - rate.burst * intervalMs);
    if (retryAfterMs > 0) {
      throw new KeepsakeError("RATE_LIMITED", `at most ${rate.perMinute} ${scope} requests a minute`, {
        facts: { retryAfterMs },
      });
    }
    if (fullAt.size >= MAX_BUCKETS && !fullAt.has(key)) prune(now);
    fullAt.delete(key);
    fullAt.set(key, next);
  };

  return {
    take: (identity, method) => {
      const { scope } = METHODS[method];
      if (scope !== undefined) takeAs(identity, scope);
    },
    takeAs,
  };
}
