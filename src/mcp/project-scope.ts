/**
 * Which project a tool call means. The argument comes first, then the folder the host names in its variable, then the
 * client's first root (which only hosts of the 2025 revisions tell), then the working folder; a folder stands for its
 * repository. `"*"` is every project, `""` none.
 */
import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { attempt } from "../base/attempt.ts";
import { ambiguousProjectError, meantProjects, projectNames } from "../client/project-names.ts";
import type { DaemonLink } from "./daemon-link.ts";

const NAME_ONE = "give the whole path of one, or leave project out for the current one";

export interface ProjectScope {
  /** The project of the host's folder; `null` outside a repository. */
  current(): Promise<string | null>;
  /** What a read looks at: the named or current project, everything outside a repository. */
  forRead(argument: string | undefined, signal?: AbortSignal): Promise<{ project?: string | null }>;
  /** What a new memory belongs to. @throws INVALID_PARAMS when several projects end in a short name: it would be in none of them */
  forSave(argument: string | undefined, signal?: AbortSignal): Promise<string | null>;
  /** The client's roots changed: look again. */
  refresh(): void;
}

export interface ProjectScopeDeps {
  readonly daemon: DaemonLink;
  /** The folder that a host names in its variable. */
  readonly hostFolder: string | undefined;
  readonly workingFolder: string;
  /** URIs of the client's roots; empty when it does not tell. */
  readonly roots: () => Promise<readonly string[]>;
  readonly resolveProject: (folder: string) => Promise<string | null>;
}

export function createProjectScope(deps: ProjectScopeDeps): ProjectScope {
  let found: Promise<string | null> | undefined;
  const meant = (name: string, signal: AbortSignal | undefined) =>
    meantProjects(name, async () => projectNames(await deps.daemon.call("memory.projects", {}, signal)));
  const current = () => (found ??= hostFolder(deps).then(deps.resolveProject));
  return {
    current,
    refresh: () => {
      found = undefined;
    },
    forRead: async (argument, signal) => {
      if (argument === undefined) {
        const project = await current();
        return project === null ? {} : { project };
      }
      if (argument === "") return { project: null };
      const [only, ...others] = await meant(argument, signal);
      return { project: others.length === 0 ? only : argument };
    },
    forSave: async (argument, signal) => {
      if (argument === undefined) return current();
      if (argument === "") return null;
      const [only, ...others] = await meant(argument, signal);
      if (others.length > 0) throw ambiguousProjectError("INVALID_PARAMS", others.length + 1, NAME_ONE);
      return only;
    },
  };
}

async function hostFolder(deps: ProjectScopeDeps): Promise<string> {
  if (deps.hostFolder !== undefined && isAbsolute(deps.hostFolder)) return deps.hostFolder;
  for (const uri of await deps.roots()) {
    const folder = attempt(() => fileURLToPath(uri));
    if (folder !== undefined) return folder;
  }
  return deps.workingFolder;
}
