/**
 * Locks an open vault by itself: after a time without a request, at the latest so long after it was opened, and when the
 * clocks show that the machine slept. On Linux the monotonic clock stands still in sleep, so the wall clock jumps against
 * it; where it does not stand still, the gap between two ticks is the sleep. Either over 30 s locks, and so does a user
 * who sets the clock: better once too often.
 */
import type { Clock } from "../base/clock.ts";
import type { LockTimes } from "../platform/configuration.ts";

const JUMP_MS = 30_000;
const TICK_MS = 1_000;
const REREAD_MS = 10_000;

export type LockReason = "idle" | "max" | "clock-jump" | "configuration";

export interface AutoLock {
  /** Before the vault opens: reads the times. Rejects as `readTimes` does, and then the vault must stay sealed. */
  prepare(): Promise<void>;
  /** The vault is open: the times begin. */
  opened(): void;
  /** From now on it locks so many milliseconds later and not before, however idle: only sleep and bad settings come first. */
  keepOpen(ms: number): void;
  /** A request that counts came or ended. */
  touch(): void;
  /** Monotonic time of the last one. */
  lastRequestAt(): number;
  /** When it would lock with no further request; milliseconds since the epoch, `undefined`: not by itself. */
  locksAt(): number | undefined;
  stop(): void;
}

export interface AutoLockDeps {
  readonly clock: Clock;
  /** Called before the vault opens and every 10 s from then on, where a rejection locks: the times may not be right. */
  readonly readTimes: () => Promise<LockTimes>;
  readonly lock: (reason: LockReason) => void;
}

/** Both clocks at one moment, in milliseconds. */
interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

/** What the decision needs to know; all but `tickedAt` are monotonic times. */
export interface Opened {
  readonly openedAt: number;
  readonly lastRequestAt: number;
  readonly tickedAt: Moment;
  readonly times: LockTimes;
  /** When it locks instead, whatever the times say. */
  readonly until?: number | undefined;
}

/** Why an open vault should lock now, if it should. */
export function lockReason(opened: Opened, now: Moment): LockReason | undefined {
  const { tickedAt, times, openedAt, lastRequestAt, until } = opened;
  const elapsed = now.monotonic - tickedAt.monotonic;
  const jump = Math.abs(now.wall - tickedAt.wall - elapsed);
  if (jump > JUMP_MS || elapsed > JUMP_MS + TICK_MS) return "clock-jump";
  if (until !== undefined) return now.monotonic >= until ? "max" : undefined;
  if (times.maxMs !== undefined && now.monotonic - openedAt >= times.maxMs) return "max";
  if (times.idleMs !== undefined && now.monotonic - lastRequestAt >= times.idleMs) return "idle";
  return undefined;
}

export function createAutoLock({ clock, readTimes, lock }: AutoLockDeps): AutoLock {
  const moment = (): Moment => ({ wall: clock.now(), monotonic: clock.monotonic() });
  let lastRequestAt = clock.monotonic();
  let openedAt = 0;
  let until: number | undefined;
  // Nothing may stay open on times that were never read.
  let times: LockTimes = { idleMs: 0, maxMs: 0 };
  let timesReadAt = 0;
  let tickedAt = moment();
  let ticking: NodeJS.Timeout | undefined;

  const stop = () => {
    clearInterval(ticking);
    ticking = undefined;
  };
  const lockFor = (reason: LockReason) => {
    if (ticking === undefined) return;
    stop();
    lock(reason);
  };
  const prepare = async () => {
    timesReadAt = clock.monotonic();
    times = await readTimes();
  };
  const reread = () => prepare().catch(() => lockFor("configuration"));
  const tick = () => {
    const now = moment();
    const reason = lockReason({ openedAt, lastRequestAt, tickedAt, times, until }, now);
    if (reason !== undefined) return lockFor(reason);
    tickedAt = now;
    if (now.monotonic - timesReadAt >= REREAD_MS) void reread();
  };

  return {
    prepare,
    opened: () => {
      stop();
      tickedAt = moment();
      openedAt = tickedAt.monotonic;
      lastRequestAt = openedAt;
      until = undefined;
      ticking = setInterval(tick, TICK_MS);
      ticking.unref();
    },
    keepOpen: (ms) => {
      until = clock.monotonic() + ms;
    },
    touch: () => {
      lastRequestAt = clock.monotonic();
    },
    lastRequestAt: () => lastRequestAt,
    locksAt: () => {
      if (ticking === undefined) return undefined;
      const { idleMs = Infinity, maxMs = Infinity } = times;
      const at = until ?? Math.min(lastRequestAt + idleMs, openedAt + maxMs);
      return at === Infinity ? undefined : Math.round(clock.now() + at - clock.monotonic());
    },
    stop,
  };
}
