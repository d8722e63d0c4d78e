/**
 * A cue understood: its terms and their weight, their order for phrases, its plain words for the names of speakers, what
 * it asks for and the dates it names. Nothing here depends on what is stored.
 */
import { foldWord } from "../terms/fold.ts";
import { scanWords } from "../terms/scan-words.ts";
import { marksOfCue } from "../terms/stop-word-marks.ts";
import { termsOf, termsOfCueWord } from "../terms/terms.ts";
import type { Weights } from "../weights.ts";
import { datesOfCue } from "./cue-dates.ts";
import type { Cue } from "./understood-cue.ts";

const NO_MARKS: Cue["marks"] = new Map();
/** Longer cues are cut: nobody reads past that, and a pasted log has said what it is about by then. */
const MAX_CUE_CHARACTERS = 8_192;

/** What asks when something was, and what holds now. */
const WHEN =
  /\bwhen\b|\b(?:what|which) (?:date|day|month|year|week|time)\b|\bhow long (?:ago|since|has|have|had)\b|\bhow many (?:days|weeks|months|years)\b/i;
const LATEST =
  /\b(?:now|nowadays|current(?:ly)?|still|latest|these days|in the end|end(?:ed)? up|any ?more|today|at the moment|finally|eventually)\b/i;
const PERSON = /\b(?:i|me|my|mine|i['’](?:m|ve|d|ll))\b/i;
/** Of "we" and "you", or of what the assistant said or is to tell how to do: not of the person alone. */
const NOT_PERSON =
  /\b(?:we|us|our|you|your)\b|\bhow (?:do|can|should|am|would) i\b|\bremind me\b|\b(?:the|a) (?:previous|last|earlier|past) (?:conversation|chat|discussion|session)\b|\bassistant\b/i;
const SAY =
  "say|said|ask|asked|want|mean|meant|tell|told|complain|expect|expecting|insist|request|prefer|think|decide|call|suggest|propose|like|need|report|mention";
const SAID_BY_ME = new RegExp(
  [
    `(?:did|do|am|was|should|have) i (?:actually |really |just |ever )?(?:${SAY})`,
    "i (?:said|asked|wanted|told|meant|say|want|expected|complained|insisted|mentioned)",
    "my (?:rules?|stance|opinion|wish|preferences?|view|idea|request|instructions?|requirements?|complaint)",
    "didn['’]?t i want",
  ]
    .map((part) => `\\b(?:${part})\\b`)
    .join("|"),
  "i",
);
const CAUSE =
  /\b(?:why|how come|reason|fix(?:ed)?|solved?|wrong|errors?|fail(?:ed|ing|s)?|broke|broken|crash(?:ed|es)?|bug|cause[ds]?|hung|hang|stuck|stopped|kept|keeps?|problem|get rid|work(?:ed)?)\b/i;

/** Terms that say little of what is sought: those that ask for something to be brought up, and those that fit every turn. */
const REQUESTS = new Set(
  termsOf(`
    suggest suggestion recommend recommendation remember remind recall told tell mention mentioned discuss discussed
    discussion conversation chat previous previously earlier follow wonder wondering think thinking plan planning look
    looking find help advice idea tip talk say said ask asked know share shared describe explain provide list
  `),
);
/** Verbs and words that any two turns may share. */
const LIGHT = new Set(
  termsOf(`
    get got go come put take make keep let use used want need try give happen mean seem end really actually finally
    supposed again back thing way first whole exactly anyway people someone somebody anything everything nothing
  `),
);
const VAGUE = new Set(
  termsOf(`
    kind type sort many much more most time times thing things stuff something anything lot way name number different
    new recent recently current currently total amount one ones particular specific certain various general
  `),
);

/** @param now - milliseconds since the epoch, what "yesterday" refers to */
export function understandCue(text: string, now: number, weights: Weights): Cue {
  const cue = text.slice(0, MAX_CUE_CHARACTERS).normalize("NFC");
  const sequence: string[] = [];
  const words = new Set<string>();
  scanWords(cue, (start, end) => {
    const word = cue.slice(start, end);
    words.add(foldWord(word).replace(/'s?$/, ""));
    sequence.push(...termsOfCueWord(word));
    return true;
  });
  const dates = weights.date > 0 ? datesOfCue(cue, now) : [];
  const dateTerms = new Set(dates.flatMap((span) => termsOf(span.text)));
  const weightOf = (term: string): number => {
    if (dateTerms.has(term)) return weights.dateWord;
    const light = LIGHT.has(term) ? weights.lightWord : 1;
    if (REQUESTS.has(term)) return light * weights.requestWord;
    return VAGUE.has(term) ? light * weights.vagueWord : light;
  };
  const marks = sequence.length === 0 ? marksOfCue(cue) : NO_MARKS;
  const asksCause = CAUSE.test(cue);
  return {
    sequence,
    weights: new Map([...sequence, ...marks.keys()].map((term) => [term, weightOf(term)])),
    marks,
    words,
    asksWhen: WHEN.test(cue),
    asksPerson: PERSON.test(cue) && !NOT_PERSON.test(cue) && !asksCause,
    asksWhatISaid: SAID_BY_ME.test(cue),
    asksCause,
    asksLatest: LATEST.test(cue),
    dates,
  };
}

/** The parts of a speaker's name that the cue holds. */
export function partsNamed(name: string, { words }: Cue): readonly string[] {
  return name.split(/[^\p{L}\p{N}\p{M}]+/u).filter((part) => part !== "" && words.has(foldWord(part)));
}
