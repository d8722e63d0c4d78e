/** The private tags of a text, by their names alone: what they are worth, `private-marks.ts` says, which takes longer to load. */
import { distance } from "fastest-levenshtein";
import { latePattern } from "../../base/late-pattern.ts";

export interface Tag {
  readonly start: number;
  readonly behindName: number;
  readonly isClosing: boolean;
  /** As it looks. */
  readonly name: string;
  /** A slip is mistyped beyond doubt (`<privat>`, `<private,`); what is alike (`<private-note>`) may as well be another tag. */
  readonly spelling: "right" | "slip" | "alike";
}

/** What nobody sees: it is no part of a name, wherever it stands, and counts as white space around one. */
const HIDDEN = String.raw`\0\p{Cf}\p{Default_Ignorable_Code_Point}`;
/** Opening and closing tags of any name; what goes on behind 128 characters is no name. */
const tagPattern = latePattern(
  String.raw`<[\s${HIDDEN}]{0,32}(?:(\/)[\s${HIDDEN}]{0,32})?(\p{L}[\p{L}\p{N}_.:${HIDDEN}-]{0,128})`,
  "gu",
);
const NAME = "private";
/** Behind the name of a mark: what looks like a mark is meant as one. */
const endOfName = latePattern(String.raw`^[\s/>${HIDDEN}]`, "u");
/** A name that something hidden ends: what looks like part of it may as well be an attribute. */
const hiddenEnd = latePattern(String.raw`^${NAME}(?=[${HIDDEN}])`, "iu");
const tailOfName = latePattern(String.raw`[_.:${HIDDEN}-]+$`, "u");
const allHidden = latePattern(`[${HIDDEN}]`, "gu");
/** How names begin that were meant as this one, where something speaks for it. */
const STEM = "priv";
/** Whether there may be one: everything else is not worth a closer look. */
export function mayHaveMarks(text: string): boolean {
  return text.includes("<") && tagsIn(text).length > 0;
}

/** In the order of the text. */
export function tagsIn(text: string): readonly Tag[] {
  const tags: Tag[] = [];
  for (const found of text.matchAll(tagPattern())) {
    const [opening, slash = "", written = ""] = found;
    // `<private: 4711`
    const typed = hiddenEnd().exec(written)?.[0] ?? written.replace(tailOfName(), "");
    const behindName = found.index + opening.length - (written.length - typed.length);
    const name = typed.replaceAll(allHidden(), "");
    const spelling = spellingOf(name.toLowerCase(), text.slice(behindName, behindName + 2));
    if (spelling !== undefined)
      tags.push({ start: found.index, behindName, isClosing: slash === "/", name, spelling });
  }
  return tags;
}

function spellingOf(name: string, behind: string): Tag["spelling"] | undefined {
  if (name === NAME) return endOfName().test(behind) ? "right" : "slip";
  if (isMistyped(name)) return "slip";
  return name.startsWith(STEM) ? "alike" : undefined;
}

/** One letter too many, too few or another, or two that changed places. */
function isMistyped(name: string): boolean {
  if (Math.abs(name.length - NAME.length) > 1) return false;
  const apart = distance(name, NAME);
  return apart === 1 || (apart === 2 && lettersOf(name) === lettersOf(NAME));
}

function lettersOf(name: string): string {
  return Array.from(name).toSorted().join("");
}
