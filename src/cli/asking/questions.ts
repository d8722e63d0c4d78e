/** The questions of a terminal. All of them go to standard error, so that results stay apart. */
import { KeepsakeError } from "../../base/errors.ts";
import type { Questions, Sink } from "../context.ts";
import { wrapText } from "../output/text-width.ts";
import { readSecretLine } from "./secret-line.ts";
import type { TerminalInput } from "./secret-line.ts";

const CTRL_C = 0x03;
const COLUMNS_UNKNOWN = 80;
/** One line up, and that erased: there the prompt leaves what Enter would have meant, struck through, when Esc was typed. */
const OVER_LAST_LINE = "\u001B[1A\u001B[2K";
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
      open();
      // Listens before it asks: what answers is not echoed, and a Ctrl-C is no signal.
      const answer = readSecretLine(stdin);
      err.write(`${err.style.accent("◆")}  ${question} `);
      try {
        const secret = await answer;
        quieten();
        return secret;
      } finally {
        err.write("\n");
      }
    },
    confirm: async (question, initial) => {
      open();
      const { confirm, isCancel } = await import("@clack/prompts");
      // The prompt takes Esc and Ctrl-C for the same.
      let isInterrupted = false;
      const onData = (chunk: Buffer) => {
        isInterrupted ||= chunk.includes(CTRL_C);
      };
      stdin.on("data", onData);
      try {
        const answer = await confirm({
          message: wrapText(question, (stderr.columns ?? COLUMNS_UNKNOWN) - MARK_COLUMNS).join("\n"),
          initialValue: initial,
          input: stdin,
          output: stderr,
          withGuide: false,
        });
        if (isCancel(answer) && isInterrupted) throw new KeepsakeError("INTERRUPTED");
        if (isCancel(answer)) stderr.write(`${OVER_LAST_LINE}${err.style.dim("No")}\n`);
        return answer === true;
      } finally {
        stdin.off("data", onData);
      }
    },
    quieten,
    close: () => {
      quiet?.release(false);
      quiet = undefined;
    },
  };
}

/**
 * A terminal that shows nothing of what is typed while no question is asked yet: between the start of a command that will ask
 * for a passphrase and its question, a quick hand has already typed it.
 */
export class QuietTerminal {
  readonly #input: TerminalInput;
  readonly #held: Buffer[] = [];
  readonly #onData: (chunk: Buffer) => void;

  constructor(input: TerminalInput, onInterrupt: () => void) {
    this.#input = input;
    this.#onData = (chunk) => {
      if (chunk.includes(CTRL_C)) onInterrupt();
      this.#held.push(chunk);
    };
    input.on("data", this.#onData);
    input.setRawMode(true);
    input.resume();
  }

  /** @param keepsTyped - gives what was typed back to the input, for the question that follows; else it is wiped */
  release(keepsTyped: boolean): void {
    this.#input.off("data", this.#onData);
    this.#input.setRawMode(false);
    this.#input.pause();
    const typed = Buffer.concat(this.#held);
    for (const chunk of this.#held) chunk.fill(0);
    if (keepsTyped && typed.length > 0) this.#input.unshift(typed);
    else typed.fill(0);
  }
}
