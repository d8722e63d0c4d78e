import { relative } from "node:path";
import { ERRORS, KeepsakeError } from "../../base/errors.ts";
import { FORMATS, formatNamed } from "../../capture/formats.ts";
import type { ImportFormat } from "../../capture/formats.ts";
import type { FoundFile } from "../../capture/found-file.ts";
import type { FileLines, ImportSummary } from "../../capture/import-files.ts";
import type { SkipReason } from "../../capture/skip-counts.ts";
import { visibleLine } from "../../base/visible-text.ts";
import { HOSTS } from "../../client/hosts.ts";
import { folderProjects } from "../../client/folder-projects.ts";
import { choice, command, flag, some } from "../framework/command.ts";
import type { Context } from "../context.ts";
import { givenFiles } from "../options/given-files.ts";
import { jsonOption } from "../options/output-options.ts";
import { saveScope } from "../asking/save-scope.ts";
import { saveScopeOptions } from "../options/project-options.ts";
import { printJson } from "../output/json.ts";
import { counted, grouped } from "../../base/shown-values.ts";
import type { Cell } from "../output/text-table.ts";
import { reportHint } from "../output/report-error.ts";
import { formatTable } from "../output/text-table.ts";

const NAMES = FORMATS.map(({ name }) => name);
const STANDARD_INPUT = "-";
const FILES_LISTED = 20;
const PLACES_LISTED = 10;
const OTHER_FORMAT =
  "Markdown is told by the name (.md, .markdown, .mdx); --format markdown reads any text as Markdown";

const OWN_EXPORT =
  "what an unknown file says replaces nothing; of an export of your own vault, --own-export keeps ids and versions";

export const importCommand = command({
  name: "import",
  group: "memories",
  summary: "Import conversations and notes; what is there already is not stored twice.",
  details: [
    `Reads ${FORMATS.map(({ help }) => help).join("; ")}. All but Markdown is told by the content.`,
    "Of a folder it looks at every .jsonl, .json, .zip and Markdown file below it, of a zip at what a folder would hold but Markdown; what is none of these formats is counted and passed over.",
    "Of a transcript it takes what the person and the assistant said, not thinking, tool results or what stands between <private> and </private>. A turn belongs to the repository it was said in, unless --project names another.",
  ],
  arguments: [some("file", "files and folders", "file")],
  options: {
    ...saveScopeOptions,
    format: choice(NAMES, "read every file as this, whatever it looks like"),
    ownExport: flag(
      "files of keepsake's own are exports of your own vault: their ids and versions count, also in place of what is stored",
    ),
    dryRun: flag("read and count everything, store nothing"),
    ...jsonOption,
  },
  examples: [
    ...HOSTS.map(
      ({ title, transcripts }) =>
        [`keepsake import ${transcripts}`, `every conversation with ${title}`] as const,
    ),
    ["keepsake import ~/.codex/sessions", "every conversation with Codex"],
    ["keepsake import chatgpt-export.zip", "an export as it was downloaded"],
    ["keepsake import notes/ --dry-run", "what would come in from a folder of Markdown"],
  ],
  run: async ({ words, options }, context) => {
    if (words.includes(STANDARD_INPUT)) {
      throw new KeepsakeError("USAGE", "import reads files and folders, not standard input", {
        hint: "write it to a file first, and import that; a file whose name is - is ./-",
      });
    }
    const isMoved = options.project !== undefined || options.newProject || options.noProject;
    const project = isMoved ? await saveScope(options, context) : undefined;
    const [{ findFiles }, { importFiles }, { fileProjects }] = await Promise.all([
      import("../../capture/find-files.ts"),
      import("../../capture/import-files.ts"),
      import("../../capture/file-project.ts"),
    ]);
    const { err } = context.screen;
    const files = await givenFiles(words, context, (whole) => findFiles(whole, options.format));
    if (files.every(({ format }) => format === undefined))
      throw unknownFormatError(files.length, options.format);
    const client = await context.connect("start");
    const total = files.reduce((sum, { bytes, format }) => sum + (format === undefined ? 0 : bytes), 0);
    const progress = context.progress(options.dryRun ? "reading" : "importing");
    const projects = folderProjects();
    let done = 0;
    const summary = await importFiles(client, files, {
      dryRun: options.dryRun,
      ownExport: options.ownExport,
      project,
      projectOfFile: fileProjects(projects),
      projects,
      onBytes: (bytes) => {
        done += bytes;
        progress.update({ stage: `${(done / (1 << 20)).toFixed(1)} MiB`, done, total });
      },
      signal: context.signal,
    }).finally(progress.stop);
    if (options.json) printJson(context.screen.out, { ...summary, dryRun: options.dryRun });
    else await printSummary(summary, files, options.dryRun, context);
    if (files.some(({ isNamed, format }) => isNamed && format === undefined)) reportHint(err, OTHER_FORMAT);
    if (summary.unlinked > 0) reportHint(err, OWN_EXPORT);
    const isNothing = summary.stored + summary.duplicates === 0;
    return isNothing ? ERRORS.INVALID_INPUT.exit : 0;
  },
});

function unknownFormatError(count: number, asked: ImportFormat | undefined): KeepsakeError {
  const subject = count === 1 ? "the file is" : `all ${count} files are`;
  return new KeepsakeError("INVALID_INPUT", `${subject} in no format keepsake reads`, {
    hint: asked === undefined ? OTHER_FORMAT : "only text can be imported",
  });
}

