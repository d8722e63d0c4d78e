/**
 * What a daemon says of a failure is not passed on to a model. It stands outside every frame, where a model takes it for
 * keepsake's own words, and whoever holds a client's token can answer on the socket with any. Only the code crosses, for
 * which this process has its own words, and how long to wait, a number.
 */
import { KeepsakeError } from "../base/errors.ts";
import type { ErrorCode } from "../base/errors.ts";

interface Words {
  readonly message: string;
  readonly hint: string;
}
export type OwnWords = Readonly<Partial<Record<ErrorCode, Words>>>;

/** For what fails before there is a connection. @param client - the name this process connects as */
export function wordsOnOpening(client: string): OwnWords {
  const hint = `run "keepsake client add ${client}" in a terminal`;
  return { NOT_FOUND: { message: `there is no client ${client}`, hint } };
}
/** And behind it: what is wrong is looked at by the daemon alone. */
export const ON_CALLING: OwnWords = {
  INVALID_PARAMS: {
    message: "these arguments do not fit what is stored or the rules of this tool",
    hint: "leave out what is optional, then retry",
  },
  NOT_FOUND: {
    message: "nothing is stored under that id",
    hint: "look it up with memory_search or memory_recent, which give ids",
  },
};
const MAX_WAIT_MS = 24 * 3_600_000;

/** The same failure in words that are fixed in this process. What is no `KeepsakeError` is left as it is. */
export function withoutWords(error: unknown, words: OwnWords): unknown {
  if (!(error instanceof KeepsakeError)) return error;
  const { code, facts } = error;
  const wait = facts?.["retryAfterMs"];
  const isWait = typeof wait === "number" && wait >= 0 && wait <= MAX_WAIT_MS;
  const own = words[code];
  return new KeepsakeError(code, own?.message, {
    ...(own !== undefined && { hint: own.hint }),
    ...(isWait && { facts: { retryAfterMs: wait } }),
  });
}
