/**
 * Tells by its beginning which format a file is in. Any text would do as Markdown, so that is told by the name: a file that
 * does not call itself Markdown is never taken for it.
 */
import { isUtf8 } from "node:buffer";

export const IMPORT_FORMATS = {
  "claude-code": "Claude Code transcript",
  keepsake: "file of keepsake's own",
  markdown: "Markdown file",
} as const;

export type ImportFormat = keyof typeof IMPORT_FORMATS;

/** What the name of a file says of its content. */
export type NamedAs = "json" | "markdown" | "anything";

/** @param path - or the name alone */
export function namedAs(path: string): NamedAs {
  if (/\.jsonl?$/i.test(path)) return "json";
  return /\.(?:md|markdown|mdx)$/i.test(path) ? "markdown" : "anything";
}

/** How much of a file is looked at. */
export const PEEK_BYTES = 256 << 10;

/** Marks of a transcript line that is longer than what is looked at. */
const TRANSCRIPT_START =
  /"(?:sessionId|parentUuid|isSidechain|leafUuid|isSnapshotUpdate|messageId)"\s*:|"type"\s*:\s*"(?:user|assistant|file-history-snapshot)"/;

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
  if (!isJson && named !== "json")
    return named === "markdown" && isText(start, isWhole) ? "markdown" : undefined;
  const lines = text.split("\n");
  const last = isWhole ? "" : (lines.pop() ?? "");
  for (const line of lines) {
    const format = formatOfLine(line);
    if (format !== undefined) return format;
  }
  const isLongTranscriptLine = lines.every((line) => line.trim() === "") && TRANSCRIPT_START.test(last);
  const isUnreadable = !isJson && isText(start, isWhole);
  return isLongTranscriptLine || isUnreadable ? "claude-code" : undefined;
}

function formatOfLine(line: string): ImportFormat | undefined {
  const fields = parseFields(line);
  if (fields === undefined) return undefined;
  const { kind, text, at, type } = fields;
  if ((kind === "note" || kind === "turn") && typeof text === "string" && typeof at === "string")
    return "keepsake";
  const isTranscript =
    typeof type === "string" &&
    ["sessionId", "uuid", "leafUuid", "snapshot", "messageId"].some((name) => Object.hasOwn(fields, name));
  return isTranscript ? "claude-code" : undefined;
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
