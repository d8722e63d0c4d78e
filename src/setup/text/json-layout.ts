/** Where the members of an object or array of a JSON text stand, and how the text around them is written. */
import { createScanner } from "jsonc-parser";
import type { Node } from "jsonc-parser";

/** Values of jsonc-parser's `SyntaxKind`, a constant enum that only a compiler with all types could read. */
const COMMA = 5;
const LINE_COMMENT = 12;
const BLOCK_COMMENT = 13;
const END = 17;
const DEFAULT_UNIT = "  ";

interface Gap {
  /** Where its comma begins; undefined: it has none. */
  readonly comma: number | undefined;
  /** Where the last comment or comma in it ends; its own start where there is none. */
  readonly end: number;
  readonly endsInLineComment: boolean;
}

/** What stands between two places with no value between them. */
export function gapBetween(text: string, from: number, to: number): Gap {
  const scanner = createScanner(text.slice(from, to), false);
  let comma: number | undefined;
  let end = from;
  let endsInLineComment = false;
  for (let kind: number = scanner.scan(); kind !== END; kind = scanner.scan()) {
    const offset = from + scanner.getTokenOffset();
    if (kind === COMMA) comma ??= offset;
    if (kind !== COMMA && kind !== LINE_COMMENT && kind !== BLOCK_COMMENT) continue;
    end = offset + scanner.getTokenLength();
    endsInLineComment = kind === LINE_COMMENT;
  }
  return { comma, end, endsInLineComment };
}

/** The offset of the bracket that ends an object or array. */
export function closingOf({ offset, length }: Node): number {
  return offset + length - 1;
}

/** The white space that the line of a place begins with; empty where something else stands before the place. */
export function indentationAt(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, offset))?.[0] ?? "";
}

/** One step of indentation, as the root's first member is indented. */
export function unitOf(text: string, root: Node | undefined): string {
  const first = root?.children?.[0];
  if (root === undefined || first === undefined) return DEFAULT_UNIT;
  if (!text.slice(root.offset, first.offset).includes("\n")) return DEFAULT_UNIT;
  return indentationAt(text, first.offset) || DEFAULT_UNIT;
}

/** A value over several lines, the later ones indented as a member at `indentation`. */
export function writtenValue(value: unknown, unit: string, indentation: string, lineEnd: string): string {
  return JSON.stringify(value, null, unit).replaceAll("\n", lineEnd + indentation);
}
