/**
 * What each client may ask of the daemon in a minute, on the monotonic clock: bytes and requests of any kind, then the
 * requests of its kind, then refusals, which end the connection when they do not stop. The owner's client pays for nothing.
 * Buckets are in memory: a new engine starts with full ones.
 */
import { OWNER_CLIENT } from "../base/client-id.ts";
import type { Clock } from "../base/clock.ts";
import { KeepsakeError } from "../base/errors.ts";
import type { ClientScope } from "../protocol/method.ts";
import type { MethodName } from "../protocol/method-table.ts";
import { METHODS } from "../protocol/method-table.ts";
import type { ClientIdentity } from "./clients.ts";
import type { Rate } from "./token-buckets.ts";
import { TokenBuckets } from "./token-buckets.ts";

/** Methods of other scopes are bound by what binds every request: unlocking has its own queue and backoff. */
export const RATES: Readonly<Partial<Record<ClientScope, Rate>>> = {
  read: { perMinute: 120, burst: 60 },
  write: { perMinute: 120, burst: 60 },
  capture: { perMinute: 120, burst: 60 },
  forget: { perMinute: 5, burst: 5 },
};
/** Requests and cancels of any kind: more than all of `RATES` together let through. */
export const REQUEST_RATE: Rate = { perMinute: 600, burst: 240 };
/** As many captures of a whole frame as the rate of writes lets through, at once and in a minute. */
export const BYTE_RATE: Rate = { perMinute: 120 << 20, burst: 64 << 20 };
/** How fast the bytes of a client are read, so that large frames leave the others their turn between them. */
export const PACE: Rate = { perMinute: 60 * (16 << 20), burst: 1 << 20 };
/** Three a second use the burst up in a minute, and any flood at once. */
export const REFUSAL_RATE: Rate = { perMinute: 60, burst: 120 };
/** What a frame counts as at least: its way to its place costs as much, however little it holds. */
export const MIN_FRAME_BYTES = 256;

type Payer = Pick<ClientIdentity, "id">;

export interface RateLimits {
  /**
   * Counts the bytes of a frame that was not looked at.
   *
   * @returns milliseconds until the next frame of the client should be read
   * @throws RATE_LIMITED with `facts.retryAfterMs`; a refused frame does not count
   */
  takeBytes(client: Payer, bytes: number): number;
  /** The same of a frame that goes on in any case: what is not paid for makes the wait longer. */
  chargeBytes(client: Payer, bytes: number): number;
  /** Counts one request of any kind, or a cancel. @throws RATE_LIMITED as above */
  takeRequest(client: Payer): void;
  /** Counts one call; a batch of captured turns is one. @throws RATE_LIMITED as above */
  take(client: Payer & Pick<ClientIdentity, "scopes">, method: MethodName): void;
  /** Counts one call as one of another scope, besides its own: for what has the effect of such a call. @throws RATE_LIMITED as above */
  takeAs(client: Payer, scope: ClientScope): void;
  /** Counts a refusal, whatever the reason. */
  countRefusal(client: Payer): void;
  /** @throws RATE_LIMITED while there were too many refusals: no connection of the client may begin or go on */
  checkRefusals(client: Payer): void;
}

export function createRateLimits(clock: Pick<Clock, "monotonic">): RateLimits {
  const buckets = new TokenBuckets(clock);
  const bytesOf = (bytes: number) => Math.max(bytes, MIN_FRAME_BYTES);

  const take = (kind: string, { id }: Payer, rate: Rate, message: string, cost = 1) => {
    if (id === OWNER_CLIENT) return;
    const retryAfterMs = buckets.take(`${kind} ${id}`, rate, cost);
    if (retryAfterMs > 0) throw rateLimitedError(message, retryAfterMs);
  };

  const pace = ({ id }: Payer, bytes: number) =>
    id === OWNER_CLIENT ? 0 : buckets.charge(`pace ${id}`, PACE, bytesOf(bytes));

  const takeAs: RateLimits["takeAs"] = (client, scope) => {
    const rate = RATES[scope];
    if (rate === undefined) return;
    take(scope, client, rate, `at most ${rate.perMinute} ${scope} requests a minute`);
  };

  return {
    takeBytes: (client, bytes) => {
      take("bytes", client, BYTE_RATE, `at most ${BYTE_RATE.perMinute} bytes a minute`, bytesOf(bytes));
      return pace(client, bytes);
    },
    chargeBytes: (client, bytes) => {
      if (client.id === OWNER_CLIENT) return 0;
      const unpaidMs = buckets.charge(`bytes ${client.id}`, BYTE_RATE, bytesOf(bytes));
      return Math.max(unpaidMs, pace(client, bytes));
    },
    takeRequest: (client) =>
      take("request", client, REQUEST_RATE, `at most ${REQUEST_RATE.perMinute} requests a minute`),
    take: (client, method) => {
      const { scope } = METHODS[method];
      // Who may save pays for captures as for saves: the one is part of the other, and does not come on top.
      const isPart = scope === "capture" && client.scopes.includes("write");
      if (scope !== undefined) takeAs(client, isPart ? "write" : scope);
    },
    takeAs,
    countRefusal: ({ id }) => {
      if (id !== OWNER_CLIENT) buckets.charge(`refusal ${id}`, REFUSAL_RATE, 1);
    },
    checkRefusals: ({ id }) => {
      const retryAfterMs = buckets.waitFor(`refusal ${id}`, REFUSAL_RATE, 1);
      if (retryAfterMs > 0) throw rateLimitedError(TOO_MANY_REFUSALS, retryAfterMs);
    },
  };
}

const TOO_MANY_REFUSALS = "too many requests were refused, three a second for a minute or as many at once";

function rateLimitedError(message: string, retryAfterMs: number): KeepsakeError {
  return new KeepsakeError("RATE_LIMITED", message, { facts: { retryAfterMs } });
}
