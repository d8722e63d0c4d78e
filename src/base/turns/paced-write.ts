/** Writes a small file after something has moved on: at once, but never more than once a second; the rest at the end. */
import type { Clock } from "../clock.ts";
import { startTimer } from "../timer.ts";
import { Turns } from "./turns.ts";

const INTERVAL_MS = 1_000;

export class PacedWrite {
  readonly #write: () => Promise<void>;
  readonly #clock: Clock;
  readonly #failed: (error: unknown) => void;
  #isBehind = false;
  #writtenAt = Number.NEGATIVE_INFINITY;
  #stopTimer: (() => void) | undefined;
  readonly #writes = new Turns();

  /**
   * @param write - writes what holds at the moment it is called
   * @param failed - told of a write that failed; the next one makes up for it
   */
  constructor(write: () => Promise<void>, clock: Clock, failed: (error: unknown) => void) {
    this.#write = write;
    this.#clock = clock;
    this.#failed = failed;
  }

  /** Something durable happened that the file does not say yet. */
  note(): void {
    this.#isBehind = true;
    if (this.#stopTimer !== undefined) return;
    const wait = Math.max(0, this.#writtenAt + INTERVAL_MS - this.#clock.monotonic());
    this.#stopTimer = startTimer(wait, () => {
      this.#stopTimer = undefined;
      void this.flush().catch(this.#failed);
    });
  }

  /** Writes now what is not written yet. */
  async flush(): Promise<void> {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    await this.#writes.run(() => this.#writeWhenBehind());
  }

  async #writeWhenBehind(): Promise<void> {
    if (!this.#isBehind) return;
    this.#isBehind = false;
    this.#writtenAt = this.#clock.monotonic();
    try {
      await this.#write();
    } catch (error) {
      this.#isBehind = true;
      throw error;
    }
  }
}
