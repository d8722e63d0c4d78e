/**
 * Projects of the folders that transcripts name, each looked up once. A folder that is gone (the repository was moved, or the
 * transcript comes from another machine) stands for itself: sessions start at a repository's root as a rule.
 */
import { stat } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { resolveProject } from "../client/project.ts";
import { projectName } from "../protocol/schemas.ts";

export function folderProjects(): (folder: string | undefined) => Promise<string | null> {
  const known = new Map<string, Promise<string | null>>();
  return (folder) => {
    if (folder === undefined || !isAbsolute(folder)) return Promise.resolve(null);
    const project = known.get(folder) ?? projectOf(folder);
    known.set(folder, project);
    return project;
  };
}

async function projectOf(folder: string): Promise<string | null> {
  try {
    await stat(folder);
  } catch {
    return projectName.safeParse(folder).success ? folder : null;
  }
  return resolveProject(folder);
}
