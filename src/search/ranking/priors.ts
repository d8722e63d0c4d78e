/**
 * The priors: what speaks for a memory besides the words it matches. Each is a share of the cue's whole idf, so that it
 * weighs the same in a short cue and in a long one.
 */
import { BY_ASSISTANT, FIRST_PERSON, IS_NOTE, IS_PINNED, TELLS_TIME } from "../catalogue/rows.ts";
import type { Rows } from "../catalogue/rows.ts";
import type { DateSpan } from "../cue/cue-dates.ts";
import type { Cue } from "../cue/cue.ts";
import type { Weights } from "../weights.ts";

const DAY_MS = 86_400_000;
/** Further from a date than so many decays a memory is not a candidate for its date alone. */
const DECAYS_MOST = 2;

/** The priors of one memory by name, in shares of the cue's idf; those that do not apply are 0. */
export interface PriorParts {
  readonly speaker: number;
  readonly time: number;
  readonly person: number;
  readonly kept: number;
  readonly date: number;
}

export class Priors {
  readonly #rows: Rows;
  readonly #cue: Cue;
  readonly #weights: Weights;
  /** The code of the one speaker the cue names, or -1. */
  readonly #speaker: number;
  /** By the low byte of a row's signs: the sum of what they bring. */
  readonly #sharesOfSigns: Float64Array;
  /** From when to when a row is near a date of the cue, one pair a date: a million rows are held against them. */
  readonly #near: Float64Array;

  constructor(rows: Rows, cue: Cue, weights: Weights, speakers: ReadonlySet<number>) {
    this.#rows = rows;
    this.#cue = cue;
    this.#weights = weights;
    const [only = -1] = speakers;
    this.#speaker = speakers.size === 1 ? only : -1;
    this.#sharesOfSigns = Float64Array.from({ length: 256 }, (_, signs) => {
      const { time, person, kept } = this.#partsOfSigns(signs);
      return time + person + kept;
    });
    const reach = DECAYS_MOST * weights.dateDecayDays * DAY_MS;
    this.#near = Float64Array.from(cue.dates.flatMap(({ from, to }) => [from - reach, to + reach]));
  }

  parts(row: number): PriorParts {
    const signs = this.#rows.signs(row);
    return {
      speaker: this.#isNamed(row) ? this.#weights.speaker : 0,
      ...this.#partsOfSigns(signs),
      date: this.#date(row),
    };
  }

  /** The sum of `parts`. */
  share(row: number): number {
    const speaker = this.#isNamed(row) ? this.#weights.speaker : 0;
    return speaker + (this.#sharesOfSigns[this.#rows.signs(row)] ?? 0) + this.#date(row);
  }

  /** The factor on everything a row has: assistants say so much that all of it would come first. */
  factor(row: number): number {
    const isByAssistant = (this.#rows.signs(row) & BY_ASSISTANT) !== 0;
    const isDemoted = isByAssistant && !this.#cue.asksAssistant && !this.#isNamed(row);
    return isDemoted ? this.#weights.assistant : 1;
  }

  /** Whether a row is near enough to a date of the cue to be found by it alone. */
  isNearDate(row: number): boolean {
    const at = this.#rows.at.array[row] ?? 0;
    for (let date = 0; date < this.#near.length; date += 2)
      if (at >= (this.#near[date] ?? 0) && at <= (this.#near[date + 1] ?? 0)) return true;
    return false;
  }

  get hasDates(): boolean {
    return this.#cue.dates.length > 0 && this.#weights.date > 0;
  }

  #partsOfSigns(signs: number): Pick<PriorParts, "time" | "person" | "kept"> {
    const weights = this.#weights;
    const note = (signs & IS_NOTE) === 0 ? 0 : weights.note;
    return {
      time: (signs & TELLS_TIME) === 0 ? 0 : this.#cue.asksWhen ? weights.timeAsked : weights.timeTold,
      person: (signs & FIRST_PERSON) === 0 ? 0 : weights.firstPerson,
      kept: note + ((signs & IS_PINNED) === 0 ? 0 : weights.pinned),
    };
  }

  /** The most inside a date of the cue, less the further outside. */
  #date(row: number): number {
    if (!this.hasDates) return 0;
    return this.#weights.date * Math.exp(-this.#daysFromDate(row) / this.#weights.dateDecayDays);
  }

  #daysFromDate(row: number): number {
    const at = this.#rows.at.array[row] ?? 0;
    return Math.min(...this.#cue.dates.map((span) => distance(span, at))) / DAY_MS;
  }

  #isNamed(row: number): boolean {
    return this.#speaker > 0 && this.#rows.speaker.array[row] === this.#speaker;
  }

  /** No row has a larger share. */
  get shareMost(): number {
    const speaker = this.#speaker > 0 ? this.#weights.speaker : 0;
    return speaker + Math.max(...this.#sharesOfSigns) + (this.hasDates ? this.#weights.date : 0);
  }
}

/** Milliseconds between a moment and a span; 0 inside. */
function distance({ from, to }: DateSpan, at: number): number {
  return at < from ? from - at : Math.max(0, at - to);
}
