/**
 * Which project a tool call means. The argument comes first, then the folder the host names in its variable, then the
 * client's first root (which only hosts of the 2025 revisions tell), then the working folder; a folder stands for its
 * repository. `"*"` is every project, `""` none.
 */
import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { attempt } from "../base/attempt.ts";
import type { Clock } from "../base/clock.ts";
import { KeepsakeError, hasCode } from "../base/errors.ts";
import {
  ambiguousProjectError,
  eitherOf,
  meantProject,
  projectNames,
} from "../client/projects/project-names.ts";
import type { KnownProjects } from "../client/projects/project-names.ts";
import type { Whereabouts } from "../platform/privacy/privacy.ts";
import type { DaemonLink } from "./daemon-link.ts";
import { quotedProject, quotedWithin } from "./labels.ts";

const EVERY_PROJECT = "*";
/** What programs and models write for nothing; a project that is called so is there already. */
const WORDS_FOR_NONE: ReadonlySet<string> = new Set(["null", "undefined", "none", "nil"]);
/** For so long a read may take a name for what it was; a name that is not listed, or of which nothing is found, is looked for anew. */
const LIST_KEPT_MS = 60_000;
/** One call of a tool. */
const LIST_FRESH_MS = 1_000;

export interface ProjectScope {
  /** The project of the host's folder; `null` outside a repository. */
  current(): Promise<string | null>;
  /** What a read looks at: the named or current project, everything outside a repository. */
  forRead(argument: string | undefined, signal?: AbortSignal): Promise<{ project?: string | null }>;
  /**
   * What a new memory belongs to. A name that is no project yet begins one, unless it is a slip of one that is.
   *
   * @throws INVALID_PARAMS for a slip, for `"*"`, for a word that means none, and when several projects end in a short name: it would be in none of them
   */
  forSave(argument: string | undefined, signal?: AbortSignal): Promise<ProjectToSave>;
  /** What a model is told when no one project is as it named it; `undefined` when one is, or it named none. */
  missing(argument: string | undefined, signal?: AbortSignal): Promise<string | undefined>;
  /** @throws SCOPE_DENIED while the person keeps a folder that the host is in, or everything, private */
  refusePrivate(): Promise<void>;
  /** The client's roots changed: look again. */
  refresh(): void;
}

export interface ProjectToSave {
  readonly project: string | null;
  /** It has no memory yet that the client may see. */
  readonly isNew: boolean;
}

export interface ProjectScopeDeps {
  readonly daemon: DaemonLink;
  readonly clock: Clock;
  /** The folder that a host names in its variable. */
  readonly hostFolder: string | undefined;
  readonly workingFolder: string;
  /** URIs of the client's roots; empty when it does not tell. */
  readonly roots: () => Promise<readonly string[]>;
  readonly resolveProject: (folder: string) => Promise<string | null>;
  /** Whether the person keeps a place private. */
  readonly isPrivate: (where: Whereabouts) => Promise<boolean>;
}

