const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Runs `callback` once after `ms` milliseconds; never when `ms` is more than a timer can wait (24.8 days, `Infinity`),
 * where `setTimeout` would run it at once.
 *
 * @returns cancels it; safe to call twice and afterwards
 */
export function startTimer(ms: number, callback: () => void): () => void {
  if (ms > LONGEST_TIMER_MS) return () => undefined;
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}

/** Named timers each running at most once; starting one again restarts it. */
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
