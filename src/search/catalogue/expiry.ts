/**
 * Which memories have expired. The index stands at one moment; when a request comes from another, the memories that
 * expire in between change sides. Nothing is looked at while no expiry lies between the two moments.
 */
export class Expiry {
  readonly #expiresAt = new Map<number, number>();
  /** No memory expires from `#since` (included) to `#until` (excluded), so all moments between are alike. */
  #since = Number.NEGATIVE_INFINITY;
  #until = Number.POSITIVE_INFINITY;
  #moment = Number.NEGATIVE_INFINITY;

  set(row: number, expiresAt: number): void {
    this.#expiresAt.set(row, expiresAt);
    this.#bound(expiresAt);
  }

  delete(row: number): void {
    this.#expiresAt.delete(row);
  }

  /** When a row expires, or undefined for never. */
  of(row: number): number | undefined {
    return this.#expiresAt.get(row);
  }

  /** Whether a row has expired at the moment the index stands at. */
  isOver(row: number): boolean {
    return this.wasOver(row, this.#moment);
  }

  wasOver(row: number, moment: number): boolean {
    const expiresAt = this.#expiresAt.get(row);
    return expiresAt !== undefined && expiresAt <= moment;
  }

  /** The rows whose time is over at the moment the index stands at. */
  *over(): Iterable<number> {
    for (const row of this.#expiresAt.keys()) if (this.isOver(row)) yield row;
  }

  get isEmpty(): boolean {
    return this.#expiresAt.size === 0;
  }

  /** Moves to a moment and calls `changed` for each row that expired, or came back, on the way. */
  moveTo(moment: number, changed: (row: number) => void): void {
    if (moment >= this.#since && moment < this.#until) {
      this.#moment = moment;
      return;
    }
    const [from, to] = [Math.min(this.#moment, moment), Math.max(this.#moment, moment)];
    this.#moment = moment;
    this.#since = Number.NEGATIVE_INFINITY;
    this.#until = Number.POSITIVE_INFINITY;
    for (const [row, expiresAt] of this.#expiresAt) {
      this.#bound(expiresAt);
      if (expiresAt > from && expiresAt <= to) changed(row);
    }
  }

  #bound(expiresAt: number): void {
    if (expiresAt <= this.#moment) this.#since = Math.max(this.#since, expiresAt);
    else this.#until = Math.min(this.#until, expiresAt);
  }
}
