import { KeepsakeError } from "../../base/errors.ts";
import { HOOK_HOSTS } from "../../platform/configuration.ts";
import { command, one } from "../framework/command.ts";

/** The starter `bin/keepsake.js` hands this command to a bundle of its own; it is defined here for help and pages. */
export const hook = command({
  name: "hook",
  group: "set-up",
  summary: "Answer an event of a host; what hosts call while they run.",
  details: [
    "Reads what the host says from standard input, stores what was said, also while the vault is locked, and prints what the host gives to its model. It exits with 0 and prints nothing when anything is wrong.",
    "Events by their own names: SessionStart, UserPromptSubmit, Stop and the like.",
  ],
  arguments: [one("host", HOOK_HOSTS.join(", "), HOOK_HOSTS), one("event", "the host's name of the event")],
  options: {},
  examples: [["keepsake hook claude-code UserPromptSubmit", "as Claude Code calls it"]],
  run: () => {
    throw new KeepsakeError("USAGE", "hooks are answered by a program of their own", {
      hint: 'a host calls it as "keepsake hook claude-code Stop"',
    });
  },
});
