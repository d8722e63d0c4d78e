/** Runs one piece of work after the other, in the order in which they came. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #present = 0;

  /** How many run or wait. */
  get present(): number {
    return this.#present;
  }

  /** Resolves or rejects as `work` does; a failure does not disturb those who wait. */
  run<T>(work: () => Promise<T>): Promise<T> {
    this.#present += 1;
    const run = this.#last.then(work).finally(() => {
      this.#present -= 1;
    });
    this.#last = run.catch(() => undefined);
    return run;
  }

  /** Resolves when everything that came before has ended, whatever its end. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
