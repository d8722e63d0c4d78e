/**
 * Imports files: each is read as a stream in its format, and everything in one format goes to the daemon in one
 * `data.import`. The daemon stores each memory once; here only counts are kept.
 */
import type { ProjectOfFolder } from "../client/projects/folder-projects.ts";
import type { KeepsakeClient } from "../client/keepsake-client.ts";
import { ChangingFiles, markLine } from "./changing-files.ts";
import { fileChunks } from "./files/file-chunks.ts";
import { ZipReader, isZipName } from "./files/zip-files.ts";
import { LineOrigins, packLines } from "./entry-stream.ts";
import type { OutgoingLine } from "./entry-stream.ts";
import { pathOf } from "./found-file.ts";
import type { FoundFile } from "./found-file.ts";
import type { Result } from "../protocol/method-table.ts";
import { FORMATS } from "./formats.ts";
import type { ImportFormat } from "./formats.ts";
import type { FileLines, ImportSummary } from "./imported.ts";
import { READERS } from "./readers.ts";
import type { IsPrivate, Read } from "./reading.ts";
import type { CutText } from "./text/private-text.ts";
import { SkipCounts, isDamage } from "./skip-counts.ts";
import type { SkipReason } from "./skip-counts.ts";

export interface ImportOptions {
  readonly dryRun: boolean;
  /** Files of keepsake's own are exports of the person's own: their ids and links between versions count. */
  readonly ownExport?: boolean;
  /** Secrets are stored as they are. */
  readonly keepSecrets?: boolean;
  /** The projects that keepsake 0.1.0 put notes of files in that were imported here. */
  readonly formerProjects?: readonly (string | null)[];
  /** What was forgotten comes back. */
  readonly again?: boolean;
  /** Folders of which `files` has every file. */
  readonly folders?: readonly string[];
  /** The project of everything imported; `undefined`: what each line says itself, else that of the file. */
  readonly project: string | null | undefined;
  /** The project of a file whose notes say nothing of one. */
  readonly projectOfFile: (path: string) => Promise<string | null>;
  /** For one conversation: the project of a folder that its lines name. */
  readonly projects: () => ProjectOfFolder;
  readonly isPrivate?: IsPrivate;
  readonly onBytes: (count: number) => void;
  readonly signal?: AbortSignal;
}

/** What readers count. */
interface Counts {
  readonly skips: SkipCounts;
  readonly private: { -readonly [Name in keyof ImportSummary["private"]]: number };
  /** Of each file. */
  readonly damaged: number[];
  /** Lines read, and how many of them gave an entry. */
  lines: number;
  told: number;
}
const COUNTS = [
  "stored",
  "duplicates",
  "rejected",
  "circular",
  "unlinked",
  "expired",
  "forgotten",
  "replaced",
  "kept",
  "elsewhere",
  "goneLeft",
  "redacted",
  "keptSecrets",
] as const;
type Count = (typeof COUNTS)[number];

/** @throws KeepsakeError from the daemon; INVALID_INPUT when a file disappears or cannot be read any more */
export async function importFiles(
  client: Pick<KeepsakeClient, "call">,
  files: readonly FoundFile[],
  options: ImportOptions,
): Promise<ImportSummary> {
  const skips = new SkipCounts();
  for (const file of files) if (file.format === undefined) skips.add(whyUnread(file));
  const totals = Object.fromEntries(COUNTS.map((name) => [name, 0])) as Record<Count, number>;
  const gone: string[] = [];
  const lines = { read: 0, stored: 0, known: 0, forgotten: 0, leftOut: 0, cut: 0, damaged: 0 };
  const hidden = { passages: 0, unclosed: 0, unclosedFiles: 0, unopened: 0 };
  const rejectedLines: { file: number; line: number }[] = [];
  const entries = files.map(() => 0);
  const damaged = files.map(() => 0);
  const formats: Partial<Record<ImportFormat, { files: number; stored: number }>> = {};
  const changingFiles = await ChangingFiles.below(options.folders ?? []);
  for (const row of FORMATS) {
    const { name: format } = row;
    const numbered = [...files.entries()].filter(([, file]) => file.format === format);
    const changing = row.changes === true ? changingFiles : undefined;
    if (numbered.length === 0 && changing?.hasFolders !== true) continue;
    const origins = new LineOrigins();
    const counts: Counts = { skips: new SkipCounts(), private: hidden, damaged, lines: 0, told: 0 };
    const read = linesOf(numbered, await READERS[format](), { ...options, changing }, counts);
    const stream = packLines(counted(read, entries), origins);
    const { signal, dryRun, again = false, keepSecrets = false } = options;
    const ownExport = options.ownExport === true && format === "keepsake";
    const result = await client.call(
      "data.import",
      { format, dryRun, ownExport, ...(again && { again }), ...(keepSecrets && { keepSecrets }) },
      { stream, ...(signal !== undefined && { signal }) },
    );
    for (const name of COUNTS) totals[name] += result[name] ?? 0;
    rejectedLines.push(...result.rejectedLines.flatMap((sent) => origins.find(sent) ?? []));
    for (const each of result.gone ?? []) {
      if (!each.isFile || (await changingFiles.isGone(each.source))) gone.push(...each.ids);
    }
    if (numbered.length > 0) formats[format] = { files: numbered.length, stored: result.stored };
    skips.addAll(counts.skips);
    if (counts.lines > 0) addLines(lines, counts, result);
  }
  return {
    files: files.length,
    outside: files.filter(({ isOutside, format }) => isOutside === true && format !== undefined).length,
    ...totals,
    gone,
    rejectedLines,
    skipped: skips.toObject(),
    lines,
    private: hidden,
    formats,
    entries,
    damaged,
  };
}

