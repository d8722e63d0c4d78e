import { ERRORS } from "../../base/errors.ts";
import type { ImportSummary } from "../../capture/import-files.ts";
import type { SkipReason } from "../../capture/skip-counts.ts";
import { resolveProject } from "../../client/project.ts";
import { command, flag, some } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
import { jsonOption } from "../framework/output-options.ts";
import { saveScope, saveScopeOptions } from "../input/scope.ts";
import { printJson } from "../output/json.ts";
import { counted, grouped } from "../output/numbers.ts";
import type { Cell } from "../output/table.ts";
import { formatTable } from "../output/table.ts";

export const importCommand = command({
  name: "import",
  group: "memories",
  summary: "Import conversations and notes; what is there already is not stored twice.",
  details: [
    "Reads Claude Code transcripts (.jsonl, or a folder of them), Markdown (each section is a note) and keepsake's own JSON Lines. The format is told by the content.",
    "Of a transcript it takes what the person and the assistant said, not thinking, tool results or what stands between <private> and </private>. A turn belongs to the repository it was said in, unless --project names another.",
  ],
  arguments: [some("file", "files and folders", "file")],
  options: {
    ...saveScopeOptions,
    dryRun: flag("read and count everything, store nothing"),
    ...jsonOption,
  },
  examples: [
    ["keepsake import ~/.claude/projects", "every conversation with Claude Code"],
    ["keepsake import notes/ --dry-run", "what would come in from a folder of Markdown"],
  ],
  run: async ({ words, options }, context) => {
    const isMoved = options.project !== undefined || options.noProject;
    const project = isMoved ? await saveScope(options, context) : undefined;
    const [{ findFiles }, { folderProjects }, { importFiles }] = await Promise.all([
      import("../../capture/find-files.ts"),
      import("../../capture/folder-projects.ts"),
      import("../../capture/import-files.ts"),
    ]);
    const files = await findFiles(words);
    const client = await context.connect("start");
    const total = files.reduce((sum, { bytes, format }) => sum + (format === undefined ? 0 : bytes), 0);
    const progress = context.progress(options.dryRun ? "reading" : "importing");
    let done = 0;
    const summary = await importFiles(client, files, {
      dryRun: options.dryRun,
      project,
      notesProject: await resolveProject(context.folder),
      projectOf: folderProjects(),
      onBytes: (bytes) => {
        done += bytes;
        progress.update({ stage: `${(done / (1 << 20)).toFixed(1)} MiB`, done, total });
      },
      signal: context.signal,
    }).finally(progress.stop);
    if (options.json) printJson(context.screen.out, { ...summary, dryRun: options.dryRun });
    else await printSummary(summary, options.dryRun, context);
    const isNothing = summary.stored + summary.duplicates === 0;
    return isNothing ? ERRORS.INVALID_INPUT.exit : 0;
  },
});

async function printSummary(summary: ImportSummary, dryRun: boolean, { screen }: Context): Promise<void> {
  const { IMPORT_FORMATS } = await import("../../capture/detect-format.ts");
  const { SKIP_REASONS } = await import("../../capture/skip-counts.ts");
  const { out } = screen;
  const { dim, bold, warn } = out.style;
  const number = (count: number, style?: Cell["style"]): Cell => ({
    text: grouped(count).padStart(9),
    ...(style !== undefined && { style }),
  });
  const formats = Object.entries(summary.formats)
    .map(([format, { files }]) => counted(files, IMPORT_FORMATS[format as keyof typeof IMPORT_FORMATS]))
    .join(", ");
  const from = formats === "" ? "" : dim(`, from ${formats}`);
  const skipped = Object.entries(summary.skipped) as [SkipReason, number][];
  const rows: Cell[][] = [
    [number(summary.stored, bold), { text: `${dryRun ? "would be stored" : "stored"}${from}` }],
    [number(summary.duplicates), { text: "there already" }],
    ...(summary.rejected === 0
      ? []
      : [
          [
            number(summary.rejected, warn),
            { text: `rejected: ${summary.rejected === 1 ? "not a valid entry" : "not valid entries"}` },
          ],
        ]),
    ...skipped.map(([reason, count]) => [
      number(count, dim),
      { text: SKIP_REASONS[reason][count === 1 ? 0 : 1], style: dim },
    ]),
  ];
  out.write(formatTable(rows, Infinity));
  const places = summary.rejectedLines
    .slice(0, 10)
    .map(({ file, line }) => (summary.files === 1 ? `line ${line}` : `file ${file + 1} line ${line}`));
  if (places.length > 0) out.write(`${dim(`rejected: ${places.join(", ")}`)}\n`);
}
