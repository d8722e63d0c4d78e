import { KeepsakeError } from "../../base/errors.ts";
import { FORMATS } from "../../capture/formats.ts";
import { HOSTS, hostsOwnMarkdown, transcriptFolders } from "../../client/hosts.ts";
import { folderProjects, formerProjects } from "../../client/projects/folder-projects.ts";
import { resolveProject } from "../../client/projects/project.ts";
import { choice, command, flag, some } from "../framework/command.ts";
import { forgetGone } from "../asking/forget-gone.ts";
import { saveScope } from "../asking/save-scope.ts";
import { givenFiles } from "../options/given-files.ts";
import { jsonOption } from "../options/output-options.ts";
import { saveScopeOptions } from "../options/project-options.ts";
import { importAsJson, printImport } from "../output/import-summary.ts";
import { nothingImportedError, otherFormatHint, unknownFormatError } from "../output/nothing-imported.ts";
import { printJson } from "../output/json.ts";
import { reportHint } from "../output/report-error.ts";
import { keepSecretsOption, reportSecrets } from "../output/secrets-found.ts";

const NAMES = FORMATS.map(({ name }) => name);
const STANDARD_INPUT = "-";
const OWN_EXPORT =
  "what an unknown file says replaces nothing; of an export of your own vault, --own-export keeps ids and versions";

const FORGOTTEN = "what was forgotten stays forgotten; --again brings it back";
const CHANGED_BY_HAND =
  "a section that you changed in keepsake too stays as you left it; forget it and import with --again to have the file's";
const ELSEWHERE =
  "what is there already stays in the project it was first stored in; forget it and import with --again to have it in this one";

export const importCommand = command({
  name: "import",
  group: "memories",
  summary: "Import conversations and notes; what is there already is not stored twice.",
  details: [
    `Reads ${FORMATS.map(({ help }) => help).join("; ")}. All but Markdown is told by the content.`,
    "Of a folder it looks at every .jsonl, .json, .zip and Markdown file below it, of a zip at what a folder would hold but Markdown and other zips; what is none of these formats is counted and passed over.",
    "Of a transcript it takes what the person and the assistant said, not thinking, tool results or what stands between <private> and </private>; marks in code are none. A turn belongs to the repository it was said in, unless --project names another.",
    "A section of a Markdown file that was edited takes the place of what it said before. One that is no longer there, or whose file is gone from a folder given as a whole, is forgotten only when you agree. What was forgotten before is not stored again.",
  ],
  arguments: [some("file", "files and folders", "file")],
  options: {
    ...saveScopeOptions,
    format: choice(NAMES, "read every file as this, whatever it looks like"),
    ownExport: flag(
      "files of keepsake's own are exports of your own vault: their ids, versions and pins count, also in place of what is stored",
    ),
    again: flag("bring back what was forgotten"),
    ...keepSecretsOption,
    forgetRemoved: flag("forget without asking what is no longer in its file"),
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
      import("../../capture/files/file-project.ts"),
    ]);
    const { err } = context.screen;
    const isHostsOwn = await hostsOwnMarkdown(context.environment);
    const { files, folders, emptyError } = await givenFiles(words, context, (whole, onEmpty) =>
      findFiles(whole, options.format, onEmpty, isHostsOwn),
    );
    // A folder that is empty now may have held notes once.
    if (files.length > 0 && emptyError !== undefined) throw emptyError;
    if (files.length > 0 && files.every(({ format }) => format === undefined))
      throw unknownFormatError(files, options.format);
    const client = await context.connect("start");
    const total = files.reduce((sum, { bytes, format }) => sum + (format === undefined ? 0 : bytes), 0);
    const progress = context.progress(options.dryRun ? "reading" : "importing");
    const projects = folderProjects();
    const privatePlaces = await context.privatePlaces();
    let done = 0;
    const summary = await importFiles(client, files, {
      dryRun: options.dryRun,
      ownExport: options.ownExport,
      again: options.again,
      keepSecrets: options.keepSecrets,
      folders,
      project,
      formerProjects: [await resolveProject(context.folder), ...(await formerProjects(context.folder))],
      projectOfFile: fileProjects(projects, transcriptFolders(context.environment)),
      projects,
      isPrivate: (where, when) => privatePlaces.wasPrivate(where, when),
      onBytes: (bytes) => {
        done += bytes;
        progress.update({ stage: `${(done / (1 << 20)).toFixed(1)} MiB`, done, total });
      },
      signal: context.signal,
    }).finally(progress.stop);
    if (files.length === 0 && summary.gone.length === 0 && emptyError !== undefined) throw emptyError;
    if (!options.json) await printImport(summary, files, options.dryRun, context);
    const removed = options.dryRun ? 0 : await forgetGone(client, summary, options, context);
    if (options.json)
      printJson(context.screen.out, {
        ...(await importAsJson(summary, files)),
        removed,
        dryRun: options.dryRun,
      });
    const unknown = files.filter(({ isNamed, format }) => isNamed && format === undefined);
    if (unknown.length > 0) reportHint(err, otherFormatHint(unknown));
    reportSecrets(err, summary);
    if (summary.unlinked > 0) reportHint(err, OWN_EXPORT);
    if (summary.forgotten > 0) reportHint(err, FORGOTTEN);
    if (summary.kept > 0) reportHint(err, CHANGED_BY_HAND);
    if (summary.elsewhere > 0) reportHint(err, ELSEWHERE);
    const { stored, duplicates, forgotten, kept, gone } = summary;
    const isNothing = stored + duplicates + forgotten + kept + gone.length === 0;
    if (isNothing) throw nothingImportedError(files, summary);
  },
});
