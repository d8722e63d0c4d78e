/**
 * Tells by its beginning which format a file is in. Any text would do as Markdown, so such a format is told by the name: a
 * file that does not call itself Markdown is never taken for it.
 */
import { isUtf8 } from "node:buffer";
import { parseFields } from "./shapes/fields.ts";
import { FORMATS } from "./formats.ts";
import type { ImportFormat } from "./formats.ts";
import { objectsAtStart } from "./shapes/json-start.ts";

/** What the name of a file says of its content. */
export type NamedAs = "json" | "lines" | ImportFormat | "anything";

/** @param path - or the name alone */
export function namedAs(path: string): NamedAs {
  if (/\.json$/i.test(path)) return "json";
  if (/\.jsonl$/i.test(path)) return "lines";
  return FORMATS.find((row) => !isToldByContent(row) && hasSuffix(path, row))?.name ?? "anything";
}

export function isToldByContent({ isLine, isDocument }: (typeof FORMATS)[number]): boolean {
  return isLine !== undefined || isDocument !== undefined;
}

/** Whether a file of a folder may be in that format. */
export function hasSuffix(path: string, { suffixes }: { readonly suffixes: readonly string[] }): boolean {
  return suffixes.some((suffix) => path.toLowerCase().endsWith(suffix));
}

/** JSON Lines by the name of which no line can be read are most likely what is left of a transcript. */
const UNREADABLE_LINES: ImportFormat = "claude-code";
export const PEEK_BYTES = 256 << 10;

/**
 * @param start - the first `PEEK_BYTES` of the file, or all of it
 * @param named - lines: text that no line tells the format of is then a transcript of unreadable lines
 * @returns `undefined` when it is in no format keepsake reads; an empty Markdown file is one without a section
 */
export function detectFormat(start: Uint8Array, isWhole: boolean, named: NamedAs): ImportFormat | undefined {
  const text = Buffer.from(start.buffer, start.byteOffset, start.byteLength)
    .toString("utf8")
    .replace(/^\uFEFF/, "");
  const first = text.trimStart().charAt(0);
  const isJson = first === "{" || first === "[";
  const isNamedJson = named === "json" || named === "lines";
  if (!isJson && !isNamedJson) return named !== "anything" && isText(start, isWhole) ? named : undefined;
  const lines = text.split("\n");
  const last = isWhole ? "" : (lines.pop() ?? "");
  for (const line of lines) {
    const fields = parseFields(line);
    const format = fields && FORMATS.find(({ isLine }) => isLine?.(fields) === true)?.name;
    if (format !== undefined) return format;
  }
  const objects = objectsAtStart(start);
  const document = FORMATS.find(({ isDocument }) => objects.some((fields) => isDocument?.(fields) === true));
  if (document !== undefined) return document.name;
  const isOneLongLine = last !== "" && lines.every((line) => line.trim() === "");
  const [long] = isOneLongLine ? objects : [];
  const format = long && FORMATS.find(({ isLine }) => isLine?.(long) === true)?.name;
  return format ?? (!isJson && named === "lines" && isText(start, isWhole) ? UNREADABLE_LINES : undefined);
}

/** No NUL bytes, and UTF-8 throughout; one character may be cut at the end of what was looked at. */
export function isText(start: Uint8Array, isWhole: boolean): boolean {
  if (start.includes(0)) return false;
  const cuts = isWhole ? [0] : [0, 1, 2, 3];
  return cuts.some((cut) => isUtf8(start.subarray(0, start.length - cut)));
}
