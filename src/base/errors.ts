/** The one error of keepsake, and the codes it may have (`error-table.ts`). */
import type { ErrorCode, ErrorEntry } from "./error-table.ts";
import { ERROR_TABLE } from "./error-table.ts";

export type { ErrorCode };

/** The table as data, for the generated documentation and the table-walking tests. */
export const ERRORS: Readonly<Record<ErrorCode, ErrorEntry>> = ERROR_TABLE;

/** Whether a string is a code of the table. */
export function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(ERROR_TABLE, value);
}

/** Facts that may cross the socket with an error: limits, counts and times; never a value the user stored or typed. */
export type ErrorFacts = Readonly<Record<string, string | number | boolean>>;

/**
 * The one error keepsake throws on purpose. `message` names paths and limits, never values; anything else that is
 * thrown becomes `INTERNAL` with a trace id at the socket.
 */
export class KeepsakeError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly facts: ErrorFacts | undefined;

  constructor(
    code: ErrorCode,
    message: string = ERROR_TABLE[code].summary,
    options: { readonly hint?: string; readonly facts?: ErrorFacts; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "KeepsakeError";
    this.code = code;
    this.hint = options.hint ?? ERRORS[code].hint;
    this.facts = options.facts;
  }
}

/** Whether `error` is a `KeepsakeError` with one of `codes` (any code when none is given). */
export function hasCode(error: unknown, ...codes: readonly ErrorCode[]): error is KeepsakeError {
  return error instanceof KeepsakeError && (codes.length === 0 || codes.includes(error.code));
}

/** The code of what was thrown, for the log: `INTERNAL` for anything but a `KeepsakeError`. */
export function codeOf(error: unknown): ErrorCode {
  return error instanceof KeepsakeError ? error.code : "INTERNAL";
}
