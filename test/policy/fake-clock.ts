import type { Clock } from "../../src/base/clock.ts";

/** A clock that moves only when a test says so; both times move together unless `jump` is used. */
export class FakeClock implements Clock {
  #wall = Date.UTC(2026, 10, 20);
  #monotonic = 1_000;

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  advance(ms: number): void {
    this.#wall += ms;
    this.#monotonic += ms;
  }

  /** The wall clock alone, as when the machine slept or somebody set it. */
  jump(ms: number): void {
    this.#wall += ms;
  }
}
