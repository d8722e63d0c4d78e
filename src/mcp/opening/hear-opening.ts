/**
 * The beginning of a session, before the server is loaded: lines that `FirstAnswers` knows are answered at once. Everything is
 * kept, for the server to hear it as well.
 */
import type { Readable, Writable } from "node:stream";
import type { FirstAnswers, MessageId } from "./first-answers.ts";

export interface Heard {
  /** The lines that need no answer of the server's any more. */
  readonly settled: Buffer;
  /** What came after them. */
  readonly rest: Buffer;
  /** The requests among the settled lines. */
  readonly answered: ReadonlySet<MessageId>;
}

/** The known lines are shorter, and nothing in them is too deep to look at. */
const MAX_LINE_BYTES = 4_096;
/** After so long without a word the server is loaded, before anybody waits for it. */
const QUIET_MS = 100;
const LINE_FEED = 10;

/** Resolves when the server is wanted, with the input paused; never when the input ends before that. */
export function hearOpening(input: Readable, output: Writable, answers: FirstAnswers): Promise<Heard> {
  return new Promise((resolve) => {
    const settled: Buffer[] = [];
    let rest = Buffer.alloc(0);
    let quiet: NodeJS.Timeout | undefined;

    const handOver = () => {
      clearTimeout(quiet);
      input.off("data", hear).off("end", end).off("error", handOver).pause();
      resolve({ settled: Buffer.concat(settled), rest, answered: answers.answered });
    };
    const hear = (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (let length = lineLength(rest); length > 0; length = lineLength(rest)) {
        const answer =
          length > MAX_LINE_BYTES ? undefined : answers.answerTo(rest.toString("utf8", 0, length));
        if (answer === undefined) return handOver();
        if (answer !== "") output.write(`${answer}\n`);
        settled.push(rest.subarray(0, length));
        rest = rest.subarray(length);
        clearTimeout(quiet);
        quiet = setTimeout(handOver, QUIET_MS).unref();
      }
      if (rest.length > MAX_LINE_BYTES) handOver();
    };
    const end = () => {
      clearTimeout(quiet);
      if (rest.length > 0) handOver();
    };
    input.on("data", hear).on("end", end).on("error", handOver);
  });
}

/** With its end; 0 when there is no whole line. */
function lineLength(bytes: Buffer): number {
  return bytes.indexOf(LINE_FEED) + 1;
}
