/**
 * Which section of a file that comes again is which of those that are known, the surest first:
 *
 *   same headings, same content   unchanged
 *   same content                  moved, or a heading above it was renamed
 *   same headings                 edited
 *   much the same words           its own heading was renamed, or it was moved and edited
 *
 * What is left over is new on the one side and gone on the other.
 */
import { wordsOf, likeness } from "./likeness.ts";
import type { Words } from "./likeness.ts";
import type { StoredSection } from "./stored-source.ts";

/** From here on two texts are versions of one section. */
const MIN_LIKENESS = 0.6;
/** What is compared word by word at most, in pairs; beyond that a renamed section is a new one. */
const MAX_PAIRS = 10_000;

export interface GivenSection {
  readonly key: string;
  readonly content: string;
  readonly text: string;
}

/** @param textOf - of a known section; undefined when it cannot be read any more */
export async function matchSections<G extends GivenSection>(
  known: readonly StoredSection[],
  given: readonly G[],
  textOf: (section: StoredSection) => Promise<string | undefined>,
): Promise<ReadonlyMap<G, StoredSection>> {
  const matches = new Map<G, StoredSection>();
  const left = new Set(known);
  const pairOff = (nameOf: (section: Pick<GivenSection, "key" | "content">) => string) => {
    const byName = new Map<string, StoredSection[]>();
    // The first comes last, to be taken from the end: a file may say the same very often.
    for (const section of [...left].toReversed()) {
      const named = byName.get(nameOf(section));
      if (named === undefined) byName.set(nameOf(section), [section]);
      else named.push(section);
    }
    for (const section of given) {
      const found = matches.has(section) ? undefined : byName.get(nameOf(section))?.pop();
      if (found === undefined) continue;
      matches.set(section, found);
      left.delete(found);
    }
  };
  pairOff(({ key, content }) => `${key} ${content}`);
  pairOff(({ content }) => content);
  pairOff(({ key }) => key);
  const unmatched = given.filter((section) => !matches.has(section));
  if (left.size * unmatched.length > MAX_PAIRS) return matches;
  for (const [section, found] of await alike([...left], unmatched, textOf)) matches.set(section, found);
  return matches;
}

/** The likest pairs first, each section once. */
async function alike<G extends GivenSection>(
  known: readonly StoredSection[],
  given: readonly G[],
  textOf: (section: StoredSection) => Promise<string | undefined>,
): Promise<readonly (readonly [G, StoredSection])[]> {
  if (given.length === 0) return [];
  const before: (readonly [StoredSection, Words])[] = [];
  for (const section of known) {
    const text = await textOf(section);
    if (text !== undefined) before.push([section, wordsOf(text)]);
  }
  const pairs = given.flatMap((section) => {
    const words = wordsOf(section.text);
    return before.map(([old, oldWords]) => ({ section, old, like: likeness(words, oldWords) }));
  });
  const taken = new Set<G | StoredSection>();
  const chosen: (readonly [G, StoredSection])[] = [];
  for (const { section, old, like } of pairs.toSorted((one, other) => other.like - one.like)) {
    if (like < MIN_LIKENESS || taken.has(section) || taken.has(old)) continue;
    taken.add(section).add(old);
    chosen.push([section, old]);
  }
  return chosen;
}
