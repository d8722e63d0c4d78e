/**
 * Words of a cue that say little of what is sought: words that ask for something to be brought up, and vague words that
 * fit every turn. They count less than the rest.
 */
import { termsOf } from "../terms/terms.ts";

const REQUESTS = new Set(
  termsOf(`
    suggest suggestion recommend recommendation remember remind recall told tell mention mentioned discuss discussed
    discussion conversation chat previous previously earlier follow wonder wondering think thinking plan planning look
    looking find help advice idea tip talk say said ask asked know share shared describe explain provide list
  `),
);
const VAGUE = new Set(
  termsOf(`
    kind type sort many much more most time times thing things stuff something anything lot way name number different
    new recent recently current currently total amount one ones particular specific certain various general
  `),
);

export type CueWordKind = "request" | "vague" | "plain";

/** What a term of the cue is good for. */
export function kindOfCueTerm(term: string): CueWordKind {
  if (REQUESTS.has(term)) return "request";
  return VAGUE.has(term) ? "vague" : "plain";
}
