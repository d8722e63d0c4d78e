/**
 * A Markdown file as notes: one a section, the text kept exactly as it is in the file.
 *
 * A section runs from its heading to the next heading of any level; what stands before the first heading is a section of
 * its own. A heading with nothing under it goes in front of the section that follows. Only headings of the document
 * itself count: one inside a code block, a list or a quotation is text. The daemon knows a note by its text, so the same
 * section is stored once. Source: CommonMark 0.31.2 (by mdast-util-from-markdown).
 */
import { fromMarkdown } from "mdast-util-from-markdown";
import { LIMITS } from "../base/limits.ts";
import type { ImportEntry } from "../protocol/methods/data.ts";
import { removePrivate } from "./private-text.ts";
import { splitText } from "./split-text.ts";

export interface MarkdownOptions {
  readonly project: string | null;
  /** Milliseconds since the epoch: when the file was last changed. */
  readonly at: number;
}

/** YAML between two lines of hyphens at the very start; CommonMark would take it for a heading. */
const FRONT_MATTER = /^---[ \t]*\r?\n[^]*?\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|$)/;

/** @param document - the whole file, without a byte order mark */
export function* markdownEntries(document: string, options: MarkdownOptions): Generator<ImportEntry> {
  for (const section of markdownSections(document)) {
    const text = removePrivate(section).toWellFormed();
    for (const part of splitText(text, LIMITS.textBytes)) {
      if (part.trim() === "") continue;
      yield {
        kind: "note",
        text: part,
        project: options.project,
        at: new Date(options.at).toISOString(),
      };
    }
  }
}

/** The sections of a document in order, without blank lines around them. */
export function markdownSections(document: string): readonly string[] {
  const matter = FRONT_MATTER.exec(document)?.[0] ?? "";
  const tree = fromMarkdown(document.slice(matter.length));
  const headings = tree.children.filter(({ type }) => type === "heading");
  const starts = headings.map(({ position }) => matter.length + (position?.start.offset ?? 0));
  const bodies = headings.map(({ position }) => matter.length + (position?.end.offset ?? 0));
  const sections: string[] = [];
  let from = 0;
  for (const [index, start] of starts.entries()) {
    const isBareHeading = index > 0 && document.slice(bodies[index - 1], start).trim() === "";
    if (isBareHeading) continue;
    sections.push(document.slice(from, start));
    from = start;
  }
  sections.push(document.slice(from));
  return sections.map(withoutBlankEdges).filter((section) => section !== "");
}

function withoutBlankEdges(section: string): string {
  return section.replace(/^(?:[ \t]*\r?\n)+/, "").trimEnd();
}
