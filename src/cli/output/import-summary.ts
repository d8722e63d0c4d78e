/** What an import came to, for people. */
import { relative } from "node:path";
import { counted, grouped } from "../../base/shown-values.ts";
import { visibleLine } from "../../base/visible-text.ts";
import type { FoundFile } from "../../capture/found-file.ts";
import { FORMATS, formatNamed } from "../../capture/formats.ts";
import type { FileLines, ImportSummary } from "../../capture/imported.ts";
import type { SkipReason } from "../../capture/skip-counts.ts";
import type { Context } from "../context.ts";
import type { Cell } from "./text-table.ts";
import { formatTable } from "./text-table.ts";

const FILES_LISTED = 20;
const PLACES_LISTED = 10;
/** How to tell what a place means. */
const NUMBERED = "numbered in the order they were given and found; --json names each";

export async function printImport(
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
    ...(summary.replaced === 0
      ? []
      : [
          [
            number(summary.replaced, dim),
            { text: "of them in place of what the section said before", style: dim },
          ],
        ]),
    [number(summary.duplicates), { text: "there already" }],
    ...(summary.elsewhere === 0
      ? []
      : [[number(summary.elsewhere, dim), { text: "of them in another project", style: dim }]]),
    ...[
      { count: invalid, why: invalid === 1 ? "not a valid entry" : "not valid entries" },
      { count: summary.circular, why: "versions that would replace each other in a circle" },
    ].flatMap(({ count, why }) => (count === 0 ? [] : [[number(count, warn), { text: `rejected: ${why}` }]])),
    ...[
      { count: summary.unlinked, why: "stored as notes of their own, replacing nothing" },
      { count: summary.expired, why: "not stored: their time is over" },
      { count: summary.forgotten, why: "forgotten before: not stored" },
      { count: summary.kept, why: "changed by hand as well: left as they are" },
      { count: summary.gone.length + summary.goneLeft, why: "no longer in their files" },
    ].flatMap(({ count, why }) => (count === 0 ? [] : [[number(count, dim), { text: why, style: dim }]])),
    ...(summary.outside === 0
      ? []
      : [
          [
            number(summary.outside),
            {
              text: `${summary.outside === 1 ? "file" : "files"} outside the folder given, behind symbolic links`,
            },
          ],
        ]),
    ...[
      { count: summary.private.passages, one: "private passage cut out", many: "private passages cut out" },
      {
        count: summary.private.unclosed - summary.private.unclosedFiles,
        one: "of them to the end of its message: its mark is not closed",
        many: "of them to the end of their messages: their marks are not closed",
      },
      {
        count: summary.private.unclosedFiles,
        one: "of them to the end of the file: its mark is not closed; nothing of that file counts as removed",
        many: "of them to the end of their files: their marks are not closed; nothing of those files counts as removed",
      },
      {
        count: summary.private.unopened,
        one: "closing private mark that nothing opens: look what stands before it",
        many: "closing private marks that nothing opens: look what stands before them",
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
  const places = placesOf(files);
  const nameOf = (index: number) => {
    const file = files[index];
    return out.isTerminal && file !== undefined ? shownPath(pathOf(file), folder) : (places[index] ?? "");
  };
  const listed = [...files.entries()].filter(([, { isNamed, format }]) => isNamed || format !== undefined);
  if (files.length > 1) out.write(formatTable(fileRows(listed, summary, nameOf, dim), Infinity));
  const rejected = summary.rejectedLines.slice(0, PLACES_LISTED).map(({ file, line }) => {
    const format = files[file]?.format;
    const place = `${format === undefined ? "line" : formatNamed(format).counts} ${line}`;
    return files.length === 1 ? place : `${nameOf(file)} ${place}`;
  });
  const more = summary.rejected - rejected.length;
  const others = more > 0 ? ` and ${grouped(more)} more` : "";
  if (rejected.length > 0) out.write(`${dim(`rejected: ${rejected.join(", ")}${others}`)}\n`);
  if (files.length > 1 && !out.isTerminal) out.write(`${NUMBERED}\n`);
}

/** For programs the person may hand it to: what came out of each file, by its name. */
export async function importAsJson(
  { damaged, ...summary }: ImportSummary,
  files: readonly FoundFile[],
): Promise<object> {
  const { pathOf } = await import("../../capture/found-file.ts");
  const perFile = files.map((file, index) => ({
    path: pathOf(file),
    format: file.format ?? null,
    entries: summary.entries[index] ?? 0,
    damaged: damaged[index] ?? 0,
  }));
  return { ...summary, perFile };
}

/** Where each file was given, for who may not be told its name: `file 2`, `folder 1 file 15`. */
function placesOf(files: readonly FoundFile[]): readonly string[] {
  let first = 0;
  return files.map(({ given, isNamed, entry }, index) => {
    if (files[first]?.given !== given) first = index;
    if (isNamed && entry === undefined) return `file ${given + 1}`;
    return `${isNamed ? "zip" : "folder"} ${given + 1} file ${index - first + 1}`;
  });
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
  { entries, damaged }: ImportSummary,
  nameOf: (index: number) => string,
  dim: (text: string) => string,
): readonly Cell[][] {
  const rows = files.slice(0, FILES_LISTED).map(([index, { format }]) => [
    { text: nameOf(index).padStart(9), style: dim },
    {
      text:
        format === undefined
          ? "in no format keepsake reads"
          : `${counted(entries[index] ?? 0, "memory", "memories")} read${damageIn(damaged[index] ?? 0)}`,
      style: dim,
    },
  ]);
  const more = files.length - rows.length;
  return more === 0
    ? rows
    : [...rows, [{ text: "" }, { text: `and ${counted(more, "more file", "more files")}`, style: dim }]];
}

function damageIn(count: number): string {
  return count === 0 ? "" : `, ${grouped(count)} damaged`;
}

/** Each line is one of these: nothing of a file goes unsaid. */
function linesLine({ read, stored, known, forgotten, leftOut, cut, damaged }: FileLines): string {
  const fates = [
    [stored, "stored"],
    [known, "known"],
    [forgotten, "forgotten before"],
    [leftOut, "left out by kind"],
    [cut, "cut"],
    [damaged, "damaged"],
  ] as const;
  const said = fates.map(([count, fate]) => `${grouped(count)} ${fate}`).join(", ");
  return `${counted(read, "line")} read: ${said}`;
}
