import { ERRORS } from "../../base/errors.ts";
import { command } from "../framework/command.ts";
import { jsonOption } from "../options/output-options.ts";
import { printJson } from "../output/json.ts";
import { reportError, reportHint } from "../output/report-error.ts";
import { isWhole, refusalError, reportRecords, withProgress } from "../output/long-work.ts";

export const verify = command({
  name: "verify",
  group: "vault",
  summary: "Read and authenticate every record.",
  details: ["Exits with 7 when something is damaged or missing, and names it."],
  arguments: [],
  options: { ...jsonOption },
  examples: [["keepsake verify", "after a crash of the disk or the machine"]],
  run: async ({ options }, context) => {
    const client = await context.connect("start");
    const answer = await withProgress(context, "verifying", (how) => client.call("vault.verify", {}, how));
    if (options.json) printJson(context.screen.out, answer);
    else reportRecords(answer.records, answer.damage, answer.ok ? "all of it is sound" : "read", context);
    if (answer.ok) return 0;
    const { readOnly, damage } = answer;
    if (readOnly !== undefined) {
      reportError(context.screen.err, refusalError(readOnly));
      // A disk that is full damages nothing.
      return (isWhole(damage) ? ERRORS[readOnly.code] : ERRORS.VAULT_DAMAGED).exit;
    }
    reportHint(context.screen.err, 'run "keepsake repair" to keep what is sound');
    return ERRORS.VAULT_DAMAGED.exit;
  },
});
