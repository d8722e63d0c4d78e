/**
 * The evidence for each memory, gathered term by term: what it and its neighbours match, and what its whole session
 * matches. The tallies by row and by session are kept from one search to the next, which begins with them empty.
 *
 * Reading ahead (`#fetch`) and passing conversations over once the tally is closed exist only for a million memories: a
 * question meets 57,000 postings there at the median, of which passing over leaves 39,000 to score (decision 020).
 */
import { LENGTH_MASK, LENGTH_SHIFT, LINKS, SESSION, SIGNS } from "../catalogue/rows.ts";
import type { Scope } from "../catalogue/scope.ts";
import type { Holdings } from "../holdings/holdings.ts";
import { FREQUENCY_BITS, MAX_FREQUENCY } from "../postings/postings.ts";
import type { Weights } from "../weights.ts";
import {
  inverseFrequency,
  lends,
  meanLength,
  meanSessionLength,
  memorySaturation,
  saturated,
  sessionMatch,
  sessionSaturation,
} from "./formula.ts";
import { lendToNeighbours } from "./kernel.ts";
import type { Kernel } from "./kernel.ts";
import { RowTally } from "./row-tally.ts";
import { Tally } from "./tally.ts";

/** Postings whose rows are fetched at once. */
const POSTINGS_PER_FETCH = 256;
/** Postings for which the room is kept; few searches find more. */
const MAX_KEPT_POSTINGS = 2_000_000;

export class Evidence {
  /** By row: what the memory and its neighbours match; only rows in scope. */
  readonly words = new RowTally();
  /** By session code: what the session matches. */
  readonly sessions = new Tally();
  readonly #bestSessions = new Tally();
  readonly #frequencies = new Tally();
  /** Postings of one spelling after another, the first `#used`. */
  #gathered = new Uint32Array(0);
  #used = 0;
  /** What reading ahead saw: without a visible result the optimizing compiler would leave the reads out. */
  fetched = 0;

  /** Empties the tallies and makes room. */
  prepare(rows: number, sessions: number): void {
    this.#used = 0;
    if (this.#gathered.length > MAX_KEPT_POSTINGS) this.#gathered = new Uint32Array(0);
    this.words.begin(rows, sessions);
    for (const tally of [this.sessions, this.#bestSessions, this.#frequencies]) {
      tally.clear();
      tally.reserve(sessions);
    }
  }

  /**
   * Finds the memories in scope that hold a term; what `addGathered` then scores.
   *
   * @returns where they are, and how many
   */
  gather(holdings: Holdings, scope: Scope, term: number): { readonly at: number; readonly count: number } {
    const at = this.#used;
    const room = at + holdings.postings.count(term);
    if (this.#gathered.length < room) {
      const wider = new Uint32Array(Math.ceil(room * 1.25));
      wider.set(this.#gathered.subarray(0, at));
      this.#gathered = wider;
    }
    const count = holdings.postings.gather(term, scope.passes, this.#gathered.subarray(at));
    this.#used += count;
    return { at, count };
  }

  /**
   * Scores what was gathered of one spelling of a cue term.
   *
   * @param factor - on its idf
   */
  addGathered(at: number, count: number, factor: number, scope: Scope, kernel: Kernel): void {
    const { weights, links } = kernel;
    const idf = factor * inverseFrequency(count, scope.count);
    const saturation = memorySaturation(meanLength(scope), weights);
    const doesLend = lends(weights);
    const hasSessions = weights.session > 0;
    const { words } = this;
    const end = at + count;
    for (let from = at; from < end; from += POSTINGS_PER_FETCH) {
      const to = Math.min(end, from + POSTINGS_PER_FETCH);
      if (!words.isClosed) this.#fetch(links, from, to);
      for (let index = from; index < to; index++) {
        const posting = this.#gathered[index] ?? 0;
        const row = posting >>> FREQUENCY_BITS;
        const session = links[row * LINKS + SESSION] ?? 0;
        // Nothing else was found in the whole conversation, so nobody is there to raise.
        if (words.isClosed && !words.holds(session)) continue;
        const frequency = posting & MAX_FREQUENCY;
        const signs = links[row * LINKS + SIGNS] ?? 0;
        const value = idf * saturated(saturation, frequency, (signs >>> LENGTH_SHIFT) & LENGTH_MASK);
        words.raise(row, value, session);
        if (doesLend) lendToNeighbours(kernel, row, value, words);
        if (hasSessions) this.#frequencies.add(session, frequency);
      }
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
    const saturation = sessionSaturation(meanSessionLength(scope), weights);
    const { touched, values, count } = this.#frequencies;
    for (let place = 0; place < count; place++) {
      const session = touched[place] ?? 0;
      const match = saturated(saturation, values[session] ?? 0, scope.sessionLength[session] ?? 0);
      this.#bestSessions.raise(session, sessionMatch(idf, match, weights));
    }
    this.#frequencies.clear();
  }
}
