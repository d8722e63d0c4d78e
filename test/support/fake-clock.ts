import type { Clock } from "../../src/base/clock.ts";

/** Where a fake clock begins. */
export const START = Date.UTC(2026, 4, 1, 12);

/** A clock that moves only when a test says so; both times move together unless `jump` is used. */
export class FakeClock implements Clock {
  /** The wall clock, milliseconds since the epoch. */
  time: number;
  /** The monotonic one. */
  ticks = 1_000_000;

  constructor(time = START) {
    this.time = time;
  }

  now(): number {
    return this.time;
  }

  monotonic(): number {
    return this.ticks;
  }

  advance(ms: number): void {
    this.time += ms;
    this.ticks += ms;
  }

  /** The wall clock alone, as when the machine slept or somebody set it. */
  jump(ms: number): void {
    this.time += ms;
  }
}

/** The clock of the machine, which a test can set ahead: for what waits for real timers. */
export class ShiftedClock implements Clock {
  #offset = 0;

  now(): number {
    return Date.now() + this.#offset;
  }

  monotonic(): number {
    return performance.now() + this.#offset;
  }

  advance(ms: number): void {
    this.#offset += ms;
  }
}
