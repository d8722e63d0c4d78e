/**
 * Takes out what stands between `<private>` and `</private>`, marks included; see docs/decisions/037-what-a-private-mark-is.md. Pairs
 * may nest. A mark that is never closed hides everything behind it, unless it is only mentioned. In doubt, less is stored.
 */
import { marksOf } from "./private-marks.ts";
import { mayHaveMarks } from "./private-tags.ts";
import type { Mark } from "./private-marks.ts";

export interface CutText {
  /** Exactly as it was when nothing in it is private, else what is left of it, trimmed. */
  readonly text: string;
  /** How many passages were taken out. */
  readonly passages: number;
  /** How many of them run to the end, since their mark is not closed: 0 or 1. */
  readonly unclosed: number;
  /** Closing marks that nothing opens: nothing was cut for them. */
  readonly unopened: number;
}

/** @returns what may be stored of a message */
export function cutPrivate(text: string): CutText {
  const { passages, unopened } = passagesOf(text, mayHaveMarks(text) ? marksOf(text) : []);
  const unclosed = passages.filter(({ isClosed }) => !isClosed).length;
  return { text: cutOut(text, passages), passages: passages.length, unclosed, unopened };
}

function cutOut(text: string, passages: readonly Passage[]): string {
  if (passages.length === 0) return text;
  let kept = "";
  let from = 0;
  for (const { start, end } of passages) {
    kept += text.slice(from, start);
    from = end;
  }
  return (kept + text.slice(from)).trim();
}

/**
 * Of text in which quotation marks, backticks and indents have a meaning of their own: what they hold is no mention before the last
 * closing mark.
 *
 * @returns the text alone
 */
export function removeEveryPair(text: string): string {
  const marks = mayHaveMarks(text) ? marksOf(text) : [];
  const last = marks.findLastIndex(({ isClosing }) => isClosing);
  const counted = marks.map((mark, index) => (index <= last ? { ...mark, isMentioned: false } : mark));
  return cutOut(text, passagesOf(text, counted).passages);
}

/** @returns the text alone */
export function removePrivate(text: string): string {
  return cutPrivate(text).text;
}

interface Passage {
  readonly start: number;
  readonly end: number;
  readonly isClosed: boolean;
}

/** The outermost private passages, in order. */
function passagesOf(
  text: string,
  marks: readonly Mark[],
): { readonly passages: readonly Passage[]; readonly unopened: number } {
  const { pairs, open, closings, unopened } = pairUp(marks);
  const found: Passage[] = pairs
    .filter(([opening, closing]) => !isOfAnotherLanguage(text, opening, closing))
    .map(([{ start }, { end }]) => ({ start, end, isClosed: true }));
  // Secrets are indented as code is: what only seems to be closed in code is no mention either.
  const lastClosing = closings.at(-1)?.start ?? -1;
  const textEnd = text.trimEnd().length;
  const unclosed = open.find((mark) => mark.start < lastClosing || !isMention(text, mark, textEnd));
  if (unclosed !== undefined) found.push({ start: unclosed.start, end: text.length, isClosed: false });
  const outermost: Passage[] = [];
  for (const passage of found.toSorted((one, other) => one.start - other.start)) {
    if (passage.end > (outermost.at(-1)?.end ?? 0)) outermost.push(passage);
  }
  return { passages: outermost, unopened };
}

type Pair = readonly [opening: Mark, closing: Mark];

interface Paired {
  readonly pairs: readonly Pair[];
  /** Opening marks that none closes. */
  readonly open: readonly Mark[];
  /** Closing marks that are only mentioned or mistyped. */
  readonly closings: readonly Mark[];
  readonly unopened: number;
}

/**
 * Each closing mark closes the last one that is open. An opening mark that is only mentioned, mistyped or alike takes part where a
 * closing one would else have no other half: neither code that became code by accident nor a slip of the hand must give away
 * what was to be hidden.
 */
function pairUp(marks: readonly Mark[]): Paired {
  const pairs: Pair[] = [];
  const [open, doubtful]: [Mark[], Mark[]] = [[], []];
  let unopened = 0;
  for (const mark of marks) {
    if (mark.spelling !== "right") takeOther(mark, doubtful, pairs);
    else if (mark.isMentioned) doubtful.push(mark);
    else if (!mark.isClosing) open.push(mark);
    else {
      const opening = open.pop() ?? lastOpening(doubtful);
      if (opening === undefined) unopened += 1;
      else pairs.push([opening, mark]);
    }
  }
  return { pairs, open, closings: doubtful.filter(({ isClosing }) => isClosing), unopened };
}

/** Two that are mistyped in the same way are a pair; two that are only alike are another tag and its end. */
function takeOther(mark: Mark, doubtful: Mark[], pairs: Pair[]): void {
  const last = doubtful.at(-1);
  if (!mark.isClosing) doubtful.push(mark);
  else if (last?.isClosing === false && last.name.toLowerCase() === mark.name.toLowerCase()) {
    doubtful.pop();
    if (mark.spelling === "slip" && !mark.isMentioned && !last.isMentioned) pairs.push([last, mark]);
  } else if (mark.spelling === "slip") doubtful.push(mark);
}

/** The last doubtful opening mark that no doubtful closing one follows, taken out. */
function lastOpening(doubtful: Mark[]): Mark | undefined {
  const last = doubtful.at(-1);
  return last?.isClosing === false ? doubtful.pop() : undefined;
}

/** MSBuild's own element of that name holds a word, and what reads like two mentions ("<private> and </private>") holds none. */
function isOfAnotherLanguage(text: string, opening: Mark, closing: Mark): boolean {
  const inside = text.slice(opening.end, closing.start);
  if (opening.name === "Private" && /^\s*(?:true|false)\s*$/i.test(inside)) return true;
  return opening.isBare && /^\s*(?:…|\.{3}|,|\/|&|and|or|und)\s*$/i.test(inside);
}

const LINE_START = /(?:^|\n)[\s>*+#-]*(?:\d{1,4}[.)]\s*)?$/;
const INTRODUCES = /[:=\-–—→]\s*$/;
const IS_VALUE = /\b(?:is|are|was|were|ist|lautet|equals)\s*$/i;
/** Behind a mark, as far as it is looked at. */
const LINE_END = /^[^\S\n\r\u2028\u2029]*(?:[\n\r\u2028\u2029]|$)/;
/** How much around a mark is looked at. */
const AROUND = 400;

/**
 * Whether an opening mark without a closing one only speaks of the mark: bare, inside a sentence, with white space or the end of a
 * clause behind it. What begins a line, ends one that others follow, is glued to what follows or introduced by a colon or "is" is
 * meant to hide.
 *
 * @param textEnd - where nothing but white space follows
 */
function isMention(text: string, { start, end, isBare }: Mark, textEnd: number): boolean {
  const before = text.slice(Math.max(0, start - AROUND), start);
  const after = text.slice(end, end + AROUND);
  if (!isBare || (LINE_START.test(before) && (start <= AROUND || before.includes("\n")))) return false;
  if (LINE_END.test(after) && end < textEnd) return false;
  if (!/^(?:\s|$|[.,;:!?)\]}"'’”»])/.test(after) || INTRODUCES.test(before)) return false;
  return !IS_VALUE.test(before) || /^[^.!\n]*\?/.test(after);
}
