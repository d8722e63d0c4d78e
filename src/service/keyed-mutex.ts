/** Runs work of the same key one after the other and of different keys side by side. */
export class KeyedMutex {
  readonly #tails = new Map<string, Promise<void>>();

  /** Resolves or rejects as `work` does; a failure does not disturb those who wait. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const result = before.then(work);
    const tail = result.then(noResult, noResult);
    this.#tails.set(key, tail);
    try {
      return await result;
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }
}

function noResult(): void {}
