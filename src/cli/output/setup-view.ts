/** What set-up found, would do and did, for people and as JSON. */
import { attempt } from "../../base/attempt.ts";
import { visibleLine } from "../../base/visible-text.ts";
import type { ClientScope } from "../../protocol/method.ts";
import type { HostClient } from "../../setup/host-client.ts";
import type { FilePlan, FileState, HostPlan } from "../../setup/plan.ts";
import type { Registration } from "../../setup/registration.ts";
import type { RemovalKind, RemovalPlan } from "../../setup/remove.ts";
import type { Sink } from "../context.ts";
import { grantWords } from "./client-words.ts";
import type { Cell } from "./text-table.ts";

type FileChange = "create" | "add" | "rewrite";

const NEW = "+";
/** A tab as it is shown: any other sign of control is spelled out. */
const TAB = "    ";

const STATES: Readonly<Record<FileState, string>> = {
  absent: "not set up",
  registered: "set up",
  outdated: "set up by another version",
  changed: "changed by somebody else",
  broken: "cannot be read",
};

const REMOVALS: Readonly<Record<RemovalKind, string>> = {
  restore: "put back byte for byte:",
  delete: "delete:",
  "take out": "changed since, take out only what is keepsake's:",
  "set aside": "changed since, set aside as it is:",
  leave: "not written by set-up, left as it is:",
};

/** None where set-up refuses. */
export function fileChanges(plan: HostPlan): readonly { readonly path: string; readonly does: FileChange }[] {
  if (plan.state === "broken" || plan.state === "changed") return [];
  return plan.files.flatMap((file) => {
    const does = changeOf(file);
    return does === undefined ? [] : [{ path: file.document.path, does }];
  });
}

/** The change as it would be written, what is added marked with +. */
export function printChanges(out: Sink, plan: HostPlan): void {
  const { bold, good } = out.style;
  for (const file of plan.files) {
    const does = changeOf(file);
    if (does === undefined) continue;
    out.write(`${bold(`${does} ${visibleLine(file.document.path)}`)}\n`);
    for (const line of addedLines(file))
      out.write(`${good(`+ ${visibleLine(line.replaceAll("\t", TAB))}`)}\n`);
  }
}

/** What changes that is keepsake's own: the launcher and the host's client. */
export function printOwnChanges(
  out: Sink,
  { host, launcher }: HostPlan,
  own: { readonly path: string; readonly client: HostClient; readonly scopes: readonly ClientScope[] },
): void {
  const { path, client, scopes } = own;
  const { bold } = out.style;
  if (launcher !== "ready") {
    const does = launcher === "absent" ? "create" : "rewrite";
    out.write(`${bold(`${does} ${visibleLine(path)}`)}, the program that every host starts\n`);
  }
  if (client.state === "there") return;
  const does = client.state === "absent" ? "add" : "replace";
  const why = client.state === "absent" ? "" : `; now ${visibleLine(client.fault.message)}`;
  out.write(`${bold(`${does} the client ${host.id}`)}, which ${grantWords({ scopes: [...scopes] })}${why}\n`);
}

/** What became of a host that keepsake was taken out of. */
export function removalWords(title: string, { steps, hasRecord }: RemovalPlan): string {
  if (steps.length === 0 && !hasRecord) return `${title} is not set up`;
  if (steps.some(({ does }) => does === "leave"))
    return `what set-up wrote is out of ${title}; what it did not write is still there`;
  const isAsBefore = steps.every(({ does }) => does === "restore" || does === "delete");
  return isAsBefore ? `${title} is as it was` : `keepsake is out of ${title}; what was changed since is kept`;
}

export function printRemoval(out: Sink, { steps }: RemovalPlan): void {
  for (const { path, does } of steps) out.write(`${out.style.bold(REMOVALS[does])} ${visibleLine(path)}\n`);
}

/** One host of the table. */
export function hostRow(
  { host, isFound, state, fault, hooks }: Registration,
  plan: HostPlan,
  { style: { bold, dim, good, warn } }: Sink,
): readonly Cell[] {
  const changes = fileChanges(plan).length;
  const would =
    changes === 0
      ? ""
      : `"keepsake setup ${host.id}" changes ${changes === 1 ? "a file" : `${changes} files`}`;
  const idle = state === "registered" ? idleWords(hooks) : undefined;
  const said = idle ?? fault ?? launcherWords(plan) ?? STATES[state];
  const found = isFound ? "found" : plan.isOnPath ? "installed, not started yet" : "not found";
  return [
    { text: host.id, style: bold },
    { text: found, ...(isFound ? {} : { style: dim }) },
    {
      text: visibleLine(said),
      style: state === "registered" && idle === undefined ? good : state === "absent" ? dim : warn,
    },
    { text: isFound || plan.isOnPath ? would : "", style: dim },
  ];
}

function idleWords(hooks: Registration["hooks"]): string | undefined {
  if (hooks?.switchedOff !== undefined) return "set up; its hooks are switched off";
  return hooks?.trust === "not reviewed" ? "set up; its hooks are not trusted yet" : undefined;
}

/** Where all of the host's own files are as they should be. */
function launcherWords({ files, launcher }: HostPlan): string | undefined {
  const isRegistered = files.every(({ state }) => state === "registered");
  return isRegistered && launcher !== "ready"
    ? 'set up; "keepsake doctor" says what is wrong with the program it starts'
    : undefined;
}

export function hostJson(registration: Registration, plan: HostPlan) {
  const { host, isFound, state, fault, server, hooks } = registration;
  return {
    host: host.id,
    found: isFound,
    state,
    ...(fault !== undefined && { fault }),
    ...(server !== undefined && { command: server.command, args: server.args }),
    ...(hooks !== undefined && {
      hooks: {
        state: hooks.state,
        trust: hooks.trust ?? "not needed",
        ...(hooks.switchedOff !== undefined && { off: true }),
      },
    }),
    changes: fileChanges(plan),
  };
}

function changeOf({ file, draft }: FilePlan): FileChange | undefined {
  if (draft === undefined) return undefined;
  if (file?.text === undefined) return "create";
  return draft.base === file.text ? "add" : "rewrite";
}

/** Of each line what is new in it; a comma behind what was there is not worth a line, and nothing else of the person's is shown. */
function addedLines({ draft }: FilePlan): readonly string[] {
  if (draft === undefined) return [];
  const { base = "", text, splices } = draft;
  const isNew = splices.reduce(
    (marks, { at, removed, inserted }) =>
      marks.slice(0, at) + NEW.repeat(inserted.length) + marks.slice(at + removed.length),
    " ".repeat(base.length),
  );
  let at = 0;
  return text.split("\n").flatMap((line) => {
    const marks = isNew.slice(at, at + line.length);
    at += line.length + 1;
    return newParts(line, marks).filter((part) => !/^[\s,]*$/.test(part));
  });
}

function newParts(line: string, marks: string): readonly string[] {
  if (!marks.includes(" ")) return [line.trimEnd()];
  return [...marks.matchAll(/\++/g)].flatMap(({ 0: run, index }) =>
    spreadOut(line.slice(index, index + run.length)),
  );
}

/** What was put between others on one line, on as many lines as people write JSON on. */
function spreadOut(part: string): readonly string[] {
  const bare = part.replaceAll(/^[\s,]+|[\s,]+$/g, "");
  const isMember = bare.startsWith('"');
  const value = attempt(() => JSON.parse(isMember ? `{${bare}}` : bare) as object);
  if (value === undefined) return [part.trimEnd()];
  const lines = JSON.stringify(value, null, 2).split("\n");
  return isMember ? lines.slice(1, -1) : lines;
}
