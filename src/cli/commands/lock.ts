import { hasCode } from "../../base/errors.ts";
import { isDaemonAbsent, silentDaemonError } from "../../client/absent.ts";
import { command } from "../framework/command.ts";
import { jsonOption } from "../options/output-options.ts";
import { printJson } from "../output/json.ts";

export const lock = command({
  name: "lock",
  group: "vault",
  summary: "Close the vault: every key leaves memory.",
  details: [
    "Never starts the daemon: without one nothing is open.",
    "Exits with 3 when the daemon runs but does not answer: the vault may be open then.",
  ],
  arguments: [],
  options: { ...jsonOption },
  examples: [["keepsake lock", "close it now"]],
  run: async ({ options }, context) => {
    const { out } = context.screen;
    try {
      const client = await context.connect("running");
      const { state } = await client.call("vault.lock", {}, { signal: context.signal });
      if (options.json) printJson(out, { state });
      else out.write(state === "missing" ? "there is no vault yet\n" : "locked\n");
    } catch (error) {
      if (!hasCode(error, "DAEMON_UNREACHABLE")) throw error;
      if (!isDaemonAbsent(error)) throw silentDaemonError(error);
      if (options.json) printJson(out, { state: "stopped" });
      else out.write("nothing is open: the daemon does not run\n");
    }
  },
});