/** What the daemon takes for no valid entry was damaged. */
function addLines(
  lines: Record<keyof FileLines, number>,
  { skips, lines: read, told }: Counts,
  result: Result<"data.import">,
): void {
  const { stored, duplicates: there, forgotten: refused = 0 } = result;
  const entries = result.lines ?? { stored, known: there, forgotten: refused };
  const fates = skips.fates();
  lines.read += read;
  lines.stored += entries.stored;
  lines.known += entries.known;
  lines.forgotten += entries.forgotten;
  lines.leftOut += fates.leftOut;
  lines.cut += fates.cut;
  lines.damaged += fates.damaged + told - entries.stored - entries.known - entries.forgotten;
}

async function* counted(lines: AsyncIterable<OutgoingLine>, entries: number[]): AsyncGenerator<OutgoingLine> {
  for await (const line of lines) {
    if (line.isMark !== true) entries[line.file] = (entries[line.file] ?? 0) + 1;
    yield line;
  }
}

function whyUnread({ entry, isHostsOwn }: FoundFile): SkipReason {
  if (isHostsOwn === true) return "host-file";
  return entry !== undefined && isZipName(entry.fileName) ? "inner-zip" : "unknown-file";
}

/** Whether something is private depends on where it was said, whatever project it is brought into. */
function isPrivateIn({ isPrivate, project, projects }: ImportOptions): IsPrivate | undefined {
  if (isPrivate === undefined || project === undefined) return isPrivate;
  const projectOf = projects();
  return async (where, when) => {
    const { folder } = where;
    return isPrivate(folder === undefined ? where : { ...where, project: await projectOf(folder) }, when);
  };
}

async function* linesOf(
  files: readonly (readonly [number, FoundFile])[],
  read: Read,
  options: ImportOptions & { readonly changing: ChangingFiles | undefined },
  counts: Counts,
): AsyncGenerator<OutgoingLine> {
  const { project, changing } = options;
  if (changing !== undefined) yield* changing.coming(files);
  const zips = new ZipReader();
  try {
    for (const [index, file] of files) {
      const { path, bytes, modified, entry } = file;
      let taken = 0;
      const onBytes = (count: number) => {
        taken += count;
        options.onBytes(count);
      };
      const reading = {
        chunks: fileChunks(file, onBytes, options.signal, zips),
        bytes,
        path: pathOf(file),
        modified,
        // What lies in a zip is older than the zip.
        born: entry === undefined ? file.born : 0,
        project,
        source: (await changing?.nameOf(path)) ?? "",
        formerProjects: options.formerProjects ?? [],
        notesProject: project === undefined ? await options.projectOfFile(pathOf(file)) : project,
        projectOf: project === undefined ? options.projects() : () => Promise.resolve(project),
        isPrivate: isPrivateIn(options),
        onSkip: (reason: SkipReason) => {
          counts.skips.add(reason);
          if (isDamage(reason)) counts.damaged[index] = (counts.damaged[index] ?? 0) + 1;
        },
        onLine: () => (counts.lines += 1),
        onCut: (cut: Omit<CutText, "text">) => {
          counts.private.passages += cut.passages;
          counts.private.unclosed += cut.unclosed;
          if (changing !== undefined) counts.private.unclosedFiles += cut.unclosed;
          counts.private.unopened += cut.unopened;
        },
      };
      let number = 0;
      for await (const given of read(reading)) {
        if ("mark" in given) {
          yield markLine(given, index, number);
          continue;
        }
        number += 1;
        if (!("sameLine" in given)) counts.told += 1;
        yield "json" in given
          ? { ...given, file: index }
          : { json: JSON.stringify(given), file: index, line: number };
      }
      if (taken < bytes) options.onBytes(bytes - taken);
    }
  } finally {
    zips.close();
  }
  if (changing !== undefined) yield* changing.allGiven();
}
