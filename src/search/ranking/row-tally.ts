/**
 * What each row matches: the sum over terms of the best of each term. All of a row lies in 16 bytes, so that raising it
 * costs one cache line wherever it is:
 *
 *   sum of earlier terms (float32) | best of the last term (float32) | which term that was (int32) | session (int32)
 *
 * The best of a term joins the sum when the row is next raised for another term. Kept between searches and cleared by the
 * next.
 */
const STRIDE = 4;
const BEST = 1;
const TERM = 2;
const SESSION = 3;

export class RowTally {
  #numbers = new Float32Array(0);
  #terms = new Int32Array(0);
  /** Rows that were raised, each once, in the first `count` places. */
  touched = new Int32Array(0);
  count = 0;
  #term = 1;

  /** Makes room for `rows` rows. Only while nothing is touched. */
  reserve(rows: number): void {
    if (this.touched.length >= rows) return;
    const room = Math.ceil(rows * 1.25);
    const bytes = new ArrayBuffer(room * STRIDE * 4);
    this.#numbers = new Float32Array(bytes);
    this.#terms = new Int32Array(bytes);
    this.touched = new Int32Array(room);
  }

  /** What is raised from here on belongs to another term. */
  beginTerm(): void {
    this.#term++;
  }

  /** Keeps the larger of what the row has for this term and `value`, which is above 0. */
  raise(row: number, value: number, session: number): void {
    const place = row * STRIDE;
    const numbers = this.#numbers;
    const term = this.#terms[place + TERM] ?? 0;
    if (term === this.#term) {
      if (value > (numbers[place + BEST] ?? 0)) numbers[place + BEST] = value;
      return;
    }
    if (term === 0) this.#touch(row, session);
    else numbers[place] = (numbers[place] ?? 0) + (numbers[place + BEST] ?? 0);
    numbers[place + BEST] = value;
    this.#terms[place + TERM] = this.#term;
  }

  /** Lists a row that may have matched nothing. */
  list(row: number, session: number): void {
    if (this.#terms[row * STRIDE + TERM] !== 0) return;
    this.#terms[row * STRIDE + TERM] = this.#term;
    this.#touch(row, session);
  }

  /** The sum of a row over all terms. */
  sum(row: number): number {
    const place = row * STRIDE;
    return Math.fround((this.#numbers[place] ?? 0) + (this.#numbers[place + BEST] ?? 0));
  }

  /** Some number of the row, to have it fetched. */
  peek(row: number): number {
    return this.#terms[row * STRIDE + TERM] ?? 0;
  }

  /** The sums and sessions of the rows in `touched` from `from` to `to`, into the beginning of two arrays. */
  copy(from: number, to: number, sums: Float32Array, sessions: Int32Array): void {
    for (let index = from; index < to; index++) {
      const row = this.touched[index] ?? 0;
      sums[index - from] = this.sum(row);
      sessions[index - from] = this.#terms[row * STRIDE + SESSION] ?? 0;
    }
  }

  clear(): void {
    for (let index = 0; index < this.count; index++) {
      const place = (this.touched[index] ?? 0) * STRIDE;
      this.#numbers[place] = 0;
      this.#numbers[place + BEST] = 0;
      this.#terms[place + TERM] = 0;
    }
    this.count = 0;
    this.#term = 1;
  }

  #touch(row: number, session: number): void {
    this.#terms[row * STRIDE + SESSION] = session;
    this.touched[this.count++] = row;
  }

  get bytesHeld(): number {
    return this.#numbers.byteLength + this.touched.byteLength;
  }
}
