import { ERRORS, isErrorCode, KeepsakeError } from "../../base/errors.ts";
import { CLIENT_ID_PATTERN, CLIENT_ID_RULE } from "../../base/client-id.ts";
import { asTyped } from "../../base/visible-text.ts";
import { counted, formatTime, grouped } from "../../base/shown-values.ts";
import { parseTime } from "../../client/spoken-times.ts";
import type { ParamsInput, Result } from "../../protocol/method-table.ts";
import { METHOD_NAMES } from "../../protocol/method-table.ts";
import { command, flag, integer, text } from "../framework/command.ts";
import type { Values } from "../framework/command.ts";
import { notOneOfError } from "../framework/not-one-of.ts";
import type { Context, Style } from "../context.ts";
import { listFormat, listOutputOptions } from "../options/output-options.ts";
import { printJson, printJsonLines } from "../output/json.ts";
import { withProgress } from "../output/long-work.ts";
import { reportHint } from "../output/report-error.ts";
import { formatTable, headings } from "../output/text-table.ts";

type Entry = Result<"audit.list">["entries"][number];
type Verified = Result<"audit.verify">;

const MAX_LISTED = 1_000;
/** `memory.forget`, and `memory` for all of its group. */
const METHODS_AND_GROUPS: ReadonlySet<string> = new Set(
  METHOD_NAMES.flatMap((name) => [name, name.split(".")[0] ?? name]),
);
const NOT_FOUND_EXIT = ERRORS.NOT_FOUND.exit;

const HEADINGS = ["number", "when", "client", "asked for", "came to", "more"];

const auditOptions = {
  client: text("ID", "only what this client asked for"),
  method: text("NAME", "only this method, such as memory.forget", { completes: METHOD_NAMES }),
  code: text("CODE", "only what ended with this error code", { completes: Object.keys(ERRORS) }),
  failed: flag("only what was refused or failed"),
  after: text("TIME", "at or after: 7d, last week, 2026-05, 2026-05-03T14:00"),
  before: text("TIME", "before"),
  limit: integer("N", "how many at most", { min: 1, max: MAX_LISTED }),
  verify: flag("check that nothing was removed, changed, reordered or cut off"),
  ...listOutputOptions,
};

export const audit = command({
  name: "audit",
  group: "vault",
  summary: "List who asked for what; never what a memory, query or project holds.",
  details: [
    "Newest first. With --verify it checks the chain of all entries instead, and exits with 7 when something was removed, changed, reordered or cut off, and names it.",
    "In a pipe an entry is a line: number, time, client, method, outcome, error code, how many times, trace id and ids, parted by tabs.",
    "Entries are kept for 90 days unless audit.days is set, and no more than 64 MiB of them.",
  ],
  arguments: [],
  options: auditOptions,
  examples: [
    ["keepsake audit --failed --after yesterday", "what was refused since"],
    ["keepsake audit --method memory.forget --jsonl", "every forget, for another program"],
    ["keepsake audit --verify", "after a suspicion"],
  ],
  run: ({ options }, context) => (options.verify ? verify(options, context) : list(options, context)),
});

async function list(options: Values<typeof auditOptions>, context: Context): Promise<number> {
  const format = listFormat(options);
  const params = await queryOf(options, context);
  const client = await context.connect("start");
  const answer = await client.call("audit.list", params, { signal: context.signal });
  const { entries, more, begins } = answer;
  const { out, err, lineWidth } = context.screen;
  if (format === "json") printJson(out, answer);
  else if (format === "jsonl") printJsonLines(out, entries);
  else if (out.isTerminal)
    out.write(
      formatTable(
        [
          ...(entries.length > 0 ? [headings(HEADINGS, out.style)] : []),
          ...entries.map((entry) => row(entry, out.style)),
        ],
        lineWidth,
      ),
    );
  else out.write(entries.map((entry) => `${plainCells(entry).join("\t")}\n`).join(""));
  if (entries.length === 0) {
    reportHint(err, `nothing of that is on record since ${formatTime(begins.since)}`);
    return NOT_FOUND_EXIT;
  }
  if (out.isTerminal && format === "text" && more) {
    reportHint(err, `there are more; --limit takes up to ${grouped(MAX_LISTED)}, --before goes further back`);
  }
  return 0;
}

