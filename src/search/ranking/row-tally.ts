/**
 * What each row matches: the sum over terms of the best of each term. All of a row lies in 16 bytes, so that raising it
 * costs one cache line wherever it is:
 *
 *   sum of earlier terms (float32) | best of the last term (float32) | which term that was (int32) | session (int32)
 *
 * The best of a term joins the sum when the row is next raised for another term. Terms are numbered on from search to
 * search, so a row whose term is of an earlier one has matched nothing, and nothing has to be cleared.
 *
 * Only for a million memories, where a search is mostly spent waiting for memory: with closing (see `close`) and the likeliest
 * looked at first it took p50 from 13 to 9 ms and p95 from 31 to 23 ms (decision 020). `touched` and `count` are public
 * because the ranker walks over them; nobody else changes them.
 */
const STRIDE = 4;
const BEST = 1;
const TERM = 2;
const SESSION = 3;
/** One search has far fewer terms than are left from here to where numbers end. */
const MAX_TERMS = 2 ** 30;
/** How many more rows there is room for. */
const ROOM = 1.05;
/** Numbers of four bytes. */
const NUMBERS_PER_STEP = 2 ** 18;

export class RowTally {
  #numbers = new Float32Array(0);
  #terms = new Int32Array(0);
  /** Rows that were raised, each once, in the first `count` places. */
  touched = new Int32Array(0);
  count = 0;
  #term = 1;
  /** The first term of this search. */
  #first = 1;
  /** By session: the first term of the last search that touched a row of it. */
  #sessions = new Int32Array(0);
  #isClosed = false;
  readonly #maxTerms: number;

  /** @param maxTerms - terms counted over all searches before their numbers begin anew */
  constructor(maxTerms: number = MAX_TERMS) {
    this.#maxTerms = maxTerms;
  }

  /** Starts over, with nothing touched, and makes room. */
  begin(rows: number, sessions: number): void {
    this.count = 0;
    this.#isClosed = false;
    if (this.#term > this.#maxTerms) {
      this.#terms.fill(0);
      this.#sessions.fill(0);
      this.#term = 0;
    }
    this.#term++;
    this.#first = this.#term;
    if (this.#sessions.length < sessions) this.#sessions = new Int32Array(Math.ceil(sessions * 1.25));
    if (this.touched.length >= rows) return;
    const room = Math.ceil(rows * ROOM);
    const bytes = new ArrayBuffer(room * STRIDE * 4);
    this.#numbers = new Float32Array(bytes);
    this.#terms = new Int32Array(bytes);
    this.touched = new Int32Array(room);
  }

  /**
   * Makes room and touches it, a little with each step: the system gives memory when it is first written to, which a search
   * over a million rows would wait for.
   */
  *touchMemory(rows: number, sessions: number): Generator<void> {
    this.begin(rows, sessions);
    for (const numbers of [this.#numbers, this.touched]) {
      for (let from = 0; from < numbers.length; from += NUMBERS_PER_STEP) {
        numbers.fill(0, from, from + NUMBERS_PER_STEP);
        yield;
      }
    }
  }

  /** What is raised from here on belongs to another term. */
  beginTerm(): void {
    this.#term++;
  }

  /** From here on only rows are raised that are touched. */
  close(): void {
    this.#isClosed = true;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether a row of the session is touched. */
  holds(session: number): boolean {
    return this.#sessions[session] === this.#first;
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
    if (term < this.#first) {
      if (this.#isClosed) return;
      this.#touch(row, session);
    } else numbers[place] = (numbers[place] ?? 0) + (numbers[place + BEST] ?? 0);
    numbers[place + BEST] = value;
    this.#terms[place + TERM] = this.#term;
  }

  /** Lists a row that may have matched nothing. */
  list(row: number, session: number): void {
    const place = row * STRIDE;
    if ((this.#terms[place + TERM] ?? 0) >= this.#first) return;
    this.#touch(row, session);
    this.#numbers[place + BEST] = 0;
    this.#terms[place + TERM] = this.#term;
  }

  /** The sum of a row over all terms; 0 for one that was not touched. */
  sum(row: number): number {
    const place = row * STRIDE;
    if ((this.#terms[place + TERM] ?? 0) < this.#first) return 0;
    return Math.fround((this.#numbers[place] ?? 0) + (this.#numbers[place + BEST] ?? 0));
  }

  /** Some number of the row, to have it fetched. */
  peek(row: number): number {
    return this.#terms[row * STRIDE + TERM] ?? 0;
  }

  /** The sums and sessions of `count` rows in `touched` from `from` on, into the beginning of two arrays. */
  copy(from: number, count: number, sums: Float32Array, sessions: Int32Array): void {
    const numbers = this.#numbers;
    const terms = this.#terms;
    for (let index = 0; index < count; index++) {
      const place = (this.touched[from + index] ?? 0) * STRIDE;
      sums[index] = (numbers[place] ?? 0) + (numbers[place + BEST] ?? 0);
      sessions[index] = terms[place + SESSION] ?? 0;
    }
  }

  #touch(row: number, session: number): void {
    this.#numbers[row * STRIDE] = 0;
    this.#terms[row * STRIDE + SESSION] = session;
    this.#sessions[session] = this.#first;
    this.touched[this.count++] = row;
  }
}
