/** The turns in a host's files against those that are stored: an import that stores nothing counts them. */
import { folderProjects } from "../client/projects/folder-projects.ts";
import { transcriptFolders } from "../client/hosts.ts";
import type { KeepsakeClient } from "../client/keepsake-client.ts";
import { fileProjects } from "./files/file-project.ts";
import { findFiles } from "./find-files.ts";
import { importFiles } from "./import-files.ts";
import type { IsPrivate } from "./reading.ts";

export interface HostFiles {
  readonly folders: readonly string[];
  /** As its format is called. */
  readonly host: string;
  /** When they were changed, in milliseconds since the epoch. */
  readonly changed: { readonly from: number; readonly until: number };
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly isPrivate: IsPrivate;
  readonly onRead: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** @returns undefined when no file of that host was changed meanwhile @throws as `importFiles` */
export async function turnsOfHost(client: Pick<KeepsakeClient, "call">, asked: HostFiles) {
  const { folders, host, changed, environment, isPrivate, onRead, signal } = asked;
  const found = await findFiles(folders, undefined, () => {});
  const files = found.filter(({ format, modified }) => {
    return format === host && modified > changed.from && modified < changed.until;
  });
  if (files.length === 0) return undefined;
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const bring = (dryRun: boolean) => {
    const projects = folderProjects();
    let done = 0;
    return importFiles(client, files, {
      dryRun,
      project: undefined,
      projectOfFile: fileProjects(projects, transcriptFolders(environment)),
      projects,
      isPrivate,
      onBytes: (count) => {
        done += count;
        onRead(done, total);
      },
      signal,
    });
  };
  const { stored: missing, duplicates: stored } = await bring(true);
  const holding = folders.filter((_, place) => files.some(({ given }) => given === place));
  return { missing, stored, holding, bring: () => bring(false) };
}
