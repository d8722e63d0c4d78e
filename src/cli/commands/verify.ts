import type { ErrorCode } from "../../base/errors.ts";
import { ERRORS } from "../../base/errors.ts";
import { command } from "../framework/command.ts";
import { jsonOption } from "../options/output-options.ts";
import { dropLines } from "../output/waiting-turns.ts";
import { printJson } from "../output/json.ts";
import { reportError, reportHint } from "../output/report-error.ts";
import { isWhole, refusalError, reportRecords, withProgress } from "../output/long-work.ts";

const OF_THE_DISK: ReadonlySet<ErrorCode> = new Set(["DISK_FULL", "WRITE_FAILED", "VAULT_READ_ONLY"]);

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
    const { ok, readOnly, damage } = answer;
    // A disk that is full, or may only be read, damages nothing.
    const isSound = ok || (isWhole(damage) && readOnly !== undefined && OF_THE_DISK.has(readOnly.code));
    if (options.json) printJson(context.screen.out, answer);
    else {
      reportRecords(answer.records, damage, isSound ? "all of it is sound" : "read", context);
      for (const line of dropLines(answer.dropsSetAside)) context.screen.out.write(`${line}\n`);
    }
    if (ok) return 0;
    if (readOnly !== undefined) {
      reportError(context.screen.err, refusalError(readOnly));
      return (isWhole(damage) ? ERRORS[readOnly.code] : ERRORS.VAULT_DAMAGED).exit;
    }
    reportHint(context.screen.err, 'run "keepsake repair" to keep what is sound');
    return ERRORS.VAULT_DAMAGED.exit;
  },
});
