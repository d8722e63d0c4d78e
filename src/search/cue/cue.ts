/**
 * A cue understood: its terms and their weight, their order for phrases, its plain words for the names of speakers, what
 * it asks for and the dates it names. Nothing here depends on what is stored.
 */
import { foldWord } from "../terms/fold.ts";
import { scanWords } from "../terms/scan-words.ts";
import { termsOf, termsOfWord } from "../terms/terms.ts";
import type { Weights } from "../weights.ts";
import { asksWhatAssistantSaid, asksWhen } from "./asks.ts";
import { datesOfCue } from "./cue-dates.ts";
import type { DateSpan } from "./cue-dates.ts";
import { kindOfCueTerm } from "./cue-words.ts";

export interface Cue {
  /** Terms in order, repeated as often as they occur. */
  readonly sequence: readonly string[];
  /** Each term once, with how much it counts. */
  readonly weights: ReadonlyMap<string, number>;
  /** Folded words, each once: what the name of a speaker is compared with. */
  readonly words: ReadonlySet<string>;
  readonly asksWhen: boolean;
  readonly asksAssistant: boolean;
  readonly dates: readonly DateSpan[];
}

/** Longer cues are cut: nobody reads past that, and a pasted log has said what it is about by then. */
const MAX_CUE_CHARACTERS = 8_192;

/** @param now - milliseconds since the epoch, what "yesterday" refers to */
export function understandCue(text: string, now: number, weights: Weights): Cue {
  const cue = text.slice(0, MAX_CUE_CHARACTERS).normalize("NFC");
  const sequence: string[] = [];
  const words = new Set<string>();
  scanWords(cue, (start, end) => {
    const word = cue.slice(start, end);
    words.add(foldWord(word).replace(/'s?$/, ""));
    sequence.push(...termsOfWord(word));
    return true;
  });
  const dates = weights.date > 0 ? datesOfCue(cue, now) : [];
  const dateTerms = new Set(dates.flatMap((span) => termsOf(span.text)));
  const weightOf = (term: string): number => {
    if (dateTerms.has(term)) return weights.dateWord;
    const kind = kindOfCueTerm(term);
    return kind === "plain" ? 1 : kind === "request" ? weights.requestWord : weights.vagueWord;
  };
  return {
    sequence,
    weights: new Map(sequence.map((term) => [term, weightOf(term)])),
    words,
    asksWhen: asksWhen(cue),
    asksAssistant: asksWhatAssistantSaid(cue),
    dates,
  };
}

/** The parts of a speaker's name that the cue holds. */
export function partsNamed(name: string, { words }: Cue): readonly string[] {
  return name.split(/[^\p{L}\p{N}\p{M}]+/u).filter((part) => part !== "" && words.has(foldWord(part)));
}
