/** The name somebody most likely meant who typed one that is not known. */
import { distance } from "fastest-levenshtein";

/** Longer ones are no slip of a name. */
const MAX_CHARACTERS = 256;
/** One slip for so many characters, and never more than `MAX_SLIPS`. */
const CHARACTERS_PER_SLIP = 3;
const MAX_SLIPS = 3;

/** @returns the first of the nearest ones, whatever case it was typed in; `undefined` when none is near */
export function nearestName<N extends string>(typed: string, known: Iterable<N>): N | undefined {
  if (typed.length > MAX_CHARACTERS) return undefined;
  const wanted = typed.toLowerCase();
  let nearest: N | undefined;
  let least = Math.min(MAX_SLIPS, Math.floor(wanted.length / CHARACTERS_PER_SLIP)) + 1;
  for (const name of known) {
    if (Math.abs(name.length - wanted.length) >= least) continue;
    const slips = distance(wanted, name.toLowerCase());
    if (slips < least) [nearest, least] = [name, slips];
  }
  return nearest;
}
