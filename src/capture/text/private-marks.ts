/**
 * The private marks of a text: where they stand, which of them only stand in code, are escaped or quoted, and what looks like one
 * that was mistyped. As HTML readers do, a mark may have white space and attributes, in any case; white space behind `<` is what
 * people type.
 */
import { fromMarkdown } from "mdast-util-from-markdown";
import { withoutDeepMarkers } from "./deep-markers.ts";
import { tagsIn } from "./private-tags.ts";
import type { Tag } from "./private-tags.ts";

export interface Mark extends Omit<Tag, "behindName"> {
  readonly end: number;
  /** Nothing but the name in it. */
  readonly isBare: boolean;
  /** In code, escaped or quoted: talked about, unless a real mark belongs to it. */
  readonly isMentioned: boolean;
}

/** A mark is shorter: what goes on longer has no end. */
const MAX_MARK_LENGTH = 1_024;

/** Opening and closing quotation marks around a mark that is talked about. */
const QUOTES: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  "“": "”",
  "‘": "’",
  "«": "»",
  "„": "“",
};

/** In the order of the text. */
export function marksOf(text: string): readonly Mark[] {
  const isInCode = codeOf(text);
  return tagsIn(text).map(({ start, behindName, ...tag }) => {
    const end = endOfMark(text, behindName);
    return {
      ...tag,
      start,
      end,
      isBare: text.slice(behindName, end).trim() === ">",
      isMentioned: isEscaped(text, start) || isQuoted(text, start, end) || isInCode(start, end),
    };
  });
}

/** Attributes may be quoted and then hold `>`. A mark without an end (`<private my code is…`) ends behind its name: what follows is inside. */
function endOfMark(text: string, behindName: number): number {
  const last = Math.min(text.length, behindName + MAX_MARK_LENGTH);
  for (let at = behindName; at < last; at++) {
    const each = text.charAt(at);
    if (each === ">") return at + 1;
    if (each === "<") return behindName;
    if (each === "=") at = endOfValue(text, at, last);
  }
  return behindName;
}

/** The last place of a quoted value behind an equals sign; the sign itself when there is none. */
function endOfValue(text: string, equals: number, last: number): number {
  let at = equals + 1;
  while (at < last && text.charAt(at).trim() === "") at += 1;
  const quote = text.charAt(at);
  const end =
    quote === '"' || quote === "'" ? text.slice(at + 1, last).search(new RegExp(`[<${quote}]`)) : -1;
  return end !== -1 && text.charAt(at + 1 + end) === quote ? at + 1 + end : equals;
}

function isEscaped(text: string, start: number): boolean {
  let slashes = 0;
  while (text.charAt(start - 1 - slashes) === "\\") slashes += 1;
  return slashes % 2 === 1;
}

function isQuoted(text: string, start: number, end: number): boolean {
  return start > 0 && end < text.length && QUOTES[text.charAt(start - 1)] === text.charAt(end);
}

/** Lists cost the parser the square of their length: longer texts are read line by line, without what stands in what. */
const MAX_NESTED_CHARACTERS = 16 << 10;
/** Longer texts are not taken apart at all: in them every mark counts. */
const MAX_PARSED_CHARACTERS = 256 << 10;
/** Only what may begin or hold code is read as such: everything else is text, whatever it looks like. */
const NOT_READ = [
  "attention",
  "autolink",
  "definition",
  "headingAtx",
  "htmlFlow",
  "htmlText",
  "labelEnd",
  "labelStartImage",
  "labelStartLink",
  "setextUnderline",
  "thematicBreak",
  "characterReference",
  "hardBreakEscape",
];
/** What is indented is then no code: in a list, which is not seen, it is text. */
const NOT_READ_FLAT = [...NOT_READ, "blockQuote", "codeIndented", "list"];

/** Tells whether a mark stands in code: between backticks on one line, in a fenced block that is closed, or indented. */
function codeOf(text: string): (start: number, end: number) => boolean {
  const mayHaveCode = /[`~\t]| {4}/.test(text);
  if (!mayHaveCode || text.length > MAX_PARSED_CHARACTERS) return () => false;
  const spans: Span[] = [];
  const isFlat = text.length > MAX_NESTED_CHARACTERS;
  const extensions = [{ disable: { null: isFlat ? NOT_READ_FLAT : NOT_READ } }];
  const nodes: Node[] = [fromMarkdown(withoutDeepMarkers(text), { extensions })];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    if (node.type === "code" || node.type === "inlineCode") {
      const span = [node.position?.start.offset ?? 0, node.position?.end.offset ?? 0] as const;
      if (node.type === "code" ? isClosedBlock(text, span) : isHugging(text, span)) spans.push(span);
    }
    if ("children" in node) nodes.push(...node.children);
  }
  spans.sort(([one], [other]) => one - other);
  let next = 0;
  // Asked in the order of the text.
  return (start, end) => {
    while ((spans[next]?.[1] ?? Infinity) < end) next += 1;
    return (spans[next]?.[0] ?? Infinity) <= start;
  };
}

type Span = readonly [start: number, end: number];
type Tree = ReturnType<typeof fromMarkdown>;
type Node = Tree | Tree["children"][number];

/** Indented, or with both fences: one that is never closed makes code of all that follows. */
function isClosedBlock(text: string, [start, end]: Span): boolean {
  const source = text.slice(start, end);
  const fence = /^(?:`{3,}|~{3,})/.exec(source)?.[0];
  const lastLine = source.slice(source.lastIndexOf("\n") + 1).replace(/^[\s>]*/, "");
  return fence === undefined || (lastLine.startsWith(fence) && /^(?:`+|~+)\s*$/.test(lastLine));
}

/** Stray backticks make code of what was none: only spans on one line count that stand apart and hug what they hold. */
function isHugging(text: string, [start, end]: Span): boolean {
  const source = text.slice(start, end);
  const fence = /^`+/.exec(source)?.[0].length ?? 0;
  const inside = source.slice(fence, -fence);
  const standsApart = !/\w/.test(text.charAt(start - 1)) && !/\w/.test(text.charAt(end));
  return standsApart && !inside.includes("\n") && (fence > 1 || inside.trim() === inside);
}
