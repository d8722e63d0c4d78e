/**
 * A text taken apart into what can be shown by itself: sentences, list items, headings, rows of tables, lines of code.
 * Takes time in proportion to the text.
 */
export interface Unit {
  /** On one line, not empty. */
  readonly text: string;
  readonly kind: "prose" | "heading" | "row" | "code";
  /** The place of the heading it stands under, or -1. */
  readonly heading: number;
}

/** A text of more lines than that is no prose; what follows is not looked at. */
const MAX_UNITS = 4_096;
const MIN_SENTENCE = 25;
/** A list item up to this length stays whole. */
const MAX_ITEM = 160;

/** On one line already, as most texts are. */
const ONE_LINE = /^[!-~]+(?: [!-~]+)*$/;
const FENCE = /^[ \t]*(?:```|~~~)[^`]*$/;
/** What marks a text as code or as quoted, and says nothing. */
const MARKS = /^[ \t]*(?:(?:```|~~~)[^`\n]*$|(?:>[ \t]?)+)/gm;
const SAYS_SOMETHING = /[\p{L}\p{N}]/u;
const HEADING = /^\s*(?:#{1,6}\s|\*\*[^*]{1,200}\*\*:?\s*$)/;
const ITEM = /^\s*(?:[-*+•]|\d{1,3}[.)])\s/;
const ROW = /^\s*\|.*\|\s*$/;
/** The end of a sentence: a mark before white space and a capital, a digit or a sign; or a full-width mark. */
const SENTENCE_END = /[.!?…]["')\]*`”]{0,4}(?=\s{1,8}["'([*`“]{0,4}[\p{Lu}\p{N}✅❌])|[。！？](?!\p{M})/gu;

export function unitsOf(text: string): readonly Unit[] {
  const units: Unit[] = [];
  let isCode = false;
  let heading = -1;
  const add = (part: string, kind: Unit["kind"]) => {
    const line = oneLine(part);
    if (!SAYS_SOMETHING.test(line)) return;
    const [first] = units;
    // "CSV, for now." says less than with what follows.
    if (units.length === 1 && first?.kind === "prose" && kind === "prose" && first.text.length < MIN_SENTENCE)
      units[0] = { ...first, text: `${first.text} ${line}` };
    else units.push({ text: line, kind, heading });
  };
  for (const written of text.split("\n")) {
    if (units.length >= MAX_UNITS) break;
    if (FENCE.test(written)) {
      isCode = !isCode;
      continue;
    }
    const line = written.replace(MARKS, "");
    const kind = isCode ? "code" : kindOf(line);
    if (kind === "heading") heading = -1;
    for (const part of kind === "prose" ? sentencesOf(line) : [line]) add(part, kind);
    if (kind === "heading") heading = units.length - 1;
  }
  return units;
}

/** A text on one line as it is shown: without fences and marks of quotation, when anything is left. */
export function shownLine(text: string): string {
  const line = oneLine(text);
  return /[`~>]/.test(line) ? oneLine(text.replace(MARKS, "")) || line : line;
}

/** A text on one line: white space and control characters folded. */
function oneLine(text: string): string {
  if (ONE_LINE.test(text)) return text;
  return text.replace(/[\s\p{Cc}]+/gu, " ").trim();
}

function kindOf(line: string): Unit["kind"] {
  if (HEADING.test(line)) return "heading";
  return ROW.test(line) ? "row" : "prose";
}

function sentencesOf(line: string): readonly string[] {
  if (line.length < MAX_ITEM && ITEM.test(line)) return [line];
  const sentences: string[] = [];
  let start = 0;
  for (const { index, 0: mark } of line.matchAll(SENTENCE_END)) {
    const end = index + mark.length;
    if (end - start < MIN_SENTENCE) continue;
    sentences.push(line.slice(start, end));
    start = end;
  }
  return [...sentences, line.slice(start)];
}
