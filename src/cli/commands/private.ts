import { realpath, stat } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { KeepsakeError } from "../../base/errors.ts";
import { asTyped } from "../../base/visible-text.ts";
import { livingFolder, resolveProject } from "../../client/projects/project.ts";
import type { Whereabouts } from "../../platform/privacy/privacy.ts";
import { endingCommand } from "../../platform/privacy/ending-privacy.ts";
import type { Privacy, PrivateKind } from "../../platform/privacy/privacy.ts";
import { isValid } from "../../protocol/client-view.ts";
import { parseExpiry } from "../../client/spoken-times.ts";
import type { Context } from "../context.ts";
import { command, flag, optional, text } from "../framework/command.ts";
import type { Values } from "../framework/command.ts";
import { jsonOption } from "../options/output-options.ts";
import { givenPath } from "../options/given-path.ts";
import { printJson } from "../output/json.ts";

const THIS_SESSION = "this";
const SESSION_VARIABLES = ["CLAUDE_CODE_SESSION_ID", "GEMINI_SESSION_ID"];

const whatOptions = {
  project: flag("the whole project of the folder, with all its worktrees"),
  session: text("ID", 'one conversation; "this" is the one the command is run in by its host'),
  everywhere: flag("everything, wherever it is said"),
};
const folderArgument = optional(
  "folder",
  "the folder, with all below it; the current one unless given",
  "file",
);

/** What is meant, and how it is called in the answer. */
interface Meant {
  readonly kind: PrivateKind;
  readonly names: readonly [string, ...string[]];
  readonly called: string;
}

const details = [
  "What is said in a private place is not captured by hooks, not imported, and not saved by assistants; nothing is recalled there unless you search yourself in a terminal. Only a keyed mark of its name is kept.",
];

export const privateOn = command({
  name: "private on",
  group: "memories",
  summary: "Keep a folder, a project, a session or everything private from now on.",
  details,
  arguments: [folderArgument],
  options: {
    ...whatOptions,
    for: text("TIME", "until then, such as 2h or tomorrow; until you end it unless given"),
    ...jsonOption,
  },
  examples: [
    ["keepsake private on", "nothing of this folder is captured or recalled"],
    ["keepsake private on --session this", "of this conversation alone, from inside it"],
    ["keepsake private on --everywhere --for 2h", "of everything, for two hours"],
  ],
  run: async ({ words, options }, context) => {
    const meant = await whatIsMeant(words[0], options, context);
    const now = context.clock.now();
    const end = options.for;
    const until =
      end === undefined ? undefined : Date.parse(await parseExpiry(end, "--for", { now, edge: "end" }));
    await (await context.privatePlaces()).begin(meant.kind, meant.names, now, until ?? null);
    const { out } = context.screen;
    const at = until === undefined ? undefined : new Date(until).toISOString();
    if (options.json)
      printJson(out, { private: true, kind: meant.kind, ...(at !== undefined && { until: at }) });
    else out.write(`${meant.called} is private${untilWhen(until)}\n`);
  },
});

export const privateOff = command({
  name: "private off",
  group: "memories",
  summary: "End it: what is said from now on is captured and recalled again.",
  details: ["What was said meanwhile stays private, also for a later import."],
  arguments: [folderArgument],
  options: { ...whatOptions, ...jsonOption },
  examples: [["keepsake private off", "this folder is captured again"]],
  run: async ({ words, options }, context) => {
    const meant = await whatIsMeant(words[0], options, context);
    const now = context.clock.now();
    const places = await context.privatePlaces();
    const wasPrivate = await places.end(meant.kind, meant.names, now);
    const still = await places.privacyOf(whereaboutsOf(meant), now);
    const { out } = context.screen;
    if (options.json) printJson(out, { private: still !== undefined, kind: meant.kind, ended: wasPrivate });
    else
      out.write(
        `${wasPrivate ? `${meant.called} is no longer private` : `${meant.called} was not private`}\n`,
      );
    if (still !== undefined && !options.json) out.write(`${reasonOf(still)}\n`);
  },
});

