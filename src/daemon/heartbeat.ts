/**
 * Notices an engine that has stopped answering. What locks a vault runs in the engine, so one that hangs for good would
 * hold its keys for good; the front asks it every few seconds whether it is there.
 *
 *   round ─> heard since the last one? ─ yes ─> ask, next round
 *                                      └ no ──> ask, next round …; after `MISSED_ROUNDS` in a row: silent
 *
 * Rounds are counted, not the time between them: a machine that slept, or a front that was stopped itself, comes back to one
 * round that is late, and the engine has all the others to answer in.
 */
import { startTimer } from "../base/timer.ts";

export const ROUND_MS = 5_000;
export const MISSED_ROUNDS = 6;

export interface HeartbeatEvents {
  readonly ask: () => void;
  /** Called once; no round follows. */
  readonly onSilent: () => void;
}

export class Heartbeat {
  readonly #events: HeartbeatEvents;
  #missed = 0;
  #cancelRound: () => void = () => undefined;

  /** Asks at once, then round by round until `stop`. */
  constructor(events: HeartbeatEvents) {
    this.#events = events;
    this.#ask();
  }

  /** The engine said something, whatever it was. */
  heard(): void {
    this.#missed = -1;
  }

  stop(): void {
    this.#cancelRound();
  }

  #ask(): void {
    this.#cancelRound = startTimer(ROUND_MS, () => this.#endRound());
    this.#events.ask();
  }

  #endRound(): void {
    this.#missed += 1;
    if (this.#missed < MISSED_ROUNDS) this.#ask();
    else this.#events.onSilent();
  }
}
