/** The priors of the rows of an index for one cue: prior-formula.ts over columns. */
import type { Rows } from "../catalogue/rows.ts";
import type { Cue } from "../cue/understood-cue.ts";
import type { Weights } from "../weights.ts";
import {
  briefPrior,
  isNear,
  maxPriors,
  priorsOf,
  spansNear,
  sumOfPriors,
  sumOfSigns,
} from "./prior-formula.ts";
import type { PriorParts } from "./prior-formula.ts";

export class Priors {
  readonly #rows: Rows;
  readonly #cue: Cue;
  readonly #weights: Weights;
  /** The code of the one speaker the cue names, or -1. */
  readonly #speaker: number;
  /** By the signs of a row: the sum of what they bring. */
  readonly #sumsOfSigns: Float64Array;
  /** Worked out once, as a million rows are held against it. */
  readonly #near: Float64Array;

  constructor(rows: Rows, cue: Cue, weights: Weights, speakers: ReadonlySet<number>) {
    this.#rows = rows;
    this.#cue = cue;
    this.#weights = weights;
    const [only = -1] = speakers;
    this.#speaker = speakers.size === 1 ? only : -1;
    this.#sumsOfSigns = Float64Array.from({ length: 256 }, (_, signs) => sumOfSigns(signs, cue, weights));
    this.#near = spansNear(cue.dates, weights);
  }

  /** By name, in shares of the cue's idf. */
  parts(row: number): PriorParts {
    const [signs, length] = [this.#rows.signs(row), this.#rows.length(row)];
    return priorsOf(signs, length, this.#at(row), this.#isNamed(row), this.#cue, this.#weights);
  }

  /** The sum of `parts`. */
  sum(row: number): number {
    const signs = this.#rows.signs(row);
    const brief = briefPrior(signs, this.#rows.length(row), this.#weights);
    const ofSigns = this.#sumsOfSigns[signs] ?? 0;
    return sumOfPriors(ofSigns, brief, this.#at(row), this.#isNamed(row), this.#cue, this.#weights);
  }

  /** No row has a larger sum. */
  get max(): number {
    return maxPriors(Math.max(...this.#sumsOfSigns), this.#speaker > 0, this.#cue, this.#weights);
  }

  /** Whether a row is near enough to a date of the cue to be found by it alone. */
  isNearDate(row: number): boolean {
    return isNear(this.#at(row), this.#near);
  }

  get hasDates(): boolean {
    return this.#cue.dates.length > 0;
  }

  #at(row: number): number {
    return this.#rows.at.array[row] ?? 0;
  }

  #isNamed(row: number): boolean {
    return this.#speaker > 0 && this.#rows.speaker.array[row] === this.#speaker;
  }
}
