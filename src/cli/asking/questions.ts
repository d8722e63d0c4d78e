/** What can be asked on a terminal. All of it goes to standard error, so that results stay apart. */
import { KeepsakeError } from "../../base/errors.ts";
import type { Secret } from "../../base/secret.ts";
import type { Sink } from "../output/screen.ts";
import { wrapText } from "../output/text-width.ts";
import { QuietTerminal } from "./quiet-terminal.ts";
import { readSecretLine } from "./secret-line.ts";
import type { TerminalInput } from "./secret-line.ts";

const COLUMNS_UNKNOWN = 80;
/** What the prompt puts before a question when it has wrapped that to the whole width: too long lines are wrapped once more. */
const MARK_COLUMNS = 3;

export interface Questions {
  /** A secret as typed, not shown meanwhile; nor is what is typed afterwards, which may be the next one. The caller wipes it. @throws INTERRUPTED */
  readonly secret: (question: string) => Promise<Secret>;
  /** @throws INTERRUPTED */
  readonly confirm: (question: string, initial: boolean) => Promise<boolean>;
  /** From now on nothing typed is shown, even before the first question: a secret may be typed ahead of it. */
  readonly quieten: () => void;
  /** Leaves the terminal as it was; what was typed ahead and not asked for is dropped. */
  readonly close: () => void;
}

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
