/** What can be asked on a terminal. All of it goes to standard error, so that results stay apart. */
import { KeepsakeError } from "../../base/errors.ts";
import type { Secret } from "../../base/secret.ts";
import type { Sink } from "../output/screen.ts";
import { readSecretLine } from "./secret-line.ts";
import type { TerminalInput } from "./secret-line.ts";

export interface Questions {
  /** A secret as typed, not shown meanwhile. The caller wipes it. @throws INTERRUPTED */
  readonly secret: (question: string) => Promise<Secret>;
  /** @throws INTERRUPTED */
  readonly confirm: (question: string, initial: boolean) => Promise<boolean>;
}

export function createQuestions(
  stdin: TerminalInput & NodeJS.ReadStream,
  err: Sink,
  stderr: NodeJS.WriteStream,
): Questions {
  return {
    secret: async (question) => {
      err.write(`${err.style.accent("◆")}  ${question} `);
      try {
        return await readSecretLine(stdin);
      } finally {
        err.write("\n");
      }
    },
    confirm: async (question, initial) => {
      const { confirm, isCancel } = await import("@clack/prompts");
      const answer = await confirm({
        message: question,
        initialValue: initial,
        input: stdin,
        output: stderr,
        withGuide: false,
      });
      if (isCancel(answer)) throw new KeepsakeError("INTERRUPTED");
      return answer;
    },
  };
}
