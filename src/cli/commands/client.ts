import { CLIENT_ID_PATTERN, CLIENT_ID_RULE } from "../../base/client-id.ts";
import { KeepsakeError, hasCode } from "../../base/errors.ts";
import { asTyped } from "../../base/visible-text.ts";
import { HOSTS } from "../../client/hosts.ts";
import { SCOPES } from "../../protocol/method.ts";
import type { ClientScope } from "../../protocol/method.ts";
import type { Result } from "../../protocol/method-table.ts";
import { isValid } from "../../protocol/client-view.ts";
import { command, flag, one, texts } from "../framework/command.ts";
import { notOneOfError, unknownNameError } from "../framework/not-one-of.ts";
import type { Context, Style } from "../context.ts";
import { jsonOption, listFormat, listOutputOptions } from "../options/output-options.ts";
import { confirmed, yesOption } from "../asking/agreement.ts";
import { grantedProjects } from "../asking/save-scope.ts";
import { knownProjects, newProjectOption } from "../options/project-options.ts";
import { printJson, printJsonLines } from "../output/json.ts";
import { formatAge, formatTime } from "../../base/shown-values.ts";
import { reportHint } from "../output/report-error.ts";
import { formatTable, headings } from "../output/text-table.ts";
import { callWords, grantWords } from "../output/client-words.ts";

type Client = Result<"client.list">["clients"][number];

export const clientAdd = command({
  name: "client add",
  group: "keys and clients",
  summary: "Add a client: a named program with a token of its own.",
  details: [
    "Without --scope it may read, save and forget; without --project it sees every project. While the vault is locked a project is named by a folder that is there.",
    "A hook that hands conversations over needs no more than --capture-only; who may write may do that, too.",
  ],
  arguments: [one("id", "its name: a-z, 0-9 and hyphens")],
  options: {
    readOnly: flag("it may read and nothing else"),
    captureOnly: flag("it may hand over conversations and nothing else, not even read"),
    scope: texts("SCOPE", `${SCOPES.join(", ")}; may be given more than once`, { completes: SCOPES }),
    project: texts("NAME", "a project it may see, named as for save; may be given more than once", {
      completes: "project",
    }),
    ...newProjectOption,
    ...jsonOption,
  },
  examples: [
    ["keepsake client add claude-code --scope read --scope write", "one that cannot forget"],
    ["keepsake client add reviewer --read-only --project lantern", "one that may read one project"],
  ],
  run: async ({ words, options }, context) => {
    const id = checkedId(words[0]);
    const scopes = scopesOf(options);
    if (!options.project.every((name) => isValid("projectName", name)) || options.project.length > 64) {
      throw new KeepsakeError("USAGE", "--project takes a name on one line, at most 64 times");
    }
    const named = await grantedProjects(options.project, options.newProject, context);
    const client = await context.connect("start");
    const answer = await client.call(
      "client.add",
      {
        id,
        ...(scopes.length > 0 && { scopes: [...new Set(scopes)] }),
        ...(named.length > 0 && { projects: named }),
      },
      { signal: context.signal },
    );
    const { out, err } = context.screen;
    if (options.json) {
      printJson(out, answer);
      return;
    }
    out.write(`added ${id}: ${grantWords(answer.client)}\n`);
    if (!out.isTerminal) return;
    await hintAtUnknown(named, context);
    const [server, given] = id === "mcp" ? ["keepsake", ""] : [`keepsake-${id}`, ` --client ${id}`];
    for (const { title, addServer } of HOSTS)
      reportHint(err, `for ${title}: ${addServer(server, `keepsake-mcp${given}`)}`);
  },
});

