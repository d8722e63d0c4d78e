/** Errors as the CLI tells them: one line that says what, one that says what to do, no stack trace and no value. */
import { ERRORS, KeepsakeError } from "../../base/errors.ts";
import { systemErrorCode } from "../../base/logger.ts";
import { visibleLine } from "../../base/visible-text.ts";
import type { Sink } from "../context.ts";

const EXIT_UNEXPECTED = 1;

export function reportError(err: Sink, error: unknown): number {
  const { message, hint, exit } = describe(error);
  const { style } = err;
  err.write(`${style.bad("keepsake: error:")} ${visibleLine(message)}\n`);
  if (hint !== undefined) reportHint(err, hint);
  return exit;
}

export function reportHint(err: Sink, hint: string): void {
  err.write(`${err.style.dim("keepsake: hint:")} ${visibleLine(hint)}\n`);
}

function describe(error: unknown): { message: string; hint: string | undefined; exit: number } {
  if (error instanceof KeepsakeError) {
    const { code, message, hint, facts } = error;
    const retryAfterMs = facts?.["retryAfterMs"];
    const wait = typeof retryAfterMs === "number" ? `wait ${seconds(retryAfterMs)}, then retry` : hint;
    return { message, hint: wait, exit: ERRORS[code].exit };
  }
  const code = systemErrorCode(error);
  const kind = code ?? (error instanceof Error ? error.name : typeof error);
  return {
    message: `something unexpected happened in keepsake (${kind})`,
    hint: "retry; if it happens again, report it with the command that was run",
    exit: EXIT_UNEXPECTED,
  };
}

function seconds(milliseconds: number): string {
  return milliseconds <= 1_000 ? "a second" : `${Math.ceil(milliseconds / 1_000)} s`;
}