export const privateStatus = command({
  name: "private status",
  group: "memories",
  summary: "Say whether this place is private, and why.",
  arguments: [folderArgument],
  options: { session: whatOptions.session, ...jsonOption },
  examples: [["keepsake private status", "whether this folder is captured and recalled"]],
  run: async ({ words, options }, context) => {
    const [folder] = await folderNames(words[0], context);
    const session = options.session === undefined ? ownSession(context) : sessionOf(options.session, context);
    const project = await resolveProject(folder);
    const now = context.clock.now();
    const places = await context.privatePlaces();
    const privacy = await places.privacyOf({ folder, project, session }, now);
    const { out } = context.screen;
    if (options.json) {
      const { because, until } = privacy ?? {};
      const at = until === undefined ? {} : { until: new Date(until).toISOString() };
      const marked = places.count(now);
      printJson(out, {
        private: privacy !== undefined,
        ...(because !== undefined && { because }),
        ...at,
        marked,
      });
    } else out.write(privacy === undefined ? "this place is not private\n" : `${reasonOf(privacy)}\n`);
  },
});

/** @throws USAGE when it is more than one thing, or a session nobody knows */
async function whatIsMeant(
  given: string | undefined,
  { project, session, everywhere }: Values<typeof whatOptions>,
  context: Context,
): Promise<Meant> {
  if ([project, session !== undefined, everywhere].filter(Boolean).length > 1)
    throw new KeepsakeError("USAGE", "--project, --session and --everywhere exclude each other");
  if (given !== undefined && (session !== undefined || everywhere))
    throw new KeepsakeError("USAGE", "a folder goes with --project or alone");
  if (everywhere) return { kind: "everywhere", names: [""], called: "everything" };
  if (session !== undefined)
    return { kind: "session", names: [sessionOf(session, context)], called: "the session" };
  const folders = await folderNames(given, context);
  if (!project) return { kind: "folder", names: folders, called: "this folder, with all below it," };
  const name = await resolveProject(folders[0]);
  if (name === null) {
    throw new KeepsakeError("USAGE", "the folder is in no repository, so it has no project", {
      hint: "leave --project out to keep the folder itself private",
    });
  }
  return { kind: "project", names: [name], called: "the project" };
}

function whereaboutsOf({ kind, names: [name] }: Meant): Whereabouts {
  return kind === "everywhere" ? {} : { [kind]: name };
}

/**
 * The folder as it really is, and as it was named: a link may be gone one day, or what it leads to.
 *
 * @throws INVALID_INPUT when it is not there: one above it would be another one
 */
async function folderNames(given: string | undefined, context: Context): Promise<[string, ...string[]]> {
  const real = await livingFolder(given === undefined ? context.folder : givenPath(given, context));
  // The shell's own name of the folder it is in keeps the links that led there.
  const named = given === undefined ? context.environment["PWD"] : givenPath(given, context);
  if (named === undefined || !isAbsolute(named)) return [real];
  const isSame = (await realpath(named).catch(() => undefined)) === real;
  if (given === undefined) return isSame && named !== real ? [real, named] : [real];
  if (!isSame || !(await stat(real)).isDirectory())
    throw new KeepsakeError("INVALID_INPUT", `${asTyped(given)} is no folder`, {
      hint: "name a folder that is there, or leave it out for the current one",
    });
  return named === real ? [real] : [real, named];
}

/** @throws USAGE */
function sessionOf(given: string, context: Context): string {
  const session = given === THIS_SESSION ? ownSession(context) : given;
  if (session !== undefined && isValid("sessionName", session)) return session;
  if (session !== undefined) throw new KeepsakeError("USAGE", "--session is 1 to 256 bytes");
  throw new KeepsakeError("USAGE", "no host runs this command, so it is in no session", {
    hint: "give the session's id; a host tells it, and so does the name of its transcript",
  });
}

function ownSession({ environment }: Context): string | undefined {
  return SESSION_VARIABLES.map((name) => environment[name]).find(
    (value) => value !== undefined && value !== "",
  );
}

const REASONS: Readonly<Record<Privacy["because"], (name: string) => string>> = {
  folder: (name) => `${asTyped(name)} is private, with all below it`,
  project: (name) => `the project ${asTyped(name)} is private`,
  session: () => "this session is private",
  everywhere: () => "everything is private",
  unreadable: () => "everything is private: the list of private places cannot be read",
};

function reasonOf(privacy: Privacy): string {
  const { because, name = "", until } = privacy;
  const ending = because === "unreadable" ? "" : `; ${endingCommand(privacy)} ends it`;
  return `${REASONS[because](name)}${untilWhen(until)}${ending}`;
}

function untilWhen(until: number | undefined): string {
  return until === undefined ? "" : ` until ${new Date(until).toLocaleString("sv-SE").slice(0, 16)}`;
}
