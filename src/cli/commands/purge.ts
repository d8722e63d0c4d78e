import { command } from "../framework/command.ts";
import { jsonOption } from "../options/output-options.ts";
import { confirmed, yesOption } from "../asking/agreement.ts";
import { printJson } from "../output/json.ts";
import { counted } from "../../base/shown-values.ts";
import { reportRecords, withProgress } from "../output/long-work.ts";

export const purge = command({
  name: "purge",
  group: "vault",
  summary: "Erase everything forgotten from the disk: live records are sealed anew under a new key.",
  details: ["Happens by itself within a day after a forget. Reads and writes go on meanwhile."],
  arguments: [],
  options: { ...yesOption, ...jsonOption },
  examples: [["keepsake purge --yes", "now, without being asked"]],
  run: async ({ options }, context) => {
    const client = await context.connect("start");
    const answer = await confirmed(
      context,
      options.yes,
      (confirmationToken) =>
        withProgress(context, "purging", (how) =>
          client.call("vault.purge", confirmationToken === undefined ? {} : { confirmationToken }, how),
        ),
      ({ targetCount }) =>
        `Seal ${counted(targetCount, "record")} anew and erase everything forgotten? It cannot be undone.`,
    );
    if (answer.status !== "purged") return 0;
    if (options.json) {
      printJson(context.screen.out, answer);
      return 0;
    }
    return reportRecords(answer.records, answer.damage, "purged; sealed anew", context);
  },
});
