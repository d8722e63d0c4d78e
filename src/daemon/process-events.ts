/** What ends a process of the daemon from outside, and what it says of an error nobody caught. */
import { codeOf } from "../base/errors.ts";
import type { LogEvent, LogFields, Logger } from "../base/logger.ts";
import { systemErrorCode } from "../base/logger.ts";

/** The exit code of a process that met something it has no code for (sysexits' EX_SOFTWARE). */
export const CRASH_EXIT = 70;

/** Resolves with the first signal that asks to end; later ones change nothing, since ending is bounded in time. */
export function endSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, resolve);
  });
}

/** Ends the process on an error nobody caught, with its code in the log: message and stack may hold anything. */
export function endOnCrash(logger: Logger, event: LogEvent): void {
  process.on("uncaughtException", (error: unknown) => {
    logger.log(event, { code: codeOf(error), ...errnoField(error) });
    process.exit(CRASH_EXIT);
  });
}

/** The system's error code as a field of the log, where there is one. */
export function errnoField(error: unknown): Pick<LogFields, "errno"> {
  const errno = systemErrorCode(error);
  return errno === undefined ? {} : { errno };
}
