/**
 * Runs something that cannot be undone: the daemon says first what it would do and how much of it, the user (or `--yes`) agrees,
 * and only then it happens, to exactly what was named.
 */
import { KeepsakeError } from "../../base/errors.ts";
import { flag } from "../framework/command.ts";
import type { Context } from "../context.ts";

/** The user said no: an answer, not a failure. */
export class Declined extends KeepsakeError {
  constructor() {
    super("INTERRUPTED", "nothing was changed");
  }
}

export const yesOption = { yes: flag("do not ask", "-y") };

interface ConfirmationRequired {
  readonly status: "confirmation_required";
  readonly description: string;
  readonly targetCount: number;
  /** The person's client is always given one. */
  readonly confirmationToken?: string | undefined;
}

/**
 * @param call - makes the request, the second time with the token
 * @param describe - what the user is asked
 * @returns the answer that was not a question
 * @throws NO_INPUT when there is nobody to ask and `yes` was not given, INTERRUPTED when the user declines
 */
export async function confirmed<R extends { readonly status: string }>(
  context: Context,
  yes: boolean,
  call: (confirmationToken?: string) => Promise<R | ConfirmationRequired>,
  describe: (required: ConfirmationRequired) => string,
): Promise<R> {
  const first = await call();
  if (!isQuestion(first)) return first;
  if (first.confirmationToken === undefined) throw new KeepsakeError("INVALID_RESULT");
  if (!yes) await agree(context, describe(first));
  const second = await call(first.confirmationToken);
  if (isQuestion(second)) throw new KeepsakeError("CONFIRMATION_STALE");
  return second;
}

/** @throws NO_INPUT, INTERRUPTED */
export async function agree(context: Context, question: string): Promise<void> {
  if (context.ask === undefined) {
    throw new KeepsakeError("NO_INPUT", "this cannot be undone and there is no terminal to ask on", {
      hint: "give --yes to go ahead without being asked",
    });
  }
  if (!(await context.ask.confirm(question, false))) throw new Declined();
}

/** The answer of a call about one memory, for which the person is asked no question. @throws INVALID_RESULT */
export function done<R extends object>(answer: R): Exclude<R, { readonly status: "confirmation_required" }> {
  if (isQuestion(answer)) throw new KeepsakeError("INVALID_RESULT");
  return answer as Exclude<R, { readonly status: "confirmation_required" }>;
}

function isQuestion(answer: object): answer is ConfirmationRequired {
  return "status" in answer && answer.status === "confirmation_required";
}
