/**
 * What a tool answers while its call is not confirmed, and the token that confirms it.
 *
 * The daemon binds a confirmation to what it was asked, and "older than 7d" means another time at the second call. So the
 * token that goes to the model carries the time of the first one, `token.time`: with another time the daemon refuses it.
 * Where the person confirms in a terminal there is no token of the daemon's: `terminal.time` carries the time alone.
 */
import * as z from "zod";
import type { Result } from "../../protocol/method-table.ts";

/** A daemon's token or the word for none, and the milliseconds since the epoch in base 36 from which spans count. */
const DATED_TOKEN = /^(?:([A-Za-z0-9_-]{43})|terminal)(?:\.([0-9a-z]{1,9}))?$/;

export const confirmationArgument = z.string().regex(DATED_TOKEN, "not a confirmation token").optional();
export const confirmationSlips = { confirmationToken: "confirmation_token" };

/** What stands in the output of a tool that may ask, all of it absent when it did not. */
export const askedOutput = {
  confirmation_token: z.string().optional(),
  expires_in_seconds: z.int().optional(),
};

export type Asked = Extract<Result<"memory.forget">, { status: "confirmation_required" }>;

export interface Confirming {
  /** For the daemon's request. */
  readonly token: { readonly confirmationToken?: string };
  /** From which spans count. */
  readonly now: number;
  /** What to tell the model of a call that asks; `would`: what it would do. */
  readonly present: (asked: Asked, would: string, isDated: boolean) => PresentedQuestion;
}

interface PresentedQuestion {
  readonly text: string;
  readonly structured: {
    readonly confirmation_token?: string;
    readonly expires_in_seconds: number;
  };
}

export function confirming(given: string | undefined, clockNow: number): Confirming {
  const [, token, time] = DATED_TOKEN.exec(given ?? "") ?? [];
  const now = time === undefined ? clockNow : Number.parseInt(time, 36);
  const date = now.toString(36);
  return {
    token: token === undefined ? {} : { confirmationToken: token },
    now,
    present: ({ confirmationToken, expiresInSeconds: seconds }, would, isDated) => {
      const isAskedThere = confirmationToken === undefined;
      const shown =
        isAskedThere && !isDated
          ? undefined
          : `${confirmationToken ?? "terminal"}${isDated ? `.${date}` : ""}`;
      const same =
        shown === undefined ? "repeat the same call" : `repeat the call with confirmation_token "${shown}"`;
      const text = isAskedThere
        ? `Nothing was changed yet. This would ${would}: ask the user to run "keepsake confirm" in a terminal within ${seconds} s, then ${same}.`
        : `Nothing was changed yet. This would ${would}: ask the user, then ${same} within ${seconds} s.`;
      return {
        text,
        structured: {
          ...(shown !== undefined && { confirmation_token: shown }),
          expires_in_seconds: seconds,
        },
      };
    },
  };
}

/** Whether an answer asks, and is none. */
export function asks(answer: object): answer is Asked {
  return "status" in answer && answer.status === "confirmation_required";
}
