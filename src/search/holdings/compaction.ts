/**
 * Compaction: takes what removed memories left behind out of postings, dictionary, names and sequences, a little at a
 * time. A pass walks over all terms; when it ends, the rows that were dead when it began stand in no posting any more and
 * are given back. Between two steps everything else works as ever: the steps exist for a million memories, where a pass in one
 * piece would hold up every request.
 */
import type { Clock } from "../../base/clock.ts";
import { MARK_BYTE } from "../terms/stop-word-marks.ts";
import type { Holdings } from "./holdings.ts";

/** Terms between two looks at the clock. */
const TERMS_PER_LOOK = 256;
/** A list longer than this is a look at the clock of its own. */
const POSTINGS_PER_LOOK = 65_536;

export class Compaction {
  readonly #holdings: Holdings;
  readonly #clock: Clock;
  /** The next term of the pass, and how many of the dead rows it will give back; -1 while there is no pass. */
  #term = -1;
  #dying = 0;
  #dropped = false;

  constructor(holdings: Holdings, clock: Clock) {
    this.#holdings = holdings;
    this.#clock = clock;
  }

  /**
   * Works for about `budgetMs`, and always at least one step.
   *
   * @returns whether nothing is left to do
   */
  run(budgetMs: number): boolean {
    const end = this.#clock.monotonic() + budgetMs;
    do {
      if (!this.#step()) return true;
    } while (this.#clock.monotonic() < end);
    return false;
  }

  /** @returns whether there was something to do */
  #step(): boolean {
    const { dead, dictionary } = this.#holdings;
    if (this.#term < 0) {
      if (dead.length === 0) return this.#moveSequences();
      this.#term = 0;
      this.#dying = dead.length;
    }
    if (this.#term < dictionary.span) this.#clean();
    else this.#endPass();
    return true;
  }

  /** Cleans the next few terms. */
  #clean(): void {
    const { dictionary, postings } = this.#holdings;
    const end = Math.min(dictionary.span, this.#term + TERMS_PER_LOOK);
    let seen = 0;
    while (this.#term < end && seen < POSTINGS_PER_LOOK) {
      const term = this.#term++;
      const count = postings.count(term);
      const isMark = dictionary.beginsWith(term, MARK_BYTE);
      if (isMark || count > (dictionary.holders.array[term] ?? 0)) seen += this.#cleanTerm(term, count);
      if ((dictionary.holders.array[term] ?? 0) > 0 || dictionary.size(term) === 0) continue;
      dictionary.drop(term);
      this.#dropped = true;
    }
    if (this.#dropped) this.#holdings.numbers.forget();
    this.#dropped = false;
  }

  #cleanTerm(term: number, count: number): number {
    const { catalogue, dictionary, postings } = this.#holdings;
    const kept = new Uint32Array(count);
    const left = postings.gather(term, catalogue.rows.live.array, kept);
    postings.replace(term, kept.subarray(0, left));
    dictionary.holders.array[term] = left;
    return count;
  }

  #endPass(): void {
    const { catalogue, dead, dictionary } = this.#holdings;
    for (const row of dead.splice(0, this.#dying)) catalogue.rows.free(row);
    catalogue.sweep();
    dictionary.tighten();
    this.#term = -1;
  }

  /** Stores the living of one sparse page of sequences anew. */
  #moveSequences(): boolean {
    const { catalogue, sequences } = this.#holdings;
    const page = sequences.sparsePage();
    if (page === undefined) return false;
    const { live, sequence } = catalogue.rows;
    for (let row = 0; row < catalogue.rows.span; row++) {
      const address = sequence.array[row] ?? 0;
      if (live.array[row] !== 1 || !sequences.isIn(address, page)) continue;
      const terms = this.#holdings.numbers.terms;
      sequence.array[row] = sequences.add(terms, this.#holdings.termsOf(row, terms));
    }
    sequences.dropPage(page);
    return true;
  }
}
