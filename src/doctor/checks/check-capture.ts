/** Turns in the host's files of the last 30 days against those that are stored: an import that stores nothing counts them. */
import { stat } from "node:fs/promises";
import { findFiles } from "../../capture/find-files.ts";
import { fileProjects } from "../../capture/files/file-project.ts";
import type { FoundFile } from "../../capture/found-file.ts";
import { folderProjects } from "../../client/folder-projects.ts";
import { transcriptFolders } from "../../client/hosts.ts";
import { counted, grouped } from "../../base/shown-values.ts";
import { shellWord } from "../../setup/text/shell-words.ts";
import type { Finding } from "../finding.ts";
import { failure, ok, skipped } from "../finding.ts";
import type { HostPatient } from "../host-patient.ts";
import type { Patient } from "../patient.ts";
import { knownStatus } from "../patient.ts";

const DAYS = 30;
const DAY_MS = 86_400_000;
/** A file that is written to right now is a talk that is not over: its last turns may be on their way. */
const UNDER_WAY_MS = 60_000;

export async function checkCapture({ patient, plan: { host } }: HostPatient): Promise<Finding> {
  const { setup, clock } = patient;
  const { capture } = await patient.configuration.read();
  const switches: Readonly<Record<string, string | undefined>> = capture ?? {};
  if (switches[host.id] === "off") return skipped(`switched off: capture.${host.id}`);
  const status = await knownStatus(patient);
  if (status === undefined) return skipped("the daemon cannot be asked");
  if (status.state !== "open")
    return skipped(status.state === "sealed" ? "the vault is locked" : "no vault yet");
  const folders = await thereOf(host.conversations(setup.around));
  const found = await findFiles(folders, undefined, () => {});
  const now = clock.now();
  const files = found.filter(({ format, modified }) => {
    return format === host.id && modified > now - DAYS * DAY_MS && modified < now - UNDER_WAY_MS;
  });
  if (files.length === 0) return skipped(`no conversation of the last ${DAYS} days to compare with`);
  const { stored: missing, duplicates } = await bring(patient, files, true);
  const total = missing + duplicates;
  const turns = `${counted(total, "turn")} of the last ${DAYS} days`;
  if (missing === 0) return ok(total === 0 ? `no turn in the last ${DAYS} days` : `all ${turns} are stored`);
  const holding = folders.filter((_, place) => files.some(({ given }) => given === place));
  return failure(`${grouped(duplicates)} of ${turns} are stored`, {
    command: ["keepsake import", ...holding.map(shellWord)].join(" "),
    advice: "that stores the rest",
    fix: {
      asks: `Import ${counted(missing, "turn")} that ${host.title} has kept?`,
      run: () => bring(patient, files, false),
    },
  });
}

async function bring(patient: Patient, files: readonly FoundFile[], dryRun: boolean) {
  const { setup, signal, onRead } = patient;
  const { importFiles } = await import("../../capture/import-files.ts");
  const privatePlaces = await patient.privatePlaces();
  const projects = folderProjects();
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  return importFiles(await patient.connect("running"), files, {
    dryRun,
    project: undefined,
    projectOfFile: fileProjects(projects, transcriptFolders(setup.around.environment)),
    projects,
    isPrivate: async (where, at) => (await privatePlaces.privacyOf(where, at)) !== undefined,
    onBytes: (count) => {
      done += count;
      onRead(done, total);
    },
    signal,
  });
}

async function thereOf(paths: readonly string[]): Promise<readonly string[]> {
  const there: string[] = [];
  for (const path of paths) {
    const isThere = await stat(path).then(
      () => true,
      () => false,
    );
    if (isThere) there.push(path);
  }
  return there;
}
