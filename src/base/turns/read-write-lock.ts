/**
 * A reader-writer lock around a value, such as an open store, that many use at once and that is now and then exchanged while
 * nobody does.
 *
 *   use      any number at a time; waits while an exchange is under way
 *   replace  waits for all uses to end, lets no new one begin
 *
 * A use must not start another use or an exchange inside itself.
 */
export class ReadWriteLock<T> {
  #value: T;
  #uses = 0;
  #exchange: Promise<void> | undefined;
  #lastUseEnded: (() => void) | undefined;

  constructor(value: T) {
    this.#value = value;
  }

  async use<Result>(work: (value: T) => Promise<Result> | Result): Promise<Result> {
    while (this.#exchange !== undefined) await this.#exchange;
    this.#uses += 1;
    try {
      return await work(this.#value);
    } finally {
      this.#uses -= 1;
      if (this.#uses === 0) this.#lastUseEnded?.();
    }
  }

  /** @param change - gives the new value; when it throws, the old one stays */
  async replace(change: (value: T) => Promise<T>): Promise<void> {
    while (this.#exchange !== undefined) await this.#exchange;
    let end = () => {};
    this.#exchange = new Promise((resolve) => (end = resolve));
    try {
      if (this.#uses > 0) await new Promise<void>((resolve) => (this.#lastUseEnded = resolve));
      this.#value = await change(this.#value);
    } finally {
      this.#lastUseEnded = undefined;
      this.#exchange = undefined;
      end();
    }
  }
}
