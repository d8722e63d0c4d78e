/**
 * Which project a tool call means. The argument comes first, then the folder the host names in `CLAUDE_PROJECT_DIR`, then the
 * client's first root (which only hosts of the 2025 revisions tell), then the working folder; a folder stands for its
 * repository. `"*"` is every project, `""` none.
 */
import { basename, isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { KeepsakeError } from "../base/errors.ts";
import type { DaemonLink } from "./daemon-link.ts";

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
  /** `CLAUDE_PROJECT_DIR` of the environment. */
  readonly hostFolder: string | undefined;
  readonly workingFolder: string;
  /** URIs of the client's roots; empty when it does not tell. */
  readonly roots: () => Promise<readonly string[]>;
  readonly resolveProject: (folder: string) => Promise<string | null>;
}

export function createProjectScope(deps: ProjectScopeDeps): ProjectScope {
  let found: Promise<string | null> | undefined;
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
      if (argument === "*") return { project: argument };
      const [only, ...others] = await meantProjects(deps.daemon, argument, signal);
      return { project: only !== undefined && others.length === 0 ? only : argument };
    },
    forSave: async (argument, signal) => {
      if (argument === undefined) return current();
      if (argument === "") return null;
      const [only, ...others] = await meantProjects(deps.daemon, argument, signal);
      if (others.length > 0) throw ambiguous(others.length + 1);
      return only ?? argument;
    },
  };
}

/** The last folder of a project's path: what people call it. */
export function shortProjectName(project: string): string {
  return basename(project) || project;
}

async function hostFolder(deps: ProjectScopeDeps): Promise<string> {
  if (deps.hostFolder !== undefined && isAbsolute(deps.hostFolder)) return deps.hostFolder;
  for (const uri of await deps.roots()) {
    const folder = localFolder(uri);
    if (folder !== undefined) return folder;
  }
  return deps.workingFolder;
}

function localFolder(uri: string): string | undefined {
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}

function ambiguous(count: number): KeepsakeError {
  return new KeepsakeError("INVALID_PARAMS", `project: ${count} projects have that short name`, {
    hint: "give the whole path of one, or leave project out for the current one",
  });
}

/** Answers show the short name, so models give it back: it means the one project that ends in it, if it is none itself. */
async function meantProjects(
  daemon: DaemonLink,
  argument: string,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  if (isAbsolute(argument) || argument === "*") return [argument];
  const { projects } = await daemon.call("memory.projects", {}, signal);
  const names = projects.flatMap(({ project }) => (project === null ? [] : [project]));
  return names.includes(argument) ? [argument] : names.filter((name) => shortProjectName(name) === argument);
}
