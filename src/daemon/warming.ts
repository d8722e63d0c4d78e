/** Work that is done a step at a time while there is nothing better to do. */
import { setImmediate as nextTurn } from "node:timers/promises";

export class Warming {
  #isPaused = false;
  #resume: () => void = () => undefined;

  /** Starts at once; steps that fail are left out. */
  constructor(steps: AsyncIterable<void>) {
    this.#take(steps).catch(() => undefined);
  }

  /** No step is begun from here on. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#resume();
  }

  async #take(steps: AsyncIterable<void>): Promise<void> {
    for await (const _ of steps) {
      await nextTurn();
      while (this.#isPaused) await new Promise<void>((resolve) => (this.#resume = resolve));
    }
  }
}
