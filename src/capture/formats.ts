/**
 * The formats that files are imported from. A row says how files of a format are told from others and how they are read;
 * detection, import, help and pages derive from it. Readers are loaded only to import.
 */
import type { Read } from "./reading.ts";

type Fields = Readonly<Record<string, unknown>>;

interface Format {
  /** Kept as the memories' source; never changed. */
  readonly name: string;
  /** Of one file; an `s` makes several of it. */
  readonly title: string;
  /** What help calls it. */
  readonly help: string;
  /** Which files of a folder may be in it. */
  readonly suffixes: readonly string[];
  /** Whether a line of JSON is one of it; without this it is told by the suffix. */
  readonly isLine?: (fields: Fields) => boolean;
  /** Whether a line does so that is longer than what is looked at. */
  readonly isLongLine?: (start: string) => boolean;
  /** What a place in a file counts. */
  readonly counts: "memory" | "line";
  /** Whether files of it are known by their names and change: what is gone from them is told. */
  readonly changes?: boolean;
  readonly reader: () => Promise<Read>;
}

const TRANSCRIPT_FIELDS = ["sessionId", "uuid", "leafUuid", "snapshot", "messageId"];
const TRANSCRIPT_START =
  /"(?:sessionId|parentUuid|isSidechain|leafUuid|isSnapshotUpdate|messageId)"\s*:|"type"\s*:\s*"(?:user|assistant|file-history-snapshot)"/;

const ROWS = [
  {
    name: "claude-code",
    title: "Claude Code transcript",
    help: "Claude Code transcripts (.jsonl, or a folder of them)",
    suffixes: [".jsonl"],
    isLine: (fields) =>
      typeof fields["type"] === "string" && TRANSCRIPT_FIELDS.some((name) => Object.hasOwn(fields, name)),
    isLongLine: (start) => TRANSCRIPT_START.test(start),
    counts: "memory",
    reader: async () => (await import("./transcript.ts")).readTranscript,
  },
  {
    name: "keepsake",
    title: "file of keepsake's own",
    help: "keepsake's own JSON Lines",
    suffixes: [".jsonl"],
    isLine: ({ kind, text, at }) =>
      (kind === "note" || kind === "turn") && typeof text === "string" && typeof at === "string",
    counts: "line",
    reader: async () => (await import("./own-lines.ts")).readOwnLines,
  },
  {
    name: "markdown",
    title: "Markdown file",
    help: "Markdown (.md, .markdown or .mdx; each section is a note, with the tags of its front matter)",
    suffixes: [".md", ".markdown", ".mdx"],
    counts: "memory",
    changes: true,
    reader: async () => (await import("./markdown/markdown.ts")).readMarkdown,
  },
] as const satisfies readonly Format[];

export type ImportFormat = (typeof ROWS)[number]["name"];

export const FORMATS: readonly (Format & { readonly name: ImportFormat })[] = ROWS;

export function formatNamed(name: ImportFormat) {
  return FORMATS.find((row) => row.name === name) ?? ROWS[0];
}
