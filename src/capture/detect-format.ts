/**
 * Tells by its beginning which format a file is in. Any text would do as Markdown, so such a format is told by the name: a
 * file that does not call itself Markdown is never taken for it.
 */
import { isUtf8 } from "node:buffer";
import { FORMATS } from "./formats.ts";
import type { ImportFormat } from "./formats.ts";

/** What the name of a file says of its content. */
export type NamedAs = "json" | ImportFormat | "anything";

/** @param path - or the name alone */
export function namedAs(path: string): NamedAs {
  if (/\.jsonl?$/i.test(path)) return "json";
  return FORMATS.find((row) => row.isLine === undefined && hasSuffix(path, row))?.name ?? "anything";
}

/** Whether a file of a folder may be in that format. */
export function hasSuffix(path: string, { suffixes }: { readonly suffixes: readonly string[] }): boolean {
  return suffixes.some((suffix) => path.toLowerCase().endsWith(suffix));
}

/** JSON by its name of which no line can be read is most likely what is left of a transcript. */
const UNREADABLE_JSON: ImportFormat = "claude-code";
export const PEEK_BYTES = 256 << 10;

/**
 * @param start - the first `PEEK_BYTES` of the file, or all of it
 * @param named - JSON: text that no line tells the format of is then a transcript of unreadable lines
 * @returns `undefined` when it is in no format keepsake reads; an empty Markdown file is one without a section
 */
export function detectFormat(start: Uint8Array, isWhole: boolean, named: NamedAs): ImportFormat | undefined {
  const text = Buffer.from(start.buffer, start.byteOffset, start.byteLength)
    .toString("utf8")
    .replace(/^\uFEFF/, "");
  const first = text.trimStart().charAt(0);
  const isJson = first === "{" || first === "[";
  if (!isJson && named !== "json") return named !== "anything" && isText(start, isWhole) ? named : undefined;
  const lines = text.split("\n");
  const last = isWhole ? "" : (lines.pop() ?? "");
  for (const line of lines) {
    const format = formatOfLine(line);
    if (format !== undefined) return format;
  }
  const isOneLongLine = lines.every((line) => line.trim() === "");
  const long = isOneLongLine ? FORMATS.find(({ isLongLine }) => isLongLine?.(last) === true) : undefined;
  return long?.name ?? (!isJson && isText(start, isWhole) ? UNREADABLE_JSON : undefined);
}

function formatOfLine(line: string): ImportFormat | undefined {
  const fields = parseFields(line);
  return fields && FORMATS.find(({ isLine }) => isLine?.(fields) === true)?.name;
}

function parseFields(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/** No NUL bytes, and UTF-8 throughout; one character may be cut at the end of what was looked at. */
export function isText(start: Uint8Array, isWhole: boolean): boolean {
  if (start.includes(0)) return false;
  const cuts = isWhole ? [0] : [0, 1, 2, 3];
  return cuts.some((cut) => isUtf8(start.subarray(0, start.length - cut)));
}
