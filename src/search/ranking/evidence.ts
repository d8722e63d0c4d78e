/**
 * The evidence for each memory, gathered term by term: what it and its neighbours match, and what its whole session
 * matches. The tallies by row and by session are kept between searches and are empty in between.
 */
import { LENGTH_MASK, LENGTH_SHIFT, LINKS, SESSION, SIGNS } from "../catalogue/rows.ts";
import type { Scope } from "../catalogue/scope.ts";
import type { Holdings } from "../holdings.ts";
import { FREQUENCY_BITS, FREQUENCY_MOST } from "../postings/postings.ts";
import type { Weights } from "../weights.ts";
import { inverseFrequency, matchOf, saturate } from "./bm25.ts";
import { lendToNeighbours, lends } from "./kernel.ts";
import type { Kernel } from "./kernel.ts";
import { RowTally } from "./row-tally.ts";
import { Tally } from "./tally.ts";

/** Postings whose rows are fetched at once. */
const AHEAD = 256;

export class Evidence {
  /** By row: what the memory and its neighbours match; only rows in scope. */
  readonly words = new RowTally();
  /** By session code: what the session matches. */
  readonly sessions = new Tally();
  readonly #bestSessions = new Tally();
  readonly #frequencies = new Tally();
  #gathered = new Uint32Array(0);
  /** What reading ahead saw: without a visible result the optimizing compiler would leave the reads out. */
  fetched = 0;

  /** Empties the tallies and makes room. */
  prepare(rows: number, sessions: number): void {
    this.words.clear();
    this.words.reserve(rows);
    for (const tally of [this.sessions, this.#bestSessions, this.#frequencies]) {
      tally.clear();
      tally.reserve(sessions);
    }
  }

  /**
   * Finds the memories in scope that hold a term; what `addGathered` then scores.
   *
   * @returns how many
   */
  gather(holdings: Holdings, scope: Scope, term: number): number {
    const room = holdings.postings.count(term);
    if (this.#gathered.length < room) this.#gathered = new Uint32Array(Math.ceil(room * 1.25));
    return holdings.postings.gather(term, scope.passes, this.#gathered);
  }

  /** Scores the last `count` gathered as one spelling of a cue term, with a factor on its idf. */
  addGathered(count: number, factor: number, scope: Scope, kernel: Kernel): void {
    const { weights, links } = kernel;
    const idf = factor * inverseFrequency(count, scope.count);
    const mean = scope.length / scope.count || 1;
    const doesLend = lends(kernel);
    const hasSessions = weights.session > 0;
    for (let index = 0; index < count; index++) {
      if (index % AHEAD === 0) this.#fetch(links, index, Math.min(count, index + AHEAD));
      const posting = this.#gathered[index] ?? 0;
      const row = posting >>> FREQUENCY_BITS;
      const frequency = posting & FREQUENCY_MOST;
      const signs = links[row * LINKS + SIGNS] ?? 0;
      const relative = ((signs >>> LENGTH_SHIFT) & LENGTH_MASK) / mean;
      const value = idf * matchOf(frequency, relative, weights);
      const session = links[row * LINKS + SESSION] ?? 0;
      this.words.raise(row, value, session);
      if (doesLend) lendToNeighbours(kernel, row, value, this.words);
      if (hasSessions) this.#frequencies.add(session, frequency);
    }
    if (hasSessions) this.#raiseSessions(idf, scope, weights);
  }

  /** Ends a cue term: of all its spellings the best counts. */
  endTerm(): void {
    this.words.beginTerm();
    this.#bestSessions.pourInto(this.sessions);
  }

  /**
   * Reads what the next postings will need and does nothing with it. Their rows lie far apart, so each would be waited
   * for in turn; read like this, with nothing depending on them, the processor fetches many at once.
   */
  #fetch(links: Int32Array, from: number, to: number): void {
    let fetched = 0;
    for (let index = from; index < to; index++) {
      const row = (this.#gathered[index] ?? 0) >>> FREQUENCY_BITS;
      fetched ^= (links[row * LINKS + SIGNS] ?? 0) ^ this.words.peek(row);
    }
    this.fetched ^= fetched;
  }

  #raiseSessions(idf: number, scope: Scope, weights: Weights): void {
    const mean = (scope.toldCount > 0 ? scope.toldLength / scope.toldCount : scope.length / scope.count) || 1;
    const { touched, values, count } = this.#frequencies;
    for (let place = 0; place < count; place++) {
      const session = touched[place] ?? 0;
      const relative = (scope.sessionLength[session] ?? 0) / mean;
      const match = saturate(
        values[session] ?? 0,
        relative,
        weights.sessionSaturation,
        weights.sessionLengthShare,
      );
      this.#bestSessions.raise(session, weights.session * idf * match);
    }
    this.#frequencies.clear();
  }
}
