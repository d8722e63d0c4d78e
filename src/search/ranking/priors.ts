/**
 * The priors: what speaks for a memory besides the words it matches. Each is a share of the cue's whole idf, so that it
 * weighs the same in a short cue and in a long one.
 */
import {
  BY_ASSISTANT,
  FIRST_PERSON,
  IS_NOTE,
  IS_PINNED,
  LINKS,
  SIGNS,
  SPEAKER_SHIFT,
  TELLS_TIME,
} from "../catalogue/rows.ts";
import type { Rows } from "../catalogue/rows.ts";
import type { DateSpan } from "../cue/cue-dates.ts";
import type { Cue } from "../cue/cue.ts";
import type { Weights } from "../weights.ts";

const DAY_MS = 86_400_000;
/** Further from a date than so many decays a memory is not a candidate for its date alone. */
const DECAYS_MOST = 2;

export class Priors {
  readonly #rows: Rows;
  readonly #cue: Cue;
  readonly #weights: Weights;
  /** The code of the one speaker the cue names, or -1. */
  readonly #speaker: number;

  constructor(rows: Rows, cue: Cue, weights: Weights, speakers: ReadonlySet<number>) {
    this.#rows = rows;
    this.#cue = cue;
    this.#weights = weights;
    const [only = -1] = speakers;
    this.#speaker = speakers.size === 1 ? only : -1;
  }

  /** The priors of a row by name, in shares of the cue's idf; those that do not apply are 0. */
  parts(row: number): { speaker: number; time: number; person: number; date: number; kept: number } {
    const weights = this.#weights;
    const signs = this.#signs(row);
    const kept =
      ((signs & IS_NOTE) === 0 ? 0 : weights.note) + ((signs & IS_PINNED) === 0 ? 0 : weights.pinned);
    const time = this.#cue.asksWhen ? weights.timeAsked : weights.timeTold;
    return {
      speaker: this.#isNamed(signs) ? weights.speaker : 0,
      time: (signs & TELLS_TIME) === 0 ? 0 : time,
      person: (signs & FIRST_PERSON) === 0 ? 0 : weights.firstPerson,
      date: this.#cue.dates.length === 0 ? 0 : weights.date * this.#nearness(row),
      kept,
    };
  }

  /** The sum of `parts`. */
  share(row: number): number {
    const { speaker, time, person, date, kept } = this.parts(row);
    return speaker + time + person + date + kept;
  }

  /** The factor on everything a row has: assistants say so much that all of it would come first. */
  factor(row: number): number {
    const signs = this.#signs(row);
    const isDemoted = (signs & BY_ASSISTANT) !== 0 && !this.#cue.asksAssistant && !this.#isNamed(signs);
    return isDemoted ? this.#weights.assistant : 1;
  }

  /** Whether a row is near enough to a date of the cue to be found by it alone. */
  isNearDate(row: number): boolean {
    return this.#daysFromDate(row) <= DECAYS_MOST * this.#weights.dateDecayDays;
  }

  get hasDates(): boolean {
    return this.#cue.dates.length > 0 && this.#weights.date > 0;
  }

  /** 1 inside a date of the cue, less the further outside. */
  #nearness(row: number): number {
    return Math.exp(-this.#daysFromDate(row) / this.#weights.dateDecayDays);
  }

  #daysFromDate(row: number): number {
    const at = this.#rows.at.array[row] ?? 0;
    return Math.min(...this.#cue.dates.map((span) => distance(span, at))) / DAY_MS;
  }

  #isNamed(signs: number): boolean {
    return this.#speaker > 0 && signs >>> SPEAKER_SHIFT === this.#speaker;
  }

  #signs(row: number): number {
    return this.#rows.links.array[row * LINKS + SIGNS] ?? 0;
  }
}

/** Milliseconds between a moment and a span; 0 inside. */
function distance({ from, to }: DateSpan, at: number): number {
  return at < from ? from - at : Math.max(0, at - to);
}
