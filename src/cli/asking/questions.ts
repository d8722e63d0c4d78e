/** The questions of a terminal. All of them go to standard error, so that results stay apart. */
import { KeepsakeError } from "../../base/errors.ts";
import type { Questions, Sink } from "../context.ts";
import { wrapText } from "../output/text-width.ts";
import { QuietTerminal } from "./quiet-terminal.ts";
import { readSecretLine } from "./secret-line.ts";
import type { TerminalInput } from "./secret-line.ts";

const COLUMNS_UNKNOWN = 80;
/** What the prompt puts before a question when it has wrapped that to the whole width: too long lines are wrapped once more. */
const MARK_COLUMNS = 3;

/** @param onInterrupt - Ctrl-C while nothing is asked: a quiet terminal sends no signal */
export function createQuestions(
  stdin: TerminalInput & NodeJS.ReadStream,
  err: Sink,
  stderr: NodeJS.WriteStream,
  onInterrupt: () => void,
): Questions {
  let quiet: QuietTerminal | undefined;
  /** Hands the terminal over to a question, with what was typed ahead. */
  const open = () => {
    quiet?.release(true);
    quiet = undefined;
  };
  const quieten = () => {
    quiet ??= new QuietTerminal(stdin, onInterrupt);
  };
  return {
    secret: async (question) => {
      err.write(`${err.style.accent("◆")}  ${question} `);
      try {
        open();
        const secret = await readSecretLine(stdin);
        quieten();
        return secret;
      } finally {
        err.write("\n");
      }
    },
    confirm: async (question, initial) => {
      open();
      const { confirm, isCancel } = await import("@clack/prompts");
      const answer = await confirm({
        message: wrapText(question, (stderr.columns ?? COLUMNS_UNKNOWN) - MARK_COLUMNS).join("\n"),
        initialValue: initial,
        input: stdin,
        output: stderr,
        withGuide: false,
      });
      if (isCancel(answer)) throw new KeepsakeError("INTERRUPTED");
      return answer;
    },
    quieten,
    close: () => {
      quiet?.release(false);
      quiet = undefined;
    },
  };
}
