import type { Clock } from "../../src/base/clock.ts";

/** Where a fake clock begins. */
export const START = Date.UTC(2026, 4, 1, 12);

/** A clock that moves only when a test says so; both times move together unless `jump` is used. */
export class FakeClock implements Clock {
  /** The wall clock, milliseconds since the epoch. */
  time = START;
  /** The monotonic one. */
  ticks = 1_000_000;

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
