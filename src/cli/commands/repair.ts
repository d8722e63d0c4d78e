import { command, flag } from "../framework/command.ts";
import { jsonOption } from "../options/output-options.ts";
import { agree, yesOption } from "../asking/agreement.ts";
import { printJson } from "../output/json.ts";
import { reportRecords, withProgress } from "../output/long-work.ts";

export const repair = command({
  name: "repair",
  group: "vault",
  summary: "Keep every record that still authenticates and say exactly what does not.",
  details: [
    "What does not authenticate is left behind for good. Run keepsake verify first, and keep a copy.",
  ],
  arguments: [],
  options: {
    acceptRollback: flag("accept a vault that is older than the last state keepsake wrote"),
    ...yesOption,
    ...jsonOption,
  },
  examples: [["keepsake repair", "after keepsake verify found damage"]],
  run: async ({ options }, context) => {
    const { acceptRollback, yes, json } = options;
    const client = await context.connect("start");
    if (!yes) await agree(context, "Leave behind for good what does not authenticate?");
    const answer = await withProgress(context, "repairing", (how) =>
      client.call("vault.repair", { acceptRollback }, how),
    );
    if (json) printJson(context.screen.out, answer);
    else reportRecords(answer.records, answer.damage, "kept", context);
  },
});