async function verify(options: Values<typeof auditOptions>, context: Context): Promise<number> {
  const { verify: _verify, ...others } = options;
  const format = listFormat(options);
  const isFiltered = Object.entries(others).some(
    ([name, value]) => name !== "json" && name !== "jsonl" && value !== undefined && value !== false,
  );
  if (isFiltered) throw new KeepsakeError("USAGE", "--verify checks all of the record: it takes no filter");
  const client = await context.connect("start");
  const answer = await withProgress(context, "verifying", (how) => client.call("audit.verify", {}, how));
  const { out } = context.screen;
  if (format === "json") printJson(out, answer);
  else if (format === "jsonl") printJsonLines(out, answer.problems);
  else report(answer, context);
  return answer.ok ? 0 : ERRORS.VAULT_DAMAGED.exit;
}

function report({ ok, entries, problems, problemCount, begins }: Verified, { screen }: Context): void {
  const { out, err } = screen;
  const span = `${counted(entries, "entry", "entries")} since ${formatTime(begins.since)}`;
  out.write(ok ? `the record is whole: ${span}\n` : `${span}\n`);
  for (const { kind, from, to } of problems) {
    const which = from === to ? `entry ${grouped(from)}` : `entries ${grouped(from)} to ${grouped(to)}`;
    const how =
      kind === "truncated" ? `cut off at the end: ${which}` : `${which} ${was(from === to)} ${kind}`;
    out.write(`${out.style.bad(how)}\n`);
  }
  if (problems.length < problemCount) out.write(`and ${grouped(problemCount - problems.length)} more\n`);
  if (begins.reason === "size") {
    reportHint(err, "older entries had to make room for newer ones before their time");
  }
}

function was(isOne: boolean): string {
  return isOne ? "was" : "were";
}

/** @throws USAGE */
async function queryOf(
  { client, method, code, failed, after, before, limit }: Values<typeof auditOptions>,
  { clock }: Context,
): Promise<ParamsInput<"audit.list">> {
  const reading = { now: clock.now(), direction: "past" } as const;
  if (client !== undefined && !CLIENT_ID_PATTERN.test(client))
    throw new KeepsakeError("USAGE", `${CLIENT_ID_RULE}, not ${asTyped(client)}`);
  if (method !== undefined && !METHODS_AND_GROUPS.has(method)) {
    throw notOneOfError("--method takes a name such as memory.forget", method, [...METHODS_AND_GROUPS]);
  }
  const named = code?.toUpperCase();
  if (named !== undefined && !isErrorCode(named)) {
    throw notOneOfError("--code takes an error code of docs/errors.md", code ?? "", Object.keys(ERRORS));
  }
  return {
    failed,
    ...(client !== undefined && { client }),
    ...(method !== undefined && { method }),
    ...(named !== undefined && { code: named }),
    ...(after !== undefined && { after: await parseTime(after, "--after", reading) }),
    ...(before !== undefined && { before: await parseTime(before, "--before", reading) }),
    ...(limit !== undefined && { limit }),
  };
}

/** For a pipe: as many cells in every line, empty where there is nothing. */
function plainCells({
  sequence,
  at,
  client,
  method,
  outcome,
  code,
  times,
  traceId,
  ids,
}: Entry): readonly string[] {
  return [
    String(sequence),
    at,
    client ?? "",
    method ?? "",
    outcome,
    code ?? "",
    times === undefined ? "" : String(times),
    traceId ?? "",
    (ids ?? []).join(" "),
  ];
}

function row(entry: Entry, style: Style) {
  const { sequence, at, client, method, outcome, code } = entry;
  const isBad = code !== undefined;
  return [
    { text: grouped(sequence).padStart((HEADINGS[0] ?? "").length), style: style.dim },
    { text: formatTime(at) },
    { text: client ?? "nobody", style: style.bold },
    { text: method ?? "no method" },
    { text: code ?? outcome, style: isBad ? style.bad : outcome === "done" ? style.good : style.warn },
    { text: detailsOf(entry), style: style.dim },
  ];
}

function detailsOf({
  times,
  milliseconds,
  count,
  ids,
  idempotency,
  confirmation,
  sealed,
  traceId,
  code,
}: Entry): string {
  const details = [
    times === undefined ? undefined : `${grouped(times)} times`,
    count === undefined ? undefined : `${grouped(count)} of them`,
    ids === undefined ? undefined : ids.map((id) => id.slice(0, 8)).join(" "),
    confirmation === undefined ? undefined : `confirmation ${confirmation}`,
    idempotency === undefined ? undefined : `key ${idempotency}`,
    milliseconds === undefined || times !== undefined ? undefined : `${grouped(milliseconds)} ms`,
    sealed === undefined ? undefined : "while locked",
    code === "INTERNAL" ? `trace ${traceId ?? ""}` : undefined,
  ];
  return details.filter((each) => each !== undefined).join(", ");
}
