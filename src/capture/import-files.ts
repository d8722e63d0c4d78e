/**
 * Imports files: each is read as a stream in its format, and everything in one format goes to the daemon in one
 * `data.import`. The daemon stores each memory once; here only counts are kept.
 */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { KeepsakeError } from "../base/errors.ts";
import type { KeepsakeClient } from "../client/keepsake-client.ts";
import { IMPORT_FORMATS } from "./detect-format.ts";
import type { ImportFormat } from "./detect-format.ts";
import { LineOrigins, lineOf, packLines } from "./entry-stream.ts";
import type { OutgoingLine } from "./entry-stream.ts";
import type { FoundFile } from "./find-files.ts";
import { markdownEntries } from "./markdown.ts";
import { readLines } from "./read-lines.ts";
import { SkipCounts } from "./skip-counts.ts";
import type { SkipReason } from "./skip-counts.ts";
import { transcriptEntries } from "./transcript.ts";

/** Lines of transcripts hold images and tool results; longer ones than this are passed over. */
const TRANSCRIPT_LINE_BYTES = 32 << 20;
/** Our own lines: the largest memory there is, escaped, fits. */
const OWN_LINE_BYTES = 768 << 10;
/** Markdown is taken apart as a whole. */
const MARKDOWN_BYTES = 8 << 20;
const READ_BYTES = 256 << 10;

export interface ImportOptions {
  readonly dryRun: boolean;
  /** The project of everything imported; `undefined`: what each line says itself, and `notesProject` for Markdown. */
  readonly project: string | null | undefined;
  readonly notesProject: string | null;
  /** The project of the folder that a transcript's line names. */
  readonly projectOf: (folder: string | undefined) => Promise<string | null>;
  readonly onBytes: (count: number) => void;
  readonly signal?: AbortSignal;
}

export interface ImportSummary {
  readonly files: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly rejected: number;
  /** How many of the rejected are versions that would supersede each other in a circle. */
  readonly circular: number;
  /** The first of them: which file of `files`, from 0, and its line (of keepsake's own) or memory, from 1. */
  readonly rejectedLines: readonly { readonly file: number; readonly line: number }[];
  readonly skipped: Partial<Record<SkipReason, number>>;
  readonly formats: Partial<Record<ImportFormat, { readonly files: number; readonly stored: number }>>;
  /** Memories read from each file, in the order of `files`. */
  readonly entries: readonly number[];
}

/** @throws KeepsakeError from the daemon; INVALID_INPUT when a file disappears or cannot be read any more */
export async function importFiles(
  client: Pick<KeepsakeClient, "call">,
  files: readonly FoundFile[],
  options: ImportOptions,
): Promise<ImportSummary> {
  const skips = new SkipCounts();
  for (const { format } of files) if (format === undefined) skips.add("unknown-file");
  const totals = { stored: 0, duplicates: 0, rejected: 0, circular: 0 };
  const rejectedLines: { file: number; line: number }[] = [];
  const entries = files.map(() => 0);
  const formats: Partial<Record<ImportFormat, { files: number; stored: number }>> = {};
  for (const format of Object.keys(IMPORT_FORMATS) as ImportFormat[]) {
    const numbered = [...files.entries()].filter(([, file]) => file.format === format);
    if (numbered.length === 0) continue;
    const origins = new LineOrigins();
    const stream = packLines(counted(linesOf(numbered, options, skips), entries), origins);
    const { signal } = options;
    const result = await client.call(
      "data.import",
      { format, dryRun: options.dryRun },
      { stream, ...(signal !== undefined && { signal }) },
    );
    totals.stored += result.stored;
    totals.duplicates += result.duplicates;
    totals.rejected += result.rejected;
    totals.circular += result.circular;
    rejectedLines.push(...result.rejectedLines.flatMap((sent) => origins.find(sent) ?? []));
    formats[format] = { files: numbered.length, stored: result.stored };
  }
  return { files: files.length, ...totals, rejectedLines, skipped: skips.toObject(), formats, entries };
}

async function* counted(lines: AsyncIterable<OutgoingLine>, entries: number[]): AsyncGenerator<OutgoingLine> {
  for await (const line of lines) {
    entries[line.file] = (entries[line.file] ?? 0) + 1;
    yield line;
  }
}

async function* linesOf(
  files: readonly (readonly [number, FoundFile])[],
  options: ImportOptions,
  skips: SkipCounts,
): AsyncGenerator<OutgoingLine> {
  for (const [index, file] of files) {
    switch (file.format) {
      case "claude-code":
        yield* transcriptLines(file, index, options, skips);
        break;
      case "keepsake":
        yield* ownLines(file, index, options, skips);
        break;
      case "markdown":
        yield* markdownLines(file, index, options, skips);
        break;
      case undefined:
        break;
    }
  }
}

async function* transcriptLines(file: FoundFile, index: number, options: ImportOptions, skips: SkipCounts) {
  const { project } = options;
  const projectOf = project === undefined ? options.projectOf : () => Promise.resolve(project);
  const lines = readLines(fileChunks(file, options), TRANSCRIPT_LINE_BYTES);
  const entries = transcriptEntries(lines, { projectOf, onSkip: (reason) => skips.add(reason) });
  let number = 0;
  for await (const entry of entries) yield lineOf(entry, index, ++number);
}

/** Our own lines are checked by the daemon alone. */
async function* ownLines(file: FoundFile, index: number, options: ImportOptions, skips: SkipCounts) {
  for await (const line of readLines(fileChunks(file, options), OWN_LINE_BYTES)) {
    const { text } = line;
    if (text === undefined) skips.add(line.fault ?? "not-utf8");
    else if (text.trim() !== "")
      yield { json: movedTo(text, options.project), file: index, line: line.number };
  }
}

/** A line with another project; one that is no object goes as it is, for the daemon to reject. */
function movedTo(json: string, project: string | null | undefined): string {
  if (project === undefined) return json;
  try {
    const entry: unknown = JSON.parse(json);
    return typeof entry === "object" && entry !== null && !Array.isArray(entry)
      ? JSON.stringify({ ...entry, project })
      : json;
  } catch {
    return json;
  }
}

async function* markdownLines(file: FoundFile, index: number, options: ImportOptions, skips: SkipCounts) {
  if (file.bytes > MARKDOWN_BYTES) {
    skips.add("too-long");
    options.onBytes(file.bytes);
    return;
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of fileChunks(file, options)) chunks.push(chunk);
  const document = Buffer.concat(chunks)
    .toString("utf8")
    .replace(/^\uFEFF/, "");
  const project = options.project === undefined ? options.notesProject : options.project;
  let number = 0;
  for (const entry of markdownEntries(document, { project, at: file.modified }))
    yield lineOf(entry, index, ++number);
}

/** The file's bytes up to the size it had when it was found. */
async function* fileChunks(file: FoundFile, options: ImportOptions): AsyncGenerator<Uint8Array> {
  if (file.bytes === 0) return;
  try {
    const handle = await open(file.path, "r");
    const stream = createReadStream("", { fd: handle, end: file.bytes - 1, highWaterMark: READ_BYTES });
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      options.signal?.throwIfAborted();
      options.onBytes(chunk.length);
      yield chunk;
    }
  } catch (cause) {
    if (options.signal?.aborted === true) throw new KeepsakeError("INTERRUPTED", undefined, { cause });
    throw new KeepsakeError("INVALID_INPUT", "a file could not be read to its end", {
      hint: "look at it, then import it again: nothing is stored twice",
      cause,
    });
  }
}
