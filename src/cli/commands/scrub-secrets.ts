import type { Result } from "../../protocol/method-table.ts";
import { counted, formatTime, grouped } from "../../base/shown-values.ts";
import { command, flag } from "../framework/command.ts";
import type { Sink } from "../context.ts";
import { confirmed, yesOption } from "../asking/agreement.ts";
import { jsonOption } from "../options/output-options.ts";
import { printJson } from "../output/json.ts";
import { reportRecords, withProgress } from "../output/long-work.ts";
import { shortProject } from "../output/memory-view.ts";
import { formatTable } from "../output/text-table.ts";
import { reportHint } from "../output/report-error.ts";

type Found = Extract<Result<"memory.scrub">, { status: "found" }>;

export const scrub = command({
  name: "scrub",
  group: "vault",
  summary: "Find secrets in what is stored already, and replace them in place.",
  details: [
    "New memories are stored without secrets. This is for what came before, and for what was kept with --keep-secrets.",
    "Lists what it finds by kind and place, never a secret; asks; then puts [redacted: kind] in place of each, in all versions, and purges, so that nothing of them is left on the disk. Ids, times and trust stay.",
    "Copies elsewhere, such as backups and exports, still hold them: a secret that was stored is best replaced where it is used.",
  ],
  arguments: [],
  options: {
    dryRun: flag("only list what it finds"),
    forget: flag("forget the memories that hold secrets instead"),
    ...yesOption,
    ...jsonOption,
  },
  examples: [
    ["keepsake scrub --dry-run", "what there is"],
    ["keepsake scrub --yes --json | jq .secrets", "how many were replaced, without being asked"],
  ],
  run: async ({ options: { dryRun, forget, yes, json } }, context) => {
    const client = await context.connect("start");
    const { out, err } = context.screen;
    const listed = await withProgress(context, "looking", (how) =>
      client.call("memory.scrub", { dryRun: true }, how),
    );
    if (listed.status !== "found") return 0;
    if (json && (dryRun || listed.secrets === 0)) printJson(out, listed);
    const isAsked = !dryRun && !yes && listed.secrets > 0;
    if (!json) printFound(out, listed);
    else if (isAsked) printFound(err, listed);
    if ((listed.unread ?? 0) > 0)
      reportHint(err, `${counted(listed.unread ?? 0, "record")} cannot be read and was left out`);
    if (listed.secrets === 0 && listed.purgePending === true) {
      reportHint(err, 'what was scrubbed or forgotten before is on the disk until "keepsake purge"');
    }
    if (dryRun || listed.secrets === 0) return 0;
    const answer = await confirmed(
      context,
      yes,
      (confirmationToken) =>
        withProgress(context, "scrubbing", (how) =>
          client.call(
            "memory.scrub",
            { forget, ...(confirmationToken !== undefined && { confirmationToken }) },
            how,
          ),
        ),
      ({ targetCount }) =>
        forget
          ? `Forget what holds secrets (${counted(targetCount, "record")}), with all versions, and purge? It cannot be undone.`
          : `Replace secrets in ${counted(targetCount, "record")} and purge? It cannot be undone.`,
    );
    if (answer.status !== "scrubbed") return 0;
    if (json) {
      printJson(out, answer);
      return 0;
    }
    const what = forget
      ? `forgot ${counted(answer.forgotten, "memory", "memories")}`
      : `replaced ${counted(answer.secrets, "secret")}`;
    return reportRecords(answer.records, answer.damage, `${what}, purged; sealed anew`, context);
  },
});

function printFound(out: Sink, { memories, secrets, kinds, places }: Found): void {
  const { bold, dim } = out.style;
  if (secrets === 0) {
    out.write("no secrets found\n");
    return;
  }
  out.write(`${counted(secrets, "secret")} in ${counted(memories, "record")}\n`);
  const rows = kinds.map(({ kind, count }) => [
    { text: grouped(count).padStart(9), style: bold },
    { text: kind },
  ]);
  out.write(formatTable(rows, Infinity));
  const listed = places.map(({ id, kind, project, at, secrets: held }) => [
    { text: id, style: dim },
    { text: formatTime(at) },
    { text: shortProject(project) },
    { text: kind },
    { text: held.join(", ") },
  ]);
  out.write(formatTable(listed, Infinity));
  if (memories > places.length) out.write(`${dim(`and ${grouped(memories - places.length)} more`)}\n`);
}
