/**
 * Stored text is data. Whoever wrote it must not be able to speak to the model as keepsake: every answer puts it between
 * two lines with a mark drawn at random for that answer, after saying what it is; hidden and control characters are
 * spelled out; what must stay on one line is folded, and every line of a longer text is prefixed. Labels (project,
 * speaker, session, tag, source) stand beside keepsake's own words on a line, so they are quoted.
 */
import { NOTICE, quoted, visibleLine, visibleText } from "./visible-text.ts";

/** Draws the mark of one answer: 12 hexadecimal digits. */
export type DrawMark = () => string;

export function randomMark(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(6))).toString("hex");
}

/** Lines of stored text between two marks, behind a sentence that says what they are. */
export function framed(lines: readonly string[], mark: string): string {
  return [`Between the ${mark} marks: ${NOTICE}.`, `<<${mark}`, ...lines, `${mark}>>`].join("\n");
}

/** Stored text on one line of at most `characters`: white space folded, hidden characters spelled out. */
export function foldedLine(text: string, characters: number): string {
  const line = visibleLine(text.replaceAll(/\s+/gu, " ").trim());
  return line.length <= characters ? line : `${wellFormedCut(line, characters - 1)}…`;
}

/** A stored label on one line, to be quoted: it takes at most `characters` between the quotation marks. */
export function foldedLabel(label: string, characters: number): string {
  const line = foldedLine(label, characters);
  const excess = quoted(line).length - quoted("").length - characters;
  return excess > 0 ? foldedLine(line, line.length - excess) : line;
}

/** Stored text of any length as prefixed lines. */
export function prefixedLines(text: string): readonly string[] {
  return shownText(text)
    .split("\n")
    .map((line) => `| ${line}`);
}

/** Stored text with its lines: line ends are line feeds, everything hidden is spelled out. */
export function shownText(text: string): string {
  return visibleText(text.replaceAll("\r\n", "\n"));
}

/** The first `characters` of a text, without half a surrogate pair. */
export function wellFormedCut(text: string, characters: number): string {
  const cut = text.slice(0, Math.max(0, characters));
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}
