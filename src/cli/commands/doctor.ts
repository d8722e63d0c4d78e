import { KeepsakeError } from "../../base/errors.ts";
import type { Ways } from "../../doctor/patient.ts";
import { HOST_IDS } from "../../setup/hosts/host-ids.ts";
import { yesOption } from "../asking/agreement.ts";
import { choice, command, flag } from "../framework/command.ts";
import { jsonOption } from "../options/output-options.ts";
import { examinedJson, hasFailed, printExamined } from "../output/doctor-view.ts";
import { printJson } from "../output/json.ts";

const EXIT_FAILED = 1;

export const doctor = command({
  name: "doctor",
  group: "set-up",
  summary: "Examine everything between the hosts and the vault, and say what mends it.",
  details: [
    "Looks at the folders, the disk, the daemon, the versions, the clock, the vault, the keychain and what is private. For each host that is set up it makes a real call through the host's own registration, with the environment that the host has; runs a hook; and counts the turns in the host's files of the last 30 days against those that are stored.",
    "--fix does what is harmless: it starts the daemon, writes keepsake's own launcher and registrations anew, removes files that a crash left, and imports turns that are missing once you agree. It never changes a mode, an owner, a key or anybody else's file.",
    "Exits with 1 when something has failed; a warning is none. No check takes for ever, and none that goes wrong keeps the others from being run.",
  ],
  arguments: [],
  options: {
    host: choice(HOST_IDS, "of the hosts, look at this one"),
    fix: flag("mend what can be mended without harm"),
    ...yesOption,
    ...jsonOption,
  },
  examples: [
    ["keepsake doctor", "what is wrong, and what mends it"],
    ["keepsake doctor --host codex --fix", "mend how Codex starts keepsake"],
    ["keepsake doctor --json | jq '.checks[] | select(.outcome == \"failure\")'", "what has failed"],
  ],
  run: async ({ options }, context) => {
    const { fix: fixes, yes, json } = options;
    if (yes && !fixes) throw new KeepsakeError("USAGE", "--yes goes with --fix");
    const [{ examine }, { createPatient }, { SETUP_HOSTS }] = await Promise.all([
      import("../../doctor/examine.ts"),
      import("../../doctor/patient.ts"),
      import("../../setup/hosts/host-table.ts"),
    ]);
    const { screen, ask } = context;
    let progress = context.progress("looking at");
    let stage = "";
    const turnsBelow: Ways["turnsBelow"] = async (folders, host, changed, onRead) => {
      const { turnsOfHost } = await import("../../capture/host-turns.ts");
      const privatePlaces = await context.privatePlaces();
      return turnsOfHost(await context.connect("running"), {
        folders,
        host,
        changed,
        onRead,
        environment: context.environment,
        isPrivate: (where, when) => privatePlaces.wasPrivate(where, when),
        signal: context.signal,
      });
    };
    const patient = createPatient({ ...context, turnsBelow }, (done, total) =>
      progress.update({ stage, done, total }),
    );
    const examined = [];
    try {
      const found = examine(patient, {
        host: SETUP_HOSTS.find(({ id }) => id === options.host),
        onCheck: (name, done, total) => {
          stage = name;
          progress.update({ stage, done, total });
        },
        mayFix: async ({ asks }) => {
          if (!fixes || asks === undefined || yes) return fixes;
          progress.stop();
          const agrees = (await ask?.confirm(asks, true)) ?? false;
          progress = context.progress("looking at");
          return agrees;
        },
      });
      for await (const each of found) examined.push(each);
    } finally {
      progress.stop();
    }
    if (json) printJson(screen.out, examinedJson(examined));
    else printExamined(examined, screen);
    return hasFailed(examined) ? EXIT_FAILED : 0;
  },
});
