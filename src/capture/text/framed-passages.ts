/**
 * What keepsake gave a host to read stands in a frame (`framed` of `src/base/stored-text.ts`). Hosts put it into prompts, models quote it
 * and people copy it: it is stored already, and is never stored again. So a frame is known by its mark and its sentence, however it
 * is indented, quoted, wrapped or escaped, without its sentence, and cut at its end.
 */
import { NOTICE } from "../../base/visible-text.ts";

/** What may stand between two words, or before a line. */
const GAP = String.raw`(?:[\s>|]|&(?:gt|nbsp);|\\+[nrt])`;
const MARK = "[0-9a-f]{12}";
const LESS = String.raw`(?:<|&lt;|&#60;|\\+u003[cC])`;
const GREATER = String.raw`(?:>|&gt;|&#62;|\\+u003[eE])`;

const SENTENCE = `Between the (?<named>${MARK}) marks: ${NOTICE}`.replaceAll(" ", `${GAP}+`);
const OPENING = new RegExp(
  String.raw`${SENTENCE}\.(?:${GAP}*${LESS}{2}\k<named>)?|${LESS}{2}(?<bare>${MARK})(?![0-9a-f])`,
  "g",
);
const CLOSING = new RegExp(`(?<![0-9a-f])(${MARK})${GREATER}{2}`, "g");
/** Inside of a frame there is no blank line. */
const BLANK_LINE = /(?:\n|\\+n)[ \t>|\r]*(?:\n|\\+n)/g;
const BEFORE_A_LINE = /[ \t>|]/;

/** A text without frames, exactly as it was where it holds none. One that is never closed goes to the next blank line. */
export function withoutFrames(text: string): string {
  let kept = "";
  let from = 0;
  let closings: Map<string, (readonly [number, number])[]> | undefined;
  for (const { 0: opening, index, groups } of text.matchAll(OPENING)) {
    if (index < from) continue;
    closings ??= closingsIn(text);
    const [named, bare = ""] = [groups?.["named"], groups?.["bare"]];
    const closed = endOf(closings.get(named ?? bare) ?? [], index + opening.length);
    // A mark alone may be anybody's.
    if (closed === undefined && named === undefined) continue;
    kept += text.slice(from, lineStart(text, index, from));
    from = closed ?? nextBlankLine(text, index + opening.length);
  }
  return from === 0 ? text : (kept + text.slice(from)).trim();
}

/** Of each mark, where its closings begin and end, the first one last. */
function closingsIn(text: string): Map<string, (readonly [number, number])[]> {
  const closings = new Map<string, (readonly [number, number])[]>();
  for (const { 0: closing, 1: mark = "", index } of [...text.matchAll(CLOSING)].toReversed()) {
    const place = [index, index + closing.length] as const;
    const known = closings.get(mark);
    if (known === undefined) closings.set(mark, [place]);
    else known.push(place);
  }
  return closings;
}

function endOf(closings: (readonly [number, number])[], from: number): number | undefined {
  for (let next = closings.at(-1); next !== undefined; next = closings.at(-1)) {
    if (next[0] >= from) return next[1];
    closings.pop();
  }
  return undefined;
}

function nextBlankLine(text: string, from: number): number {
  BLANK_LINE.lastIndex = from;
  return BLANK_LINE.exec(text)?.index ?? text.length;
}

/** Where what a quotation puts before a line begins, if nothing else stands there. */
function lineStart(text: string, index: number, from: number): number {
  let start = index;
  while (start > from && BEFORE_A_LINE.test(text[start - 1] ?? "")) start -= 1;
  return start === from || text[start - 1] === "\n" ? start : index;
}
