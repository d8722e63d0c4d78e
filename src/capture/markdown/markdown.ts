/**
 * A Markdown file as notes: one a section, the text kept exactly as it is in the file, with the tags of its front matter. A
 * title there stands as a heading in front of the first section, unless that begins with it.
 *
 * A section runs from its heading to the next heading of any level; what stands before the first heading is a section of
 * its own. A heading with nothing under it goes in front of the section that follows. Only headings of the document
 * itself count: one inside a code block, a list or a quotation is text. The daemon knows a section by its file and the
 * headings above it. What is private is cut out of each section, or of the whole file where a mark closes sections later.
 * Source: CommonMark 0.31.2 (by mdast-util-from-markdown).
 */
import { fromMarkdown } from "mdast-util-from-markdown";
import { LIMITS } from "../../base/limits.ts";
import type { ImportEntry, ImportMark } from "../../protocol/methods/data-methods.ts";
import { readFrontMatter } from "./front-matter.ts";
import type { FrontMatter } from "./front-matter.ts";
import type { Reading } from "../reading.ts";
import { withoutDeepMarkers } from "../text/deep-markers.ts";
import { mayHaveMarks } from "../text/private-tags.ts";
import { cutPrivate, removePrivate } from "../text/private-text.ts";
import { splitText } from "../text/split-text.ts";

interface MarkdownOptions {
  readonly project: string | null;
  /** Milliseconds since the epoch: when the file was last changed. */
  readonly at: number;
  /** What the file is known by. */
  readonly source: string;
  readonly formerProjects?: readonly (string | null)[];
}

interface Section {
  readonly text: string;
  /** From the outermost in. */
  readonly headings: readonly string[];
}

/** Headings alone are looked for: what stands inside a line costs more than its length, and makes none. */
const NOT_READ = [
  "attention",
  "autolink",
  "characterEscape",
  "characterReference",
  "codeText",
  "hardBreakEscape",
  "htmlText",
  "labelEnd",
  "labelStartImage",
  "labelStartLink",
];

/** It is taken apart as a whole. */
const MAX_BYTES = 8 << 20;

export async function* readMarkdown(reading: Reading) {
  const { chunks, bytes, modified, notesProject, source, formerProjects, onSkip, onCut } = reading;
  if (bytes > MAX_BYTES) {
    onSkip("too-long");
    return;
  }
  const read: Uint8Array[] = [];
  for await (const chunk of chunks) read.push(chunk);
  const document = Buffer.concat(read)
    .toString("utf8")
    .replace(/^\uFEFF/, "");
  const { text: _, ...cut } = cutPrivate(document);
  if (cut.passages + cut.unopened > 0) onCut?.(cut);
  yield* markdownEntries(document, { project: notesProject, at: modified, source, formerProjects });
  yield endMark(document, source);
}

/** What ends a file: where a private mark that is not closed hides the rest of it, nothing of it is known to be gone. */
export function endMark(document: string, source: string): ImportMark {
  const { front, body } = partsOf(document.toWellFormed());
  const isCut = [document, front.text + body].some((text) => cutPrivate(text).unclosed > 0);
  return { mark: isCut ? "cut" : "whole", source };
}

/** @param document - the whole file, without a byte order mark */
export function* markdownEntries(
  document: string,
  { project, at, source, formerProjects = [] }: MarkdownOptions,
): Generator<ImportEntry> {
  const others = [...new Set(formerProjects)]
    .filter((each) => each !== project)
    .slice(0, LIMITS.formerProjects);
  const { front, body } = partsOf(document.toWellFormed());
  const title = removePrivate(front.title ?? "") || undefined;
  const tags = front.tags.filter((tag) => !mayHaveMarks(tag));
  const sections = shownSections(front.text + body);
  for (const [index, { text, headings }] of sections.entries()) {
    const head = index === 0 && title !== undefined && !isTitled(text, title) ? `# ${title}\n\n` : "";
    for (const [nth, part] of splitText(head + text, LIMITS.textBytes).entries()) {
      if (part.trim() === "") continue;
      const added = nth === 0 ? head.length : 0;
      yield {
        kind: "note",
        text: part,
        project,
        at: new Date(at).toISOString(),
        tags: [...tags],
        section: {
          source,
          headings: [...headings],
          ...(added > 0 && { added }),
          ...(others.length > 0 && { formerProjects: others }),
        },
      };
    }
  }
}

