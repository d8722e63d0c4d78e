/**
 * A Markdown file as notes: one a section, the text kept exactly as it is in the file. YAML front
 * matter at the very start is about the file and is left out.
 *
 * A section runs from its heading to the next heading of any level; what stands before the first heading is a section of
 * its own. A heading with nothing under it goes in front of the section that follows. Only headings of the document
 * itself count: one inside a code block, a list or a quotation is text. The daemon knows a note by its text, so the same
 * section is stored once. Source: CommonMark 0.31.2 (by mdast-util-from-markdown).
 */
import { fromMarkdown } from "mdast-util-from-markdown";
import { LIMITS } from "../base/limits.ts";
import type { ImportEntry } from "../protocol/methods/data-methods.ts";
import type { Reading } from "./reading.ts";
import { removePrivate } from "./private-text.ts";
import { splitText } from "./split-text.ts";

interface MarkdownOptions {
  readonly project: string | null;
  /** Milliseconds since the epoch: when the file was last changed. */
  readonly at: number;
}

/** What may be front matter: between two lines of hyphens at the very start. */
const FENCED_START = /^---[ \t]*\r?\n([^]*?)(?<=\n)(?:---|\.\.\.)[ \t]*(?:\r?\n|$)/;
/** Quoted, or of one or two words: a sentence may have a colon, too. */
const YAML_KEY =
  /^(?:"[^"]+"[ \t]*|'[^']+'[ \t]*|[\p{L}\p{N}_][\p{L}\p{N}_.-]*(?: [\p{L}\p{N}_.-]+)?):(?:[ \t]|$)/u;
/** What goes on or closes: indented, an entry of a list, the end of one in brackets. */
const YAML_MORE = /^(?:[ \t]|-(?:[ \t]|$)|[\]}])/;

/** It is taken apart as a whole. */
const MAX_BYTES = 8 << 20;

export async function* readMarkdown({ chunks, bytes, modified, notesProject, onSkip }: Reading) {
  if (bytes > MAX_BYTES) {
    onSkip("too-long");
    return;
  }
  const read: Uint8Array[] = [];
  for await (const chunk of chunks) read.push(chunk);
  const document = Buffer.concat(read)
    .toString("utf8")
    .replace(/^\uFEFF/, "");
  yield* markdownEntries(document, { project: notesProject, at: modified });
}

/** @param document - the whole file, without a byte order mark */
export function* markdownEntries(document: string, options: MarkdownOptions): Generator<ImportEntry> {
  for (const section of markdownSections(document)) {
    const text = removePrivate(section).toWellFormed();
    for (const part of splitText(text, LIMITS.textBytes)) {
      if (part.trim() === "") continue;
      yield { kind: "note", text: part, project: options.project, at: new Date(options.at).toISOString() };
    }
  }
}

/** The sections of a document in order, without front matter and without blank lines around them. */
export function markdownSections(document: string): readonly string[] {
  const text = document.slice(frontMatterLength(document));
  const tree = fromMarkdown(text);
  const headings = tree.children.filter(({ type }) => type === "heading");
  const starts = headings.map(({ position }) => position?.start.offset ?? 0);
  const bodies = headings.map(({ position }) => position?.end.offset ?? 0);
  const sections: string[] = [];
  let from = 0;
  for (const [index, start] of starts.entries()) {
    const isBareHeading = index > 0 && text.slice(bodies[index - 1], start).trim() === "";
    if (isBareHeading) continue;
    sections.push(text.slice(from, start));
    from = start;
  }
  sections.push(text.slice(from));
  return sections.map(withoutBlankEdges).filter((section) => section !== "");
}

/** Text between two thematic breaks looks alike: only what reads as YAML, keys and what belongs to them, is no text. */
function frontMatterLength(document: string): number {
  const [whole = "", inside = ""] = FENCED_START.exec(document) ?? [];
  const lines = inside.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
  // Comments alone may as well be headings.
  if (lines.length === 0 && inside.trim() !== "") return 0;
  const isYaml = lines.every((line, index) => YAML_KEY.test(line) || (index > 0 && YAML_MORE.test(line)));
  return isYaml ? whole.length : 0;
}

function withoutBlankEdges(section: string): string {
  return section.replace(/^(?:[ \t]*\r?\n)+/, "").trimEnd();
}
