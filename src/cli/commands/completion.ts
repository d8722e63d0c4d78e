import { SHELLS, completionScript } from "../completion/shell-scripts.ts";
import { command, one } from "../framework/command.ts";
import { notOneOfError } from "../framework/not-one-of.ts";

export const completion = command({
  name: "completion",
  group: "set-up",
  summary: "Print a completion script for bash, zsh or fish.",
  details: ["Projects and tags complete too while the vault is open."],
  arguments: [one("shell", SHELLS.join(", "), SHELLS)],
  options: {},
  examples: [
    ["source <(keepsake completion bash)", "in ~/.bashrc"],
    ["keepsake completion fish > ~/.config/fish/completions/keepsake.fish", "once"],
  ],
  run: ({ words }, { screen }) => {
    const shell = SHELLS.find((each) => each === words[0]);
    if (shell === undefined)
      throw notOneOfError(`the shell is one of ${SHELLS.join(", ")}`, words[0] ?? "", SHELLS);
    screen.out.write(completionScript(shell));
    return Promise.resolve();
  },
});
