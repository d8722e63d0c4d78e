/**
 * Token buckets on the monotonic clock. A bucket is one number, the time at which it will be full again (the generic cell
 * rate algorithm, ITU-T I.371): what is taken moves it forward, and is refused when it would lie more than the burst ahead
 * of now.
 */
import type { Clock } from "../base/clock.ts";

export interface Rate {
  readonly perMinute: number;
  /** Tokens that may be taken at once after a pause. */
  readonly burst: number;
}

/** As many as there may be clients, times the rates that each has. */
const MAX_BUCKETS = 512;

export class TokenBuckets {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #fullAt = new Map<string, number>();

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** @returns 0 when the tokens were taken, else the milliseconds until they could be: nothing was taken */
  take(key: string, rate: Rate, cost: number): number {
    const wait = this.waitFor(key, rate, cost);
    if (wait === 0) this.charge(key, rate, cost);
    return wait;
  }

  /** Takes the tokens whether they are there or not. @returns milliseconds until they have all come in */
  charge(key: string, rate: Rate, cost: number): number {
    const now = this.#clock.monotonic();
    const next = this.#next(key, rate, cost, now);
    if (this.#fullAt.size >= MAX_BUCKETS && !this.#fullAt.has(key)) this.#prune(now);
    this.#fullAt.delete(key);
    this.#fullAt.set(key, next);
    return excess(next, rate, now);
  }

  /** @returns milliseconds until so many tokens can be taken */
  waitFor(key: string, rate: Rate, cost: number): number {
    const now = this.#clock.monotonic();
    return excess(this.#next(key, rate, cost, now), rate, now);
  }

  #next(key: string, { perMinute }: Rate, cost: number, now: number): number {
    return Math.max(this.#fullAt.get(key) ?? now, now) + (cost * 60_000) / perMinute;
  }

  #prune(now: number): void {
    for (const [key, at] of this.#fullAt) if (at <= now) this.#fullAt.delete(key);
    for (const leastRecent of this.#fullAt.keys()) {
      if (this.#fullAt.size < MAX_BUCKETS) break;
      this.#fullAt.delete(leastRecent);
    }
  }
}

function excess(fullAt: number, { perMinute, burst }: Rate, now: number): number {
  return Math.max(0, Math.ceil(fullAt - now - (burst * 60_000) / perMinute));
}