export function createProjectScope(deps: ProjectScopeDeps): ProjectScope {
  let found: Promise<string | null> | undefined;
  const projects = new Map<string, Promise<string | null>>();
  const current = () =>
    (found ??= hostFolders(deps).then(async ([folder = deps.workingFolder]) => deps.resolveProject(folder)));
  /** Names are of projects that the client may see, and of the one it is in: no other is told, or told from none. */
  let listed: { readonly projects: KnownProjects; readonly at: number } | undefined;
  const listNotOlder = async (ageMs: number, signal: AbortSignal | undefined): Promise<KnownProjects> => {
    const own = await current();
    const at = deps.clock.monotonic();
    if (listed === undefined || at - listed.at > ageMs)
      listed = { projects: await visibleProjects(deps.daemon, signal), at };
    const { names, isCut } = listed.projects;
    return { names: own === null ? names : [...new Set([own, ...names])], isCut };
  };
  const meant = async (name: string, signal: AbortSignal | undefined, ageMs = LIST_FRESH_MS) => {
    if (name === EVERY_PROJECT) return { is: "known", project: name, known: undefined } as const;
    const known = await listNotOlder(ageMs, signal);
    return { ...(await meantProject(name, known, undefined)), known };
  };
  return {
    current,
    refresh: () => {
      found = undefined;
      projects.clear();
    },
    refusePrivate: async () => {
      for (const folder of new Set([...(await hostFolders(deps)), deps.workingFolder])) {
        const project = projects.get(folder) ?? deps.resolveProject(folder);
        projects.set(folder, project);
        if (await deps.isPrivate({ folder, project: await project })) throw privateError();
      }
    },
    forRead: async (argument, signal) => {
      if (argument === undefined) {
        const project = await current();
        return project === null ? {} : { project };
      }
      if (argument === "") return { project: null };
      const soon = await meant(argument, signal, LIST_KEPT_MS);
      const named = soon.is === "known" ? soon : await meant(argument, signal);
      return { project: named.is === "several" ? argument : named.project };
    },
    forSave: async (argument, signal) => {
      if (argument === undefined) return { project: await current(), isNew: false };
      if (argument === "") return { project: null, isNew: false };
      if (argument === EVERY_PROJECT) throw everyProjectError();
      const named = await meant(argument, signal);
      if (named.is === "several") throw severalError(named.projects, named.known);
      const isListed = named.known?.names.includes(named.project) === true;
      if (!isListed && WORDS_FOR_NONE.has(argument.trim().toLowerCase())) throw noProjectError(argument);
      if (named.is === "unknown" && named.nearest.length > 0)
        throw slipError(argument, eitherQuoted(named.nearest, named.known));
      return { project: named.project, isNew: named.is !== "known" };
    },
    missing: async (argument, signal) => {
      if (argument === undefined || argument === "") return undefined;
      const named = await meant(argument, signal);
      if (named.is === "several") {
        const { message, hint } = severalError(named.projects, named.known);
        return `${message}: ${hint}.`;
      }
      if (named.is !== "unknown") return undefined;
      const question =
        named.nearest.length === 0 ? "" : ` Did you mean ${eitherQuoted(named.nearest, named.known)}?`;
      return `There is no project ${quotedProject(argument)}.${question}`;
    },
  };
}

/** A client that may write and not read is told of none: what it names is taken as it is. */
async function visibleProjects(daemon: DaemonLink, signal: AbortSignal | undefined): Promise<KnownProjects> {
  try {
    const answer = await daemon.call("memory.projects", {}, signal);
    return { names: projectNames(answer), isCut: answer.more === true };
  } catch (error) {
    if (!hasCode(error, "SCOPE_DENIED")) throw error;
    return { names: [], isCut: true };
  }
}

/** No more of paths than tells projects apart: hosts keep errors where others may read them, and a path names users. */
function eitherQuoted(projects: readonly string[], known: KnownProjects): string {
  return eitherOf(projects.map((project) => quotedWithin(project, known.names)));
}

function severalError(projects: readonly string[], known: KnownProjects): KeepsakeError {
  const hint = `name ${eitherQuoted(projects, known)}, or leave project out for the current one`;
  return ambiguousProjectError("INVALID_PARAMS", projects.length, hint);
}

function everyProjectError(): KeepsakeError {
  return new KeepsakeError(
    "INVALID_PARAMS",
    `project "${EVERY_PROJECT}" is for reading: a memory belongs to one`,
    {
      hint: 'leave project out for the current one, name one, or give "" for none',
    },
  );
}

function noProjectError(typed: string): KeepsakeError {
  return new KeepsakeError("INVALID_PARAMS", `there is no project ${quotedProject(typed)}`, {
    hint: 'leave project out for the current one, name one, or give "" for none',
  });
}

function slipError(typed: string, nearest: string): KeepsakeError {
  return new KeepsakeError("INVALID_PARAMS", `there is no project ${quotedProject(typed)}`, {
    hint: `did you mean ${nearest}? leave project out for the current one, or give the path of a folder that is there`,
  });
}

function privateError(): KeepsakeError {
  return new KeepsakeError(
    "SCOPE_DENIED",
    "the user keeps this place private: nothing is recalled or saved here",
    {
      hint: 'go on without memory; the user ends it with "keepsake private off" in a terminal',
    },
  );
}

/** What the host names: its variable first, then each root. */
async function hostFolders(deps: ProjectScopeDeps): Promise<readonly string[]> {
  const roots = (await deps.roots()).flatMap((uri) => attempt(() => fileURLToPath(uri)) ?? []);
  const { hostFolder: named } = deps;
  return named !== undefined && isAbsolute(named) ? [named, ...roots] : roots;
}
