/** What somebody probably meant who typed a name that is none. */
import { distance } from "fastest-levenshtein";
import { latePattern } from "./late-pattern.ts";

/** One character in three may be wrong, within these. */
const CHARACTERS_PER_SLIP = 3;
const MIN_SLIPS = 2;
const MAX_SLIPS = 3;
/** A name this short has one slip at most: with two it is another word. */
const SHORT_CHARACTERS = 3;
/** A beginning this long of one name alone is meant as that name. */
const MIN_BEGINNING = 3;
/** Numbers, and letters that stand alone: what tells `app1` from `app2` and `side-a` from `side-b`. */
const countersPattern = latePattern(String.raw`\d+|(?<!\p{L})\p{L}(?!\p{L})`, "gu");

/**
 * The known name that is nearest to the one typed, whatever the capitals: a slip or two away, else the only one that begins
 * with it. The first of several that are equally near. Names that differ in a number or a single letter are never taken for
 * each other.
 *
 * @returns `undefined` when none is near enough to be meant
 */
export function nearestName(typed: string, known: readonly string[]): string | undefined {
  const wanted = typed.toLowerCase();
  const room = slipsIn(wanted);
  let best: { readonly name: string; readonly slips: number } | undefined;
  for (const name of known) {
    if (Math.abs(name.length - wanted.length) > room || counters(name) !== counters(wanted)) continue;
    const slips = distance(wanted, name.toLowerCase());
    if (slips <= room && slips < (best?.slips ?? Infinity)) best = { name, slips };
  }
  if (best !== undefined || wanted.length < MIN_BEGINNING) return best?.name;
  const begun = known.filter((name) => name.toLowerCase().startsWith(wanted));
  return begun.length === 1 ? begun[0] : undefined;
}

function slipsIn(name: string): number {
  if (name.length <= SHORT_CHARACTERS) return 1;
  return Math.min(MAX_SLIPS, Math.max(MIN_SLIPS, Math.floor(name.length / CHARACTERS_PER_SLIP)));
}

function counters(name: string): string {
  return (name.toLowerCase().match(countersPattern()) ?? []).join(" ");
}
