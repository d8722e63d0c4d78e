/** The best of many rows without sorting them all: a heap of bounded size with the worst on top. */
export class TopRows {
  readonly #rows: Int32Array;
  readonly #scores: Float64Array;
  readonly #before: (a: number, b: number) => number;
  #size = 0;

  /** @param before - the order of rows with equal scores: negative when `a` comes first */
  constructor(most: number, before: (a: number, b: number) => number) {
    this.#rows = new Int32Array(most);
    this.#scores = new Float64Array(most);
    this.#before = before;
  }

  /** A row that scores less is not taken. */
  get least(): number {
    return this.#size < this.#rows.length ? Number.NEGATIVE_INFINITY : (this.#scores[0] ?? 0);
  }

  offer(row: number, score: number): void {
    if (this.#size < this.#rows.length) {
      this.#lift(this.#size++, row, score);
    } else if (this.#size > 0 && this.#isBetter(row, score, 0)) {
      this.#sink(row, score);
    }
  }

  /** Rows and their scores, best first. */
  sorted(): { row: number; score: number }[] {
    return Array.from(this.#rows.subarray(0, this.#size), (row, index) => ({
      row,
      score: this.#scores[index] ?? 0,
    })).toSorted((a, b) => b.score - a.score || this.#before(a.row, b.row));
  }

  /** Whether a row comes before the one at a place of the heap. */
  #isBetter(row: number, score: number, place: number): boolean {
    const other = this.#scores[place] ?? 0;
    return score === other ? this.#before(row, this.#rows[place] ?? 0) < 0 : score > other;
  }

  #put(place: number, row: number, score: number): void {
    this.#rows[place] = row;
    this.#scores[place] = score;
  }

  #lift(from: number, row: number, score: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      if (this.#isBetter(row, score, parent)) break;
      this.#put(place, this.#rows[parent] ?? 0, this.#scores[parent] ?? 0);
      place = parent;
    }
    this.#put(place, row, score);
  }

  #sink(row: number, score: number): void {
    let place = 0;
    for (let child = 1; child < this.#size; child = place * 2 + 1) {
      const sibling = child + 1;
      const isSiblingWorse =
        sibling < this.#size && this.#isBetter(this.#rows[child] ?? 0, this.#scores[child] ?? 0, sibling);
      const worst = isSiblingWorse ? sibling : child;
      if (!this.#isBetter(row, score, worst)) break;
      this.#put(place, this.#rows[worst] ?? 0, this.#scores[worst] ?? 0);
      place = worst;
    }
    this.#put(place, row, score);
  }
}