async function printSummary(
  summary: ImportSummary,
  files: readonly FoundFile[],
  dryRun: boolean,
  { screen, folder }: Context,
): Promise<void> {
  const [{ SKIP_REASONS }, { pathOf }] = await Promise.all([
    import("../../capture/skip-counts.ts"),
    import("../../capture/found-file.ts"),
  ]);
  const { out } = screen;
  const { dim, bold, warn } = out.style;
  const number = (count: number, style?: Cell["style"]): Cell => ({
    text: grouped(count).padStart(9),
    ...(style !== undefined && { style }),
  });
  const kinds = FORMATS.flatMap(({ name, title }) => {
    const kind = summary.formats[name];
    return kind === undefined ? [] : [{ title, count: kind.files }];
  });
  const formats = kinds.map(({ title, count }) => counted(count, title)).join(", ");
  const isOneKind = kinds.length === 1 && kinds[0]?.count === files.length;
  const from = dim(`, from ${isOneKind ? "" : `${files.length} files: `}${formats}`);
  const invalid = summary.rejected - summary.circular;
  const skipped = Object.entries(summary.skipped) as [SkipReason, number][];
  const rows: Cell[][] = [
    [number(summary.stored, bold), { text: `${dryRun ? "would be stored" : "stored"}${from}` }],
    [number(summary.duplicates), { text: "there already" }],
    ...[
      { count: invalid, why: invalid === 1 ? "not a valid entry" : "not valid entries" },
      { count: summary.circular, why: "versions that would replace each other in a circle" },
    ].flatMap(({ count, why }) => (count === 0 ? [] : [[number(count, warn), { text: `rejected: ${why}` }]])),
    ...[
      { count: summary.unlinked, why: "stored as notes of their own, replacing nothing" },
      { count: summary.expired, why: "not stored: their time is over" },
    ].flatMap(({ count, why }) => (count === 0 ? [] : [[number(count, dim), { text: why, style: dim }]])),
    ...[
      { count: summary.private.passages, one: "private passage cut out", many: "private passages cut out" },
      {
        count: summary.private.unclosed,
        one: "of them to the end of its message: its mark is not closed",
        many: "of them to the end of their messages: their marks are not closed",
      },
    ].flatMap(({ count, one, many }) =>
      count === 0 ? [] : [[number(count), { text: count === 1 ? one : many }]],
    ),
    ...(skipped.length === 0 ? [] : [[{ text: "left out:", style: dim }]]),
    ...skipped.map(([reason, count]) => [
      number(count, dim),
      { text: SKIP_REASONS[reason][count === 1 ? 0 : 1], style: dim },
    ]),
  ];
  out.write(formatTable(rows, Infinity));
  if (summary.lines.read > 0) out.write(`${dim(linesLine(summary.lines))}\n`);
  const nameOf = (index: number) => {
    const file = files[index];
    return out.isTerminal && file !== undefined ? shownPath(pathOf(file), folder) : `file ${index + 1}`;
  };
  const listed = [...files.entries()].filter(([, { isNamed, format }]) => isNamed || format !== undefined);
  if (files.length > 1) out.write(formatTable(fileRows(listed, summary, nameOf, dim), Infinity));
  const places = summary.rejectedLines.slice(0, PLACES_LISTED).map(({ file, line }) => {
    const format = files[file]?.format;
    const place = `${format === undefined ? "line" : formatNamed(format).counts} ${line}`;
    return files.length === 1 ? place : `${nameOf(file)} ${place}`;
  });
  const more = summary.rejected - places.length;
  const others = more > 0 ? ` and ${grouped(more)} more` : "";
  if (places.length > 0) out.write(`${dim(`rejected: ${places.join(", ")}${others}`)}\n`);
}

/** Each line is one of these: nothing of a file goes unsaid. */
function linesLine({ read, stored, known, leftOut, cut, damaged }: FileLines): string {
  const fates = [
    [stored, "stored"],
    [known, "known"],
    [leftOut, "left out by kind"],
    [cut, "cut"],
    [damaged, "damaged"],
  ] as const;
  const said = fates.map(([count, fate]) => `${grouped(count)} ${fate}`).join(", ");
  return `${counted(read, "line")} read: ${said}`;
}

/** As the person who gave it knows it: from the working folder where it lies below, with nothing that could move a terminal. */
function shownPath(path: string, folder: string): string {
  const below = relative(folder, path);
  return visibleLine(below === "" || below.startsWith("..") ? path : below);
}

/**
 * What came out of each file: by its name for a person, elsewhere by its place, since a name may itself say too much. What only
 * lay in a folder and is in no format keepsake reads is counted and not listed.
 */
function fileRows(
  files: readonly (readonly [index: number, file: FoundFile])[],
  { entries }: ImportSummary,
  nameOf: (index: number) => string,
  dim: (text: string) => string,
): readonly Cell[][] {
  const rows = files.slice(0, FILES_LISTED).map(([index, { format }]) => [
    { text: nameOf(index).padStart(9), style: dim },
    {
      text:
        format === undefined
          ? "in no format keepsake reads"
          : `${counted(entries[index] ?? 0, "memory", "memories")} read`,
      style: dim,
    },
  ]);
  const more = files.length - rows.length;
  return more === 0
    ? rows
    : [...rows, [{ text: "" }, { text: `and ${counted(more, "more file", "more files")}`, style: dim }]];
}
