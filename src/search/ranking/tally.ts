/**
 * Numbers by index of which few are not zero: a dense array and the list of what was touched, so that clearing costs only
 * what was used. Kept between searches; no number is ever negative. Its fields are
 * public for the loops of evidence.ts and ranker.ts that read them; only its own methods change them.
 */
export class Tally {
  values = new Float64Array(0);
  /** What is not zero, each once, in the first `count` places. */
  touched = new Int32Array(0);
  count = 0;

  /** Makes room for `length` indices. Only while nothing is touched. */
  reserve(length: number): void {
    if (this.values.length >= length) return;
    const room = Math.ceil(length * 1.25);
    this.values = new Float64Array(room);
    this.touched = new Int32Array(room);
  }

  add(index: number, value: number): void {
    const before = this.values[index] ?? 0;
    if (before === 0) this.touched[this.count++] = index;
    this.values[index] = before + value;
  }

  /** Keeps the larger of what is there and `value`. */
  raise(index: number, value: number): void {
    const before = this.values[index] ?? 0;
    if (value <= before) return;
    if (before === 0) this.touched[this.count++] = index;
    this.values[index] = value;
  }

  /** Adds everything to `sum` and clears. */
  pourInto(sum: Tally): void {
    for (let place = 0; place < this.count; place++) {
      const index = this.touched[place] ?? 0;
      sum.add(index, this.values[index] ?? 0);
      this.values[index] = 0;
    }
    this.count = 0;
  }

  /** The largest number. */
  get max(): number {
    let max = 0;
    for (let place = 0; place < this.count; place++)
      max = Math.max(max, this.values[this.touched[place] ?? 0] ?? 0);
    return max;
  }

  clear(): void {
    for (let place = 0; place < this.count; place++) this.values[this.touched[place] ?? 0] = 0;
    this.count = 0;
  }
}
