import { startTimer } from "../base/timer.ts";

/** Named timers of one connection, each running at most once; starting one again restarts it. */
export class Timers<Name extends string> {
  readonly #running = new Map<Name, () => void>();

  start(name: Name, ms: number, callback: () => void): void {
    this.stop(name);
    const cancel = startTimer(ms, () => {
      this.#running.delete(name);
      callback();
    });
    this.#running.set(name, cancel);
  }

  stop(name: Name): void {
    this.#running.get(name)?.();
    this.#running.delete(name);
  }

  stopAll(): void {
    for (const cancel of this.#running.values()) cancel();
    this.#running.clear();
  }

  isRunning(name: Name): boolean {
    return this.#running.has(name);
  }
}
