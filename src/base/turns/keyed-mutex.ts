/** Runs work of the same key one after the other and of different keys side by side; or alone, beside no other. */
export class KeyedMutex {
  readonly #tails = new Map<string, Promise<void>>();
  #alone: Promise<void> = Promise.resolve();

  /** Resolves or rejects as `work` does; a failure does not disturb those who wait. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = Promise.all([this.#tails.get(key), this.#alone]);
    const result = before.then(work);
    const tail = result.then(noResult, noResult);
    this.#tails.set(key, tail);
    try {
      return await result;
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }

  /** Waits for everything that came before; what comes later waits for it, whatever its key. */
  runAlone<T>(work: () => Promise<T>): Promise<T> {
    const before = Promise.all([...this.#tails.values(), this.#alone]);
    const result = before.then(work);
    this.#alone = result.then(noResult, noResult);
    return result;
  }
}

function noResult(): void {}