export const clientList = command({
  name: "client list",
  group: "keys and clients",
  summary: "List clients: what each may do, when it was last seen, and how often it asked for what.",
  details: [
    "Last seen and counts come from the record of calls (see audit), which cannot be read while the vault is locked.",
  ],
  arguments: [],
  options: { ...listOutputOptions },
  examples: [["keepsake client list", "who may do what"]],
  run: async ({ options }, context) => {
    const format = listFormat(options);
    const client = await context.connect("start");
    const answer = await client.call("client.list", {}, { signal: context.signal });
    const { clients, since } = answer;
    const { out, err, lineWidth } = context.screen;
    if (format === "json") printJson(out, answer);
    else if (format === "jsonl") printJsonLines(out, clients);
    else {
      const now = context.clock.now();
      out.write(
        formatTable(
          [
            ...(out.isTerminal ? [headings(["client", "rights", "last seen", "asked for"], out.style)] : []),
            ...clients.map((each) => row(each, out.style, now)),
          ],
          lineWidth,
        ),
      );
      if (!out.isTerminal) return;
      const known =
        since === undefined
          ? 'when each was last seen is not known while the vault is locked: run "keepsake unlock"'
          : `seen and counted since ${formatTime(since)}; "keepsake audit --client ID" shows more`;
      reportHint(err, known);
    }
  },
});

export const clientRevoke = command({
  name: "client revoke",
  group: "keys and clients",
  summary: "Remove a client; its connections end at once.",
  arguments: [one("id", "its name", "client")],
  options: { ...yesOption, ...jsonOption },
  examples: [["keepsake client revoke claude-code", "asks first"]],
  run: async ({ words, options }, context) => {
    const id = checkedId(words[0]);
    const client = await context.connect("start");
    const { clients } = await client.call("client.list", {}, { signal: context.signal });
    const meant = clients.find((each) => each.id === id);
    const revoke = (confirmationToken?: string) =>
      client.call(
        "client.revoke",
        { id, ...(confirmationToken !== undefined && { confirmationToken }) },
        { signal: context.signal },
      );
    // One that is not listed may have a token file that is damaged.
    const which = meant === undefined ? "whose token file cannot be read" : `which ${grantWords(meant)}`;
    const answer = await confirmed(context, options.yes, revoke, () => `Remove ${id}, ${which}?`).catch(
      (error: unknown) => {
        if (!hasCode(error, "NOT_FOUND")) throw error;
        const known = clients.map((each) => each.id);
        throw unknownNameError("there is no client", id, known);
      },
    );
    const { out } = context.screen;
    if (options.json) printJson(out, answer);
    else out.write(`removed ${id}\n`);
  },
});

/** The client finds nothing there yet. Where it cannot be told, it is added all the same. */
async function hintAtUnknown(names: readonly string[], context: Context): Promise<void> {
  const { err } = context.screen;
  if (names.length === 0 || !err.isTerminal) return;
  try {
    const known = await knownProjects(context);
    for (const name of names.filter((each) => !known.names.includes(each)))
      reportHint(err, `no memory belongs to ${asTyped(name)} yet`);
  } catch (error) {
    if (!(error instanceof KeepsakeError)) throw error;
  }
}

function row(client: Client, style: Style, now: number) {
  const { id, activity } = client;
  return [
    { text: id, style: style.bold },
    { text: grantWords(client) },
    { text: seenWords(activity, now), style: style.dim },
    { text: activity === undefined ? "" : callWords(activity), style: style.dim },
  ];
}

function seenWords(activity: Client["activity"], now: number): string {
  if (activity === undefined) return "last seen: not known while locked";
  const { lastSeen } = activity;
  return lastSeen === undefined ? "never seen" : `last seen ${formatAge(lastSeen, now)}`;
}

/** @throws USAGE */
function scopesOf({
  scope,
  readOnly,
  captureOnly,
}: {
  readonly scope: readonly string[];
  readonly readOnly: boolean;
  readonly captureOnly: boolean;
}): ClientScope[] {
  const scopes = scope.flatMap((each) => each.split(","));
  const unknown = scopes.find((each) => !isScope(each));
  if (unknown !== undefined) throw notOneOfError(`--scope takes ${SCOPES.join(", ")}`, unknown, SCOPES);
  if ([scopes.length > 0, readOnly, captureOnly].filter(Boolean).length > 1) {
    throw new KeepsakeError("USAGE", "--scope, --read-only and --capture-only exclude each other");
  }
  if (readOnly) return ["read"];
  return captureOnly ? ["capture"] : scopes.filter(isScope);
}

/** @throws USAGE */
function checkedId(id = ""): string {
  if (!CLIENT_ID_PATTERN.test(id)) throw new KeepsakeError("USAGE", `${CLIENT_ID_RULE}, not ${asTyped(id)}`);
  return id;
}

function isScope(word: string): word is ClientScope {
  return (SCOPES as readonly string[]).includes(word);
}