function partsOf(document: string): { readonly front: FrontMatter; readonly body: string } {
  const front = readFrontMatter(document);
  const [head, body] = [document.slice(0, front.length), document.slice(front.length)];
  if (!mayHaveMarks(head)) return { front, body };
  const passages = (text: string) => cutPrivate(text).passages;
  // One that begins in the front matter and ends below it, or never, is none in either.
  const isTornApart = passages(document) !== passages(head) + passages(body) || hidesWhatFollows(head);
  if (!isTornApart) return { front, body };
  const [shown, shownHead] = [removePrivate(document), removePrivate(head)];
  if (!shown.startsWith(shownHead)) return { front: readFrontMatter(""), body: shown };
  return { front, body: shown.slice(shownHead.length) };
}

/** The sections without what is private in them. */
function shownSections(text: string): readonly Section[] {
  const sections = markdownSections(text);
  const cuts = sections.map((section) => cutPrivate(section.text));
  const ofSections = cuts.reduce((sum, { passages }) => sum + passages, 0);
  // A passage that begins in one section and ends in another is none in either.
  if (cutPrivate(text).passages !== ofSections || sections.some((section) => hidesWhatFollows(section.text)))
    return markdownSections(removePrivate(text));
  return sections.flatMap((section) => {
    const shown = removePrivate(section.text);
    return shown === "" ? [] : [{ ...section, text: shown }];
  });
}

function hidesWhatFollows(text: string): boolean {
  return !removePrivate(`${text}\n\n.`).endsWith(".");
}

/** The sections of a text in order, without blank lines around them. */
export function markdownSections(text: string): readonly Section[] {
  const { children } = fromMarkdown(withoutDeepMarkers(text), {
    extensions: [{ disable: { null: NOT_READ } }],
  });
  const marks = children.flatMap((node) =>
    node.type === "heading" && node.position !== undefined
      ? [{ depth: node.depth, from: node.position.start.offset ?? 0, to: node.position.end.offset ?? 0 }]
      : [],
  );
  const sections: Section[] = [];
  let [from, path] = [0, [] as { readonly depth: number; readonly words: string }[]];
  const end = (at: number) => {
    const section = withoutBlankEdges(text.slice(from, at));
    if (section !== "")
      sections.push({ text: section, headings: path.slice(0, LIMITS.headings).map(({ words }) => words) });
    from = at;
  };
  for (const [index, mark] of marks.entries()) {
    const above = marks[index - 1];
    const isBareHeading = above !== undefined && text.slice(above.to, mark.from).trim() === "";
    if (!isBareHeading) end(mark.from);
    const outer = path.filter(({ depth }) => depth < mark.depth);
    path = [...outer, { depth: mark.depth, words: headingWords(text.slice(mark.from, mark.to)) }];
  }
  end(text.length);
  return sections;
}

/** What a heading says, without the marks that make it one. */
function headingWords(heading: string): string {
  const words = heading
    .replace(/\r?\n[ \t]*(?:=+|-+)[ \t]*$/, "")
    .replace(/^#{1,6}(?=[ \t]|$)/, "")
    .replace(/[ \t]#+[ \t]*$/, "")
    .replaceAll(/\s+/gu, " ")
    .trim();
  return words.slice(0, LIMITS.headingCharacters).toWellFormed() || "#";
}

function isTitled(section: string, title: string): boolean {
  const [first = ""] = section.split(/\r?\n/, 1);
  return headingWords(first) === title;
}

function withoutBlankEdges(section: string): string {
  return section.replace(/^(?:[ \t]*\r?\n)+/, "").trimEnd();
}
