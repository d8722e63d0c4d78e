/**
 * The private marks of a text: where they stand, which of them only stand in code, are escaped or quoted, and what looks like one
 * that was mistyped. As HTML readers do, a mark may have white space and attributes, in any case; white space behind `<` is what
 * people type.
 */
import { distance } from "fastest-levenshtein";
import { fromMarkdown } from "mdast-util-from-markdown";
import { withoutDeepMarkers } from "./deep-markers.ts";

export interface Mark {
  readonly start: number;
  readonly end: number;
  readonly isClosing: boolean;
  /** Nothing but the name in it. */
  readonly isBare: boolean;
  /** As written. */
  readonly name: string;
  /** A slip is mistyped beyond doubt (`<privat>`, `<private,`); what is alike (`<private-note>`) may as well be another tag. */
  readonly spelling: "right" | "slip" | "alike";
  /** In code, escaped or quoted: talked about, unless a real mark belongs to it. */
  readonly isMentioned: boolean;
}

/** Opening and closing tags of any name; what goes on behind 40 characters is no name. */
const TAG = /<\s{0,8}(\/?)\s{0,8}(\p{L}[\p{L}\p{N}_.:-]{0,40})/gu;
const NAME = "private";
/** Behind the name of a mark. Characters that nobody sees count as white space: what looks like a mark is meant as one. */
const END_OF_NAME = /^[\s/>\0\p{Cf}]/u;
/** How names begin that were meant as this one, where something speaks for it. */
const STEM = "priv";
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

/** Whether there may be one: everything else is not worth a closer look. */
export function mayHaveMarks(text: string): boolean {
  return text.includes("<") && tagsIn(text).length > 0;
}

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

type Tag = Pick<Mark, "start" | "isClosing" | "name" | "spelling"> & { readonly behindName: number };

function tagsIn(text: string): readonly Tag[] {
  const tags: Tag[] = [];
  for (const found of text.matchAll(TAG)) {
    const [opening, slash = "", written = ""] = found;
    // `<private: 4711`
    const name = written.replace(/[_.:-]+$/, "");
    const behindName = found.index + opening.length - (written.length - name.length);
    const spelling = spellingOf(name.toLowerCase(), text.slice(behindName, behindName + 2));
    if (spelling !== undefined)
      tags.push({ start: found.index, behindName, isClosing: slash === "/", name, spelling });
  }
  return tags;
}

function spellingOf(name: string, behind: string): Mark["spelling"] | undefined {
  if (name === NAME) return END_OF_NAME.test(behind) ? "right" : "slip";
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
